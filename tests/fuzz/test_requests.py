r"""The whole gate, bytes in and bytes out, under requests that are almost right.

- Nothing raises where nobody listens: no exception is reported.
- No answer is a 500; 502 and 504 only when the application failed, 503 never.
- What reaches the application is a sequence of whole requests for h11, each of them a request that
  the gate accepted, in the order in which h11 reads them from the client's own bytes, with the
  same bodies.
- A protected path reaches the application only with the identity of the session's owner.
- No identity that a client writes reaches the application, in no spelling; ours stands there once.
- Another proxy that asks (`/oauth2/auth`) is told yes only for somebody who is signed in, or by a
  trusted peer for an open path.
- From a client that no trusted proxy speaks for, nothing passes that only a proxy can know.
- The client gets one answer per request, and nothing else.
- Bytes that are held are bounded, and every connection ends by itself.
"""

import re
from functools import cache
from typing import NamedTuple
from urllib.parse import unquote

from hypothesis import example, given
from hypothesis import strategies as st

from sidegate.http1.head import CHUNKED
from tests.fuzz.application import Received
from tests.fuzz.budget import fuzzed
from tests.fuzz.mutations import CUTS, mutated, pieces, seeds
from tests.fuzz.reference import read_answers, read_requests
from tests.fuzz.script import KIND, STEPS, Conversation
from tests.fuzz.words import LINES, WORDS
from tests.kit.gate import ALICE, Proxy, cookie_for, proxy

REQUESTS = mutated(seeds("requests.json"), WORDS, LINES)
OPEN = "--skip-auth-route=^/open(/|$)"
GATES = {
    "plain": (OPEN, "--api-route=^/open/api"),
    "behind a proxy": (OPEN, "--reverse-proxy=true", "--set-xauthrequest=true"),
    "only us": (OPEN, "--skip-auth-preflight=false", "--force-json-errors=true"),
}
PEERS = [("192.0.2.1", 50000), ("127.0.0.1", 50000), "/run/gate.sock"]
IDENTITY = {
    f"{family}-{name}": value
    for family in ("x-forwarded", "x-auth-request")
    for name, value in {
        "user": ALICE.user,
        "email": ALICE.email,
        "groups": ",".join(ALICE.groups),
        "preferred-username": ALICE.preferred_username,
    }.items()
}
NEVER = {"gap-auth", "gap-signature", "x-auth-request-redirect", "x-forwarded-access-token"}
OF_PROXIES = {"forwarded", "x-forwarded-uri", "x-original-url", "remote-user", "ssl-client-cert"}
FLOOD = 300_000
PIECE = 8192
FOLD = re.compile("[^0-9a-z]")


@cache
def gate(name: str) -> Proxy:
    return proxy(*GATES[name])


def converse(raw: bytes, cuts: list[int] | None, steps: list[str], which: str, peer: object):
    """Play a script against a gate and check what has to hold for each."""
    chosen = gate(which)
    raw = raw.replace(b"{{COOKIE}}", b"Cookie: " + cookie_for(chosen))
    talk = Conversation(chosen, peer)
    try:
        talk.play(pieces(raw, cuts), steps)
        check_application(talk, raw)
        check_verdicts(talk)
        check_client(talk, is_kind=set(steps) <= set(KIND))
    finally:
        talk.close()
    return talk


def check_application(talk: Conversation, raw: bytes) -> None:
    received = talk.application.received
    accepted = [(e.head.method, e.head.target) for e in talk.exchanges if e.upstream]
    sent = iter(accepted)
    assert all((r.method, r.target) in sent for r in received), (received, accepted)
    assert len(received) <= len(accepted)
    meant = iter(read_requests(raw))
    trusted = {
        (e.head.method, e.head.target) for e in talk.exchanges if e.asker and e.asker.trusted
    }
    for request in received:
        assert any(is_the_same(request, read) for read in meant), request
        check_identity(request)
        if (request.method, request.target) not in trusted:
            check_no_proxy_spoke(request)


def is_the_same(request: Received, read) -> bool:
    method, target = read.start
    if (request.method, request.target) != (method, origin_form(target)):
        return False
    if not request.is_complete:
        return bool(read.body.startswith(request.body))
    return bool(read.is_complete and read.body == request.body)


def origin_form(target: bytes) -> bytes:
    if target.startswith(b"/") or target == b"*":
        return target
    _, _, rest = target.partition(b"://")
    cut = re.search(rb"[/?]", rest)
    tail = rest[cut.start() :] if cut else b""
    return tail if tail.startswith(b"/") else b"/" + tail


