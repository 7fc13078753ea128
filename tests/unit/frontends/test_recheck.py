"""A WebSocket is open for as long as a request of the same session would pass."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

import pytest

from sidegate.core.decision import Allow, Decision, Deny, SignIn
from sidegate.core.identity import Session
from sidegate.core.ports import Logout
from sidegate.frontends.recheck import Recheck
from tests.kit.gate import END, Proxy, cookie_for, request
from tests.kit.wire import Wire
from tests.unit.frontends.conftest import UPGRADE, Start
from tests.unit.login.fakes import NOW, Sessions, a_session, exchange
from tests.unit.login.slow import SlowSessions
from tests.unit.net.test_streams import SWITCH

KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def opens(wire: Wire, gate: Proxy, **changes: object) -> bytes:
    """Open a WebSocket; return the cookie of its session."""
    cookie = cookie_for(gate, **changes)
    wire.client_sends(request(b"/", *UPGRADE, KEY, cookie=cookie))
    wire.upstream_sends(SWITCH)
    assert wire.client_got_bytes().endswith(END)
    return cookie


def passes(wire: Wire, gate: Proxy, seconds: float) -> None:
    gate.now += seconds
    wire.advance(seconds)


def test_it_stays_open_while_the_session_is_good(start: Start) -> None:
    wire, gate = start()
    opens(wire, gate)
    passes(wire, gate, 3599)
    assert wire.client.closed == ""
    passes(wire, gate, 1)
    assert wire.client.closed == "close"


@pytest.mark.parametrize("how", [b"/oauth2/sign_out", b"/oauth2/sign_in"])
def test_signing_out_in_another_connection_closes_it(start: Start, how: bytes) -> None:
    wire, gate = start()
    cookie = opens(wire, gate)
    other = wire.connect()
    wire.run(lambda: other.protocol.data_received(request(how, cookie=cookie)))
    assert wire.client.closed == "close"


def test_a_provider_that_says_so_closes_it(start: Start) -> None:
    wire, gate = start("--backchannel-logout")
    gate.provider.said = Logout("oidc", "j1", session_id="p1")
    opens(wire, gate, provider_session_id="p1")
    token = b"logout_token=eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0In0.c2ln"
    form = (
        b"Content-Type: application/x-www-form-urlencoded",
        b"Content-Length: %d" % len(token),
    )
    other = wire.connect()
    sent = request(b"/oauth2/backchannel-logout", *form, method=b"POST", body=token)
    wire.run(lambda: other.protocol.data_received(sent))
    assert other.written.startswith(b"HTTP/1.1 200 ")
    assert wire.client.closed == "close"


def test_an_open_stream_is_no_use_and_requests_are(start: Start) -> None:
    wire, gate = start("--session-idle-timeout=10m")
    cookie = opens(wire, gate)
    passes(wire, gate, 600)
    other = wire.connect()
    wire.run(lambda: other.protocol.data_received(request(b"/oauth2/auth", cookie=cookie)))
    passes(wire, gate, 600)
    assert wire.client.closed == ""
    passes(wire, gate, 60)
    assert wire.client.closed == "close"


def judged(
    session: Session | None,
    decision: Decision | None = None,
    *,
    is_listed: bool = True,
    store: Sessions | None = None,
) -> Session | None:
    """Look at a stream of ALICE's session, whose store has `session` now."""
    recheck = Recheck(
        store=store or Sessions(session),
        judge=lambda _, asked: decision or Allow(asked),
        lists=lambda _: is_listed,
        clock=lambda: NOW,
    )
    found = recheck(session or a_session(), exchange("/ws", cookie="session=1"))
    return found if found is None or isinstance(found, Session) else asyncio.run(_await(found))


async def _await(found: Awaitable[Session | None]) -> Session | None:
    return await found


def test_whom_a_rule_refuses_by_now_is_out() -> None:
    session = a_session()
    assert judged(session) is session
    assert judged(session, Deny("group", session)) is None
    assert judged(session, SignIn()) is None


def test_whom_the_store_does_not_know_any_more_is_out() -> None:
    assert judged(None) is None


def test_a_store_may_take_its_time() -> None:
    session = a_session()
    assert judged(session, store=SlowSessions(session)) is session
    assert judged(session, store=SlowSessions(None)) is None


def test_a_user_who_left_the_file_is_out() -> None:
    session = replace(a_session(), provider="htpasswd:digest")
    assert judged(session) is session
    assert judged(session, is_listed=False) is None


def test_a_program_with_a_token_is_judged_without_the_store() -> None:
    session = replace(a_session(), id="")
    assert judged(session, store=Sessions(None)) is session
    assert judged(session, SignIn(), store=Sessions(None)) is None
