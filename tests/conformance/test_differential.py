"""What the gate writes is read in one way only: by h11, llhttp and Node, and as it was meant.

The bytes are those of the rows in `smuggling.json`, and of legal requests and answers that are
easy to get wrong.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.differential.readers import H11, Httptools, Read, read_with_node
from tests.conformance.smuggling.stage import Stage, methods_of, open_stage
from tests.conformance.smuggling.strict import Message

ROWS = json.loads((Path(__file__).parent / "smuggling.json").read_text(encoding="utf-8"))
HOST = "Host: app.example.com\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
PIPELINE = "".join(
    f"GET /open/{i} HTTP/1.1\r\n{HOST}\r\n"
    f"POST /open/{i} HTTP/1.1\r\n{HOST}Content-Length: 3\r\n\r\nabc"
    f"PUT /open/{i} HTTP/1.1\r\n{HOST}{CHUNKED}\r\n1;x\r\na\r\n2\r\nbc\r\n0\r\nT: 1\r\n\r\n"
    for i in range(20)
)
IN_BODY = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

# name: (what a client sends, (method, target, body) of each request that it means)
REQUESTS = {
    "chunks with extensions and trailers": (
        f'POST /open/a HTTP/1.1\r\n{HOST}{CHUNKED}\r\n5;a="b;c"\r\nhello\r\n0;z\r\nX-T: 1\r\n\r\n',
        [("POST", "/open/a", "hello")],
    ),
    "chunks in single bytes": (
        f"{{{{BYTEWISE}}}}POST /open/a HTTP/1.1\r\n{HOST}{CHUNKED}\r\n0005\r\nhello\r\n000\r\n\r\n",
        [("POST", "/open/a", "hello")],
    ),
    "no chunk but the last": (
        f"PUT /open/a HTTP/1.1\r\n{HOST}{CHUNKED}\r\n0\r\n\r\n",
        [("PUT", "/open/a", "")],
    ),
    "a body that looks like a request": (
        f"POST /open/a HTTP/1.1\r\n{HOST}Content-Length: {len(IN_BODY)}\r\n\r\n{IN_BODY}",
        [("POST", "/open/a", IN_BODY)],
    ),
    "a chunk that looks like the last and a request": (
        (
            f"POST /open/a HTTP/1.1\r\n{HOST}{CHUNKED}\r\n"
            f"{len(IN_BODY) + 5:x}\r\n0\r\n\r\n{IN_BODY}\r\n0\r\n\r\n"
        ),
        [("POST", "/open/a", "0\r\n\r\n" + IN_BODY)],
    ),
    "many pipelined": (
        PIPELINE,
        [
            request
            for i in range(20)
            for request in (
                ("GET", f"/open/{i}", ""),
                ("POST", f"/open/{i}", "abc"),
                ("PUT", f"/open/{i}", "abc"),
            )
        ],
    ),
    "HTTP/1.0 that keeps the connection": (
        (
            f"POST /open/a HTTP/1.0\r\n{HOST}Connection: keep-alive\r\nContent-Length: 3\r\n\r\nabc"
            f"GET /open/b HTTP/1.0\r\n{HOST}\r\n"
        ),
        [("POST", "/open/a", "abc"), ("GET", "/open/b", "")],
    ),
    "HTTP/1.0 without a Host": ("GET /open/a HTTP/1.0\r\n\r\n", [("GET", "/open/a", "")]),
    "absolute form": (
        f"GET http://APP.example.com/open/a?b=//c HTTP/1.1\r\n{HOST}\r\n",
        [("GET", "/open/a?b=//c", "")],
    ),
    "a body with GET, none with POST": (
        (
            f"GET /open/a HTTP/1.1\r\n{HOST}Content-Length: 3\r\n\r\nabc"
            f"POST /open/b HTTP/1.1\r\n{HOST}Content-Length: 000\r\n\r\nDELETE /open/c HTTP/1.1\r\n"
            f"{HOST}\r\n"
        ),
        [("GET", "/open/a", "abc"), ("POST", "/open/b", ""), ("DELETE", "/open/c", "")],
    ),
    "a head of a hundred fields": (
        f"HEAD /open/a HTTP/1.1\r\n{HOST}{{{{SEQ:X-%d: {'v' * 200}\\xe9\r\n:0:100}}}}\r\n",
        [("HEAD", "/open/a", "")],
    ),
    "Connection that names the framing": (
        (
            f"POST /open/a HTTP/1.1\r\n{HOST}Connection: content-length, te\r\nTE: trailers\r\n"
            "Content-Length: 3\r\n\r\nabc"
        ),
        [("POST", "/open/a", "abc")],
    ),
}

# name: (method, what the application answers, whether it then closes, body)
ANSWERS = {
    "of known length": ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", False, "hello"),
    "early hints": (
        "GET",
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: </a>\r\n"
            "Content-Length: 9\r\n\r\nHTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\n"
            "Content-Length: 2\r\n\r\nok"
        ),
        False,
        "ok",
    ),
    "chunks, extensions, trailers": (
        "GET",
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nTrailer: X-T\r\n\r\n"
            "5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nX-T: 1\r\n\r\n"
        ),
        False,
        "hello!",
    ),
    "no chunk but the last": (
        "GET",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        False,
        "",
    ),
    "until the end": ("GET", "HTTP/1.1 200 OK\r\n\r\n0\r\n\r\nHTTP/1.1 500 No", True, None),
    "of HTTP/1.0": ("GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", True, "ok"),
    "nothing with a length": ("GET", "HTTP/1.1 204 No\r\nContent-Length: 4\r\n\r\n", False, ""),
    "not modified": ("GET", "HTTP/1.1 304 No\r\nContent-Length: 400\r\n\r\n", False, ""),
    "to HEAD": ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n", False, ""),
    "to HEAD in chunks": (
        "HEAD",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        False,
        "",
    ),
    "Connection that names the length": (
        "GET",
        (
            "HTTP/1.1 200 OK\r\nConnection: Content-Length, X-Hop\r\nX-Hop: 1\r\n"
            "Content-Length: 2\r\n\r\nok"
        ),
        False,
        "ok",
    ),
    "odd reason and text beyond ASCII": (
        "GET",
        "HTTP/1.1 299 caf\xe9: yes\r\nX-A: caf\xe9\r\nX-B:\r\nContent-Length: 2\r\n\r\nok",
        False,
        "ok",
    ),
}


Answer = tuple[Message, bytes, str]
"""An answer as the strict reader sees it, its bytes, the method it answers."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = open_stage(tmp_path_factory.mktemp("gate"))
    yield stage
    stage.end()


