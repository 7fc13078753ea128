"""Spans go out in batches; whoever makes them never waits, and what is lost is counted."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from sidegate.core.errors import ProviderUnavailable
from sidegate.core.ports import FetchRequest, FetchResponse
from sidegate.net import span_export
from sidegate.net.span_export import Collector, SpanExport
from sidegate.net.tasks import Tasks

COLLECTOR = Collector("http://127.0.0.1:9/v1/traces", (("api-key", "k"),), batch=2, queued=5)
Answer = int | FetchResponse | Exception


class Stage:
    """A collector that answers as told; `pauses` move the time."""

    def __init__(self, *answers: Answer, pauses: list[float] | None = None, **changes: Any) -> None:
        self.answers = list(answers)
        self.requests: list[FetchRequest] = []
        self.reports: list[str] = []
        self.hold: asyncio.Event | None = None
        self.came = asyncio.Event()
        self.reported: list[BaseException] = []
        self.tasks = Tasks(self.reported.append)
        self.export = SpanExport(
            replace(COLLECTOR, **changes),
            self.fetch,
            b",".join,
            self.reports.append,
            lambda: 100.0 + sum(pauses or ()),
        )

    async def fetch(self, request: FetchRequest, /) -> FetchResponse:
        self.requests.append(request)
        self.came.set()
        if self.hold is not None:
            await self.hold.wait()
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, FetchResponse) else FetchResponse(answer, {}, b"")

    def put(self, *spans: bytes) -> None:
        for span in spans:
            self.export.put(span)

    async def run(self) -> None:
        """Send all that waits and end."""
        await self.export.end(self.tasks.spawn(self.export.run()))


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses that were made, each of which is over at once."""
    made: list[float] = []

    async def either(_event: asyncio.Event, seconds: float) -> None:
        made.append(seconds)

    monkeypatch.setattr(span_export, "_either", either)
    return made


def play(script: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(script())


def test_spans_go_in_batches_with_the_headers_of_the_environment() -> None:
    async def script() -> None:
        stage = Stage()
        stage.put(b"a", b"b", b"c")
        await stage.run()
        assert [request.body for request in stage.requests] == [b"a,b", b"c"]
        first = stage.requests[0]
        assert (first.method, first.url) == ("POST", COLLECTOR.url)
        headers = (("api-key", "k"), ("Content-Type", "application/x-protobuf"))
        assert first.headers == headers
        assert (stage.export.sent, stage.export.waiting) == (3, 0)
        assert sum(stage.export.lost.values()) == 0

    play(script)


def test_a_full_batch_is_sent_at_once_and_others_after_a_while() -> None:
    async def script() -> None:
        stage = Stage(delay=1000.0)
        task = stage.tasks.spawn(stage.export.run())
        stage.put(b"a")
        await asyncio.sleep(0)
        assert stage.requests == []
        stage.put(b"b")
        await stage.came.wait()
        assert stage.requests[0].body == b"a,b"
        await stage.export.end(task)

    play(script)


def test_a_batch_can_be_compressed() -> None:
    async def script() -> None:
        stage = Stage(is_compressed=True)
        stage.put(b"a", b"b")
        await stage.run()
        (request,) = stage.requests
        assert gzip.decompress(request.body) == b"a,b"
        assert ("Content-Encoding", "gzip") in request.headers

    play(script)


def test_what_is_too_much_is_lost_and_nobody_waits_for_a_slow_collector() -> None:
    async def script() -> None:
        stage = Stage()
        stage.hold = asyncio.Event()
        task = stage.tasks.spawn(stage.export.run())
        stage.put(b"a", b"b")
        await stage.came.wait()
        stage.put(*(b"%d" % number for number in range(7)))
        assert stage.export.lost["queue_full"] == 2
        assert len(stage.requests) == 1, "one batch at a time"
        stage.hold.set()
        await stage.export.end(task)
        assert stage.export.sent == 7

    play(script)


def test_long_spans_fill_the_queue_sooner() -> None:
    async def script() -> None:
        stage = Stage(queued=100)
        half = b"x" * (span_export.MOST_BYTES // 2)
        stage.put(half, half, b"y")
        assert (stage.export.waiting, stage.export.lost["queue_full"]) == (2, 1)
        await stage.run()
        stage.put(half)
        assert stage.export.waiting == 1, "what was sent takes no room"

    play(script)


def test_a_batch_is_tried_again_later_and_later(pauses: list[float]) -> None:
    async def script() -> None:
        away = ProviderUnavailable("http://127.0.0.1:9: refused", was_sent=False)
        told = FetchResponse(429, {"retry-after": "3"}, b"")
        stage = Stage(away, 503, told, 200, pauses=pauses)
        stage.put(b"a")
        await stage.export._empty()
        assert pauses == [1.0, 2.0, 3.0]
        assert (stage.export.sent, stage.reports) == (1, [])

    play(script)


def test_a_collector_that_takes_nothing_costs_the_batch_and_is_told_of_once(
    pauses: list[float],
) -> None:
    async def script() -> None:
        away = [ProviderUnavailable("http://127.0.0.1:9: refused", was_sent=False)] * 4
        stage = Stage(*away, *away, 200, pauses=pauses)
        stage.put(b"a", b"b", b"c")
        await stage.export._empty()
        assert pauses == [1.0, 2.0, 4.0] * 2, "the next pause would end after its time"
        assert stage.export.lost["not_taken"] == 3
        assert stage.reports == ["http://127.0.0.1:9: refused"]
        stage.put(b"d")
        await stage.export._empty()
        assert stage.reports[1:] == [""]

    play(script)


@pytest.mark.parametrize("status", [400, 401, 404, 413, 302])
def test_a_refusal_is_final(status: int, pauses: list[float]) -> None:
    async def script() -> None:
        stage = Stage(status, pauses=pauses)
        stage.put(b"a")
        await stage.export._empty()
        assert (len(stage.requests), pauses) == (1, [])
        assert stage.reports == [f"it answered {status}"]

    play(script)


def test_at_the_end_what_is_not_taken_is_tried_once_more_and_lost() -> None:
    async def script() -> None:
        stage = Stage(503, 503, 503)
        stage.put(b"a")
        await stage.run()
        assert len(stage.requests) == 2
        assert stage.export.lost["not_taken"] == 1

    play(script)


def test_the_end_does_not_wait_for_a_collector_that_never_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(span_export, "LAST", 0.0)

    async def script() -> None:
        stage = Stage()
        stage.hold = asyncio.Event()
        stage.put(b"a", b"b", b"c")
        task = stage.tasks.spawn(stage.export.run())
        await asyncio.sleep(0)
        await stage.export.end(task)
        assert stage.export.lost["not_taken"] == 3
        assert not task.done(), "whoever owns the task ends it"
        await stage.tasks.cancel()

    play(script)
