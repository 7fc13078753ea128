"""A WebSocket is open for as long as a request of the same session would pass."""

import asyncio
import base64
from collections.abc import Awaitable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sidegate.core.decision import Admission, Allow, Decision, Deny, Refuse, SignIn
from sidegate.core.errors import BearerRejected, ProviderUnavailable
from sidegate.core.identity import Identity, Session
from sidegate.core.messages import Exchange
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
        way_in=WayIn(SignIn(), waits=False),
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


class WayIn:
    """Says about every request what it was told to."""

    def __init__(self, decision: Decision, *, waits: bool) -> None:
        self.decision = decision
        self.waits = waits

    def admit(
        self, exchange: Exchange, method: bytes, path: bytes
    ) -> Admission | Coroutine[Any, Any, Admission]:
        assert (method, path, exchange.head.target) == (b"GET", b"/ws", b"/ws?x=1")
        return self._later() if self.waits else Admission(self.decision)

    async def _later(self) -> Admission:
        await asyncio.sleep(0)
        return Admission(self.decision)


PROGRAM = replace(a_session(), id="")


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize(
    ("decision", "goes_on"),
    [
        (Allow(PROGRAM), True),
        (Allow(replace(PROGRAM, identity=Identity("somebody-else"))), False),
        (Allow(None), False),
        (SignIn(), False),
        (Deny("group", PROGRAM), False),
        (Refuse(BearerRejected("expired")), False),
    ],
)
def test_whoever_brought_it_along_is_asked_as_if_they_came_again(
    decision: Decision, *, goes_on: bool, waits: bool
) -> None:
    assert (_asked_again(decision, waits=waits) is PROGRAM) is goes_on


def test_a_token_that_nobody_can_be_asked_about_ends_nothing() -> None:
    with pytest.raises(ProviderUnavailable):
        _asked_again(Refuse(ProviderUnavailable("down")), waits=False)


def _asked_again(decision: Decision, *, waits: bool) -> Session | None:
    recheck = Recheck(
        store=Sessions(None),
        way_in=WayIn(decision, waits=waits),
        judge=lambda _, asked: Allow(asked),
        lists=lambda _: False,
        clock=lambda: NOW,
    )
    found = recheck(PROGRAM, exchange("/ws?x=1"))
    return found if found is None or isinstance(found, Session) else asyncio.run(_await(found))


def test_a_password_in_a_field_keeps_a_websocket_open_for_longer_than_it_is_remembered(
    start: Start, tmp_path: Path
) -> None:
    users = tmp_path / "users"
    users.write_text("alice:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n")  # "password"
    wire, gate = start(f"--htpasswd-file={users}", "--email-domain=*")
    basic = b"Authorization: Basic " + base64.b64encode(b"alice:password")
    wire.client_sends(request(b"/", *UPGRADE, KEY, basic))
    wire.wait_for_work()
    wire.upstream_sends(SWITCH)
    assert wire.client_got_bytes().endswith(END)
    for _ in range(5):
        passes(wire, gate, 59)
        wire.wait_for_work()
    assert wire.client.closed == ""