def check_identity(request: Received) -> None:
    told: dict[str, list[str]] = {}
    for name, value in request.fields:
        told.setdefault(FOLD.sub("-", name.decode().lower()), []).append(value.decode("latin-1"))
    assert not NEVER & told.keys()
    identity = {name: told[name] for name in IDENTITY if name in told}
    ours = {name: [value] for name, value in IDENTITY.items()}
    assert identity in ({}, ours), identity
    if not identity:
        assert is_open(request.target), request
    assert b"_oauth2_proxy" not in b";".join(request.values(b"cookie"))
    assert len(request.values(b"cookie")) <= 1
    assert all(len(told[name]) == 1 for name in ("x-forwarded-for", "x-request-id"))


def check_no_proxy_spoke(request: Received) -> None:
    """Check that nothing is told that only a proxy can know, where no trusted one spoke."""
    told = {FOLD.sub("-", name.decode().lower()) for name, _ in request.fields}
    assert not OF_PROXIES & told
    assert b"10.0.0.1" not in request.values(b"x-real-ip")


def is_open(target: bytes) -> bool:
    """Say whether each way of reading the path ends below the open folder."""
    path = target.partition(b"?")[0].decode()
    readings = {path, unquote(path), unquote(unquote(path))}
    return all(
        reading.replace("\\", "/").split("/")[1:2] == ["open"] and ".." not in reading
        for reading in readings
    )


def check_verdicts(talk: Conversation) -> None:
    for exchange in talk.exchanges:
        if exchange.route == "/oauth2/auth" and exchange.status == 202 and not exchange.user:
            assert exchange.asker is not None
            assert exchange.asker.trusted
            assert is_open(exchange.head.index[b"x-forwarded-uri"])


def check_client(talk: Conversation, *, is_kind: bool) -> None:
    answered = [e for e in talk.wire.observed if e.status != 499]
    methods = [e.head.method if e.head.method != b"-" else b"GET" for e in answered]
    raw = talk.wire.client_got_bytes()
    answers, rest = read_answers(raw, methods, ended=True)
    if not any(answer.start == 101 for answer in answers):
        assert rest == b""
        if is_kind:
            assert [a.start for a in answers] == [e.status for e in answered]
    failures = set() if is_kind else {502, 504}
    for answer in answers:
        assert int(answer.start) < 500 or answer.start in failures, answer


@fuzzed(800)
@given(
    raw=REQUESTS,
    cuts=CUTS,
    steps=STEPS,
    which=st.sampled_from(list(GATES)),
    peer=st.sampled_from(PEERS),
)
def test_whatever_a_client_sends_the_application_hears_only_what_was_let_in(
    raw: bytes, cuts: list[int] | None, steps: list[str], which: str, peer: object
) -> None:
    converse(raw, cuts, steps, which, peer)


@fuzzed(400)
@given(raw=REQUESTS, cuts=CUTS)
@example(
    raw=b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"
    b"GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n",
    cuts=None,
)
def test_requests_end_the_same_however_they_are_cut(raw: bytes, cuts: list[int] | None) -> None:
    whole, cut = ending(raw, []), ending(raw, cuts)
    if whole.is_by_chance or cut.is_by_chance:
        for one, other in ((cut.received, whole.received), (cut.statuses, whole.statuses)):
            both = min(len(one), len(other))
            assert one[:both] == other[:both]
    else:
        assert cut == whole


class Ending(NamedTuple):
    """What became of a connection: the whole requests of the application, and what was no error.

    `is_by_chance`: the gate itself answered a request with a chunked body. Whether that is whole,
    or seen to be broken, before the answer decides whether the connection goes on behind it.
    """

    received: list[object]
    statuses: list[int]
    is_by_chance: bool


def ending(raw: bytes, cuts: list[int] | None) -> Ending:
    """Play a connection to its end."""
    talk = converse(raw, cuts, [], "plain", PEERS[0])
    received = [(r.method, r.target, r.body) for r in talk.application.received if r.is_complete]
    statuses = [e.status for e in talk.wire.observed if e.status < 400]
    unwanted = any(e.head.length == CHUNKED and not e.upstream for e in talk.exchanges)
    return Ending(received, statuses, unwanted)


@fuzzed(60)
@given(raw=REQUESTS, times=st.integers(20, 5000), steps=STEPS)
@example(raw=b"GET /open HTTP/1.1\r\nHost: a\r\n\r\n", times=5000, steps=[])
def test_a_flood_is_held_in_bounds_and_ends(raw: bytes, times: int, steps: list[str]) -> None:
    flood = (raw * times)[:FLOOD]
    parts = [flood[at : at + PIECE] for at in range(0, len(flood), PIECE)]
    talk = Conversation(gate("plain"), PEERS[0])
    try:
        talk.flood(parts)
        talk.play(parts[:2], steps)
    finally:
        talk.close()
