"""Heads of messages.

- A head is read to a value, or to nothing while it is incomplete, or to our error.
- Whatever TCP does to a head, it is accepted or refused as if it had come in one piece.
- What is accepted can be written canonically, and the canonical form means the same.
- Other parsers read what is accepted as we do: h11 all of it, httptools where the message ends.
"""

from types import SimpleNamespace

import h11
import httptools
from hypothesis import example, given

from sidegate.core.errors import RequestError, UpstreamGarbled
from sidegate.core.messages import RequestHead
from sidegate.http1.head import CHUNKED, HeadLimits, find_end, parse_request
from sidegate.http1.intake import Intake
from sidegate.http1.response_head import UNTIL_CLOSE, ResponseHead, parse_response
from tests.fuzz.budget import fuzzed
from tests.fuzz.mutations import CUTS, mutated, pieces, seeds
from tests.fuzz.words import ANSWER_LINES, LINES, WORDS

LIMITS = HeadLimits(first_line=1000, total=2000, fields=20)
REQUESTS = mutated(seeds("requests.json"), WORDS, LINES)
ANSWERS = mutated(seeds("answers.json"), WORDS, ANSWER_LINES)


def heads(parts: list[bytes]) -> tuple[list[object], str]:
    """Return what is read of each head, and how it ended. There are no bodies here."""
    intake = Intake(LIMITS)
    found: list[object] = []
    try:
        for part in parts:
            intake.feed(part)
            while (head := intake.next_head()) is not None:
                found.append(meaning(head))
    except RequestError as error:
        return found, error.code
    return found, "more"


def read(raw: bytes) -> RequestHead | None:
    """Return the first head, or None when it is incomplete or refused."""
    try:
        end = find_end(raw, 0, LIMITS)
        return parse_request(raw[:end], LIMITS) if end else None
    except RequestError:
        return None


def meaning(head: RequestHead) -> object:
    return head.method, head.target, head.minor, head.fields, head.length


def canonical(head: RequestHead) -> bytes:
    lines = b"".join(field[2] for field in head.fields)
    return b"%b %b HTTP/1.%d\r\n%b\r\n" % (head.method, head.target, head.minor, lines)


def as_h11_writes(head: RequestHead | ResponseHead) -> list[tuple[bytes, bytes]]:
    """Return names and values; h11 writes the name of a coding in lower case."""
    codings = {b"transfer-encoding"}
    return [(name, value.lower() if name in codings else value) for name, value, _ in head.fields]


@fuzzed(500)
@given(raw=REQUESTS, cuts=CUTS)
@example(raw=b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", cuts=None)
@example(raw=b"GET / HTTP/1.1\r\nHost: a\r \n\r\n", cuts=None)
def test_heads_are_the_same_however_they_are_cut(raw: bytes, cuts: list[int] | None) -> None:
    assert heads(pieces(raw, cuts)) == heads([raw])


@fuzzed(500)
@given(raw=REQUESTS)
def test_the_canonical_form_of_a_request_means_the_same(raw: bytes) -> None:
    if (head := read(raw)) is None:
        return
    again = read(canonical(head))
    assert again is not None
    assert meaning(again) == meaning(head)
    assert canonical(again) == canonical(head)


@fuzzed(500)
@given(raw=REQUESTS)
def test_other_parsers_read_an_accepted_request_as_we_do(raw: bytes) -> None:
    if (head := read(raw)) is None:
        return
    raw = raw[: find_end(raw, 0, LIMITS)]
    reader = h11.Connection(h11.SERVER)
    reader.receive_data(raw)
    event = reader.next_event()
    assert isinstance(event, h11.Request), event
    target = raw.split(b" ", 2)[1]
    assert (event.method, event.target) == (head.method, target)
    assert event.http_version == b"1.%d" % head.minor
    assert list(event.headers) == as_h11_writes(head)
    is_over = isinstance(reader.next_event(), h11.EndOfMessage)
    assert is_over == (head.length == 0)
    assert ends_at_its_head(raw) in (is_over, None)


def ends_at_its_head(raw: bytes) -> bool | None:
    """Say whether llhttp waits for no body; None where it hands over to another protocol."""
    ended: list[bool] = []
    events = SimpleNamespace(on_message_complete=lambda: ended.append(True))
    try:
        httptools.HttpRequestParser(events).feed_data(raw)
    except httptools.HttpParserUpgrade:
        return None
    return bool(ended)


@fuzzed(500)
@given(raw=ANSWERS)
@example(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
@example(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n")
def test_other_parsers_read_an_accepted_answer_as_we_do(raw: bytes) -> None:
    try:
        end = find_end(raw, 0, LIMITS)
        head = parse_response(raw[:end], b"GET", LIMITS) if end else None
    except (RequestError, UpstreamGarbled):
        return
    if head is None or head.status == 101:
        return
    reader = h11.Connection(h11.CLIENT)
    reader.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    reader.send(h11.EndOfMessage())
    reader.receive_data(raw[:end])
    event = reader.next_event()
    assert isinstance(event, h11.Response | h11.InformationalResponse), event
    assert event.status_code == head.status
    assert list(event.headers) == as_h11_writes(head)
    if head.status >= 200:
        assert body_length(reader) == framing(head)


def framing(head: ResponseHead) -> str:
    names = {0: "none", UNTIL_CLOSE: "until close", CHUNKED: "more"}
    return names.get(head.length, "more")


def body_length(reader: h11.Connection) -> str:
    """Return how h11 expects the body behind the head that it has read."""
    if isinstance(reader.next_event(), h11.EndOfMessage):
        return "none"
    reader.receive_data(b"")
    try:
        reader.next_event()
    except h11.RemoteProtocolError:
        return "more"
    return "until close"