@pytest.fixture(scope="module")
def requests(stage: Stage) -> list[tuple[Message, bytes]]:
    """Return all requests that went to the application, as the strict reader sees them."""
    found = [pair for row in ROWS if not row.get("send_steps") for pair in sent_up(stage, row)]
    for raw, _ in REQUESTS.values():
        found += sent_up(stage, row_of(raw))
    return found


@pytest.fixture(scope="module")
def answers(stage: Stage) -> list[Answer]:
    """Return all answers that clients got, the gate's own among them."""
    found: list[Answer] = []
    for row in ROWS:
        if not row.get("send_steps"):
            found += sent_down(stage, row)
    for name in ANSWERS:
        found += sent_down(stage, answered_row(name))
        found += sent_down(stage, answered_row(name, "HTTP/1.0"))
    return found


def row_of(raw: str, **more: object) -> dict[str, Any]:
    return {"raw": raw, "expect": {}, **more}


def answered_row(name: str, version: str = "HTTP/1.1") -> dict[str, Any]:
    method, told, closes, _ = ANSWERS[name]
    raw = f"{method} /open/a {version}\r\n{HOST}\r\n"
    return row_of(raw, upstream_raw=told, upstream_close=closes)


def sent_up(stage: Stage, row: dict[str, Any]) -> list[tuple[Message, bytes]]:
    """Play a row; return the complete requests that came of it, but no WebSocket handshakes."""
    return [
        (message, raw)
        for _, message, raw in stage.play(row).record.requests
        if message.is_complete and message.get(b"upgrade") is None
    ]


def sent_down(stage: Stage, row: dict[str, Any]) -> list[Answer]:
    """Play a row; return the complete answers that its client got."""
    client = stage.play(row).client
    methods = [method.decode() for method in methods_of(row)]
    return [
        (answer, raw, methods[min(i, len(methods) - 1)])
        for i, (answer, raw) in enumerate(zip(client.answers, client.raw, strict=False))
        if answer.status != 101
    ]


def as_read(message: Message, *, is_answer: bool = False) -> Read:
    """Return what all have to agree on; reasons and a target that is not there do not count."""
    first, second = (part.decode("latin-1") for part in message.start)
    fields = tuple((name.decode(), value.decode("latin-1")) for name, value in message.fields)
    return Read((first, "" if is_answer else second), fields, message.body)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_tricky_request_goes_up_as_it_was_meant(stage: Stage, name: str) -> None:
    raw, meant = REQUESTS[name]
    found = [message for message, _ in sent_up(stage, row_of(raw))]
    assert [
        (message.start[0].decode(), message.start[1].decode(), message.body.decode())
        for message in found
    ] == meant


@pytest.mark.parametrize("name", ANSWERS)
def test_a_tricky_answer_comes_down_as_it_was_meant(stage: Stage, name: str) -> None:
    _, told, _, body = ANSWERS[name]
    (answer, _, _), *others = sent_down(stage, answered_row(name))
    assert others == []
    assert answer.status == int(told.rpartition("HTTP/1.")[2][2:5]) or body is None
    assert answer.body.decode() == (told.partition("\r\n\r\n")[2] if body is None else body)


@pytest.mark.parametrize("reader", [H11(), Httptools()], ids=lambda reader: type(reader).__name__)
def test_another_parser_reads_the_same_requests(
    requests: list[tuple[Message, bytes]], reader: H11 | Httptools
) -> None:
    stream = b"".join(raw for _, raw in requests)
    assert reader.requests(stream) == [as_read(message) for message, _ in requests]


def test_h11_reads_the_same_answers(answers: list[Answer]) -> None:
    for message, raw, method in answers:
        assert H11().answer(raw, method) == as_read(message, is_answer=True)


def test_llhttp_reads_the_same_answers(answers: list[Answer]) -> None:
    for message, raw, method in answers:
        is_framed = {b"content-length", b"transfer-encoding"} & {name for name, _ in message.fields}
        if method != "HEAD" and (is_framed or message.status in {204, 304}):
            assert Httptools().answer(raw) == as_read(message, is_answer=True)


@pytest.mark.needs("oidc-provider")  # which comes with Node
def test_node_reads_the_same(requests: list[tuple[Message, bytes]], answers: list[Answer]) -> None:
    stream = b"".join(raw for _, raw in requests)
    (up,), down = read_with_node([stream], [(raw, method) for _, raw, method in answers])
    assert up == [as_read(message) for message, _ in requests]
    assert down == [as_read(message, is_answer=True) for message, _, _ in answers]


def test_there_is_something_to_read(
    requests: list[tuple[Message, bytes]], answers: list[Answer]
) -> None:
    assert len(requests) > len(REQUESTS) + 100
    assert len(answers) > len(ANSWERS) + 200
