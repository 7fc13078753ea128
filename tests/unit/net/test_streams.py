"""What stays open ends with the session of whoever opened it, and not before."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

import pytest

from sidegate.core.errors import StoreUnavailable
from sidegate.core.identity import Ended, Identity, Session, Tokens
from sidegate.core.messages import Exchange, Forward, Plan
from sidegate.net.farewell import LINGER
from sidegate.net.streams import REASON, Streams, Verdict
from tests.kit.wire import NOW, ORIGIN, Wire

ALICE = Session("s1", "oidc", Identity("alice"), Tokens(), NOW, NOW, NOW + 3600)
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)
EVENTS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"7\r\ndata:1\n\r\n"
)
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Stage:
    """A handler whose requests are those of one session; its verdict is what a test says."""

    def __init__(self) -> None:
        self.session: Session | None = ALICE
        self.verdict: Verdict | Exception = ALICE
        self.waits = False
        self.looks = 0
        self.wall = NOW
        self.reported: list[BaseException] = []
        self.streams = Streams(lambda: 0.0, lambda: self.wall, self._spawn)
        self.streams.judge = self._judge
        self.wire = Wire(self)

    def __call__(self, exchange: Exchange) -> Plan:
        head = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        return Forward(ORIGIN, head, 30.0, websocket=exchange.head.upgrade, session=self.session)

    def _spawn(self, work: Awaitable[None]) -> asyncio.Task[None]:
        return self.wire.service.tasks.spawn(work)  # type: ignore[arg-type] # a coroutine

    def _judge(self, session: Session, exchange: Exchange) -> Verdict | Awaitable[Verdict]:
        assert exchange.head.method == b"GET"
        self.looks += 1
        self.asked_about = session
        return self._later() if self.waits else self._say()

    async def _later(self) -> Verdict:
        await asyncio.sleep(0)
        return self._say()

    def _say(self) -> Verdict:
        if isinstance(self.verdict, Exception):
            raise self.verdict
        return self.verdict

    def open_tunnel(self) -> None:
        self.wire.client_sends(HANDSHAKE)
        self.wire.upstream_sends(SWITCH)
        assert self.wire.client_got_bytes().endswith(b"\r\n\r\n")

    def open_events(self) -> None:
        self.wire.client_sends(GET)
        self.wire.upstream_sends(EVENTS)

    def passes(self, seconds: float) -> None:
        self.wall += seconds
        self.wire.advance(seconds)

    def hears(self, ended: Ended) -> None:
        self.wire.run(lambda: self.streams.ended(ended))


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    with made.wire:
        yield made
        assert made.wire.reported == []


Open = Callable[[Stage], None]
OPENS = pytest.mark.parametrize("opens", [Stage.open_tunnel, Stage.open_events])


@OPENS
@pytest.mark.parametrize("seconds", [1.0, 61.0])
@pytest.mark.parametrize("waits", [False, True])
def test_a_look_closes_what_nobody_may_have_open(
    stage: Stage, opens: Open, seconds: float, *, waits: bool
) -> None:
    stage.waits = waits
    opens(stage)
    if seconds > 1:
        stage.passes(1)
        assert stage.wire.client.closed == ""
    stage.verdict = None
    stage.passes(seconds)
    assert stage.wire.client.closed != ""
    assert stage.wire.upstream.closed != ""
    assert len(stage.streams) == 0
    assert stage.wire.observed[0].reason == REASON


@OPENS
def test_a_look_leaves_open_what_is_good_and_comes_again_every_minute(
    stage: Stage, opens: Open
) -> None:
    opens(stage)
    stage.passes(1)
    for number in range(3):
        assert stage.looks == 1 + number
        stage.passes(59)
        assert stage.looks == 1 + number
        stage.passes(1)
    assert stage.wire.client.closed == ""


def test_looks_are_as_far_apart_as_asked_for(stage: Stage) -> None:
    stage.streams._interval = 300.0
    stage.open_tunnel()
    stage.passes(1)
    stage.passes(299)
    assert stage.looks == 1
    stage.passes(1)
    assert stage.looks == 2


def test_the_sessions_own_end_is_not_missed(stage: Stage) -> None:
    stage.session = replace(ALICE, ends_at=NOW + 20)
    stage.verdict = stage.session
    stage.open_tunnel()
    stage.passes(1)
    stage.verdict = None
    stage.passes(18.9)
    assert stage.wire.client.closed == ""
    stage.passes(0.1)
    assert stage.wire.client.closed == "close"


def test_a_use_elsewhere_moves_the_end(stage: Stage) -> None:
    stage.session = replace(ALICE, idle_until=NOW + 20)
    stage.verdict = stage.session
    stage.open_tunnel()
    stage.streams.used(replace(ALICE, idle_until=NOW + 40))
    stage.passes(1)
    assert stage.asked_about.idle_until == NOW + 40


@OPENS
def test_what_is_heard_of_ends_at_once(stage: Stage, opens: Open) -> None:
    opens(stage)
    stage.hears(Ended("s1"))
    assert stage.wire.client.closed != ""
    assert stage.wire.observed[0].reason == REASON


@pytest.mark.parametrize(
    "other", [Ended("s2"), Ended(provider="oidc", user="bob"), Ended(provider="x", user="alice")]
)
def test_the_end_of_another_session_closes_nothing(stage: Stage, other: Ended) -> None:
    stage.open_tunnel()
    stage.hears(other)
    assert stage.wire.client.closed == ""
    stage.hears(Ended(provider="oidc", user="alice"))
    assert stage.wire.client.closed == "close"


def test_when_nobody_can_tell_it_stays_open_until_its_own_end(stage: Stage) -> None:
    stage.session = replace(ALICE, ends_at=NOW + 100)
    stage.waits, stage.verdict = True, StoreUnavailable("down")
    stage.open_tunnel()
    stage.passes(1)
    stage.passes(60)
    assert stage.wire.client.closed == ""
    stage.passes(39)
    assert stage.wire.client.closed == "close"


@pytest.mark.parametrize("waits", [False, True])
def test_a_look_that_fails_ends_nothing(stage: Stage, *, waits: bool) -> None:
    stage.waits, stage.verdict = waits, StoreUnavailable("down")
    stage.open_tunnel()
    stage.passes(1)
    stage.passes(60)
    assert (stage.looks, stage.wire.client.closed) == (2, "")


def test_what_is_looked_at_is_still_found_when_its_session_was_replaced(stage: Stage) -> None:
    stage.session, stage.verdict = replace(ALICE, id=""), replace(ALICE, id="other")
    stage.open_tunnel()
    stage.passes(1)
    stage.wire.client_vanishes()
    assert len(stage.streams) == 0


def test_a_client_that_does_not_read_keeps_nothing_open(stage: Stage) -> None:
    stage.open_tunnel()
    stage.wire.client_stops_reading()
    ended: list[str] = []
    stage.wire.client.close = lambda: ended.append("asked")  # type: ignore[method-assign]
    stage.hears(Ended("s1"))
    assert ended == ["asked"]
    stage.passes(LINGER)
    assert stage.wire.client.closed == "abort"


def test_nothing_more_of_the_application_reaches_a_tunnel_that_ended(stage: Stage) -> None:
    stage.open_tunnel()
    stage.hears(Ended("s1"))
    assert stage.wire.upstream.closed == "abort"


def test_an_answer_that_does_not_stay_open_is_not_watched(stage: Stage) -> None:
    stage.wire.client_sends(GET)
    stage.wire.upstream_sends(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart")
    assert len(stage.streams) == 0


def test_what_nobody_signed_in_opened_is_not_watched(stage: Stage) -> None:
    stage.session = None
    stage.open_tunnel()
    assert len(stage.streams) == 0


@OPENS
@pytest.mark.parametrize("side", ["client", "upstream"])
def test_what_ends_by_itself_is_forgotten(stage: Stage, opens: Open, side: str) -> None:
    opens(stage)
    assert len(stage.streams) == 1
    stage.wire.client_vanishes() if side == "client" else stage.wire.upstream_closes()
    assert len(stage.streams) == 0


def test_an_event_stream_that_is_complete_is_forgotten(stage: Stage) -> None:
    stage.open_events()
    stage.wire.upstream_sends(b"0\r\n\r\n")
    assert len(stage.streams) == 0
    assert stage.wire.client.closed == ""


def test_it_may_end_by_itself_while_it_is_looked_at(stage: Stage) -> None:
    stage.waits = True
    stage.open_tunnel()
    stage.verdict = None

    def both() -> None:
        stage.wire.now += 60
        stage.wire.sweeper.sweep()
        stage.wire.client.abort()

    stage.wire.run(both)
    assert stage.wire.observed[0].reason == ""


def test_without_an_interval_only_what_is_heard_of_ends(stage: Stage) -> None:
    stage.streams._interval = 0.0
    stage.verdict = None
    stage.open_tunnel()
    stage.passes(7200)
    assert (stage.looks, stage.wire.client.closed) == (0, "")
    stage.hears(Ended("s1"))
    assert stage.wire.client.closed == "close"
