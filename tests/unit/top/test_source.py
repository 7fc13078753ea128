"""A listener is asked, and what it said before is kept."""

import asyncio

import pytest

from sidegate.core.errors import ProviderUnavailable
from sidegate.core.ports import FetchRequest, FetchResponse
from sidegate.top.source import NoFigures, Source

TEXT = """\
# TYPE n_total counter
n_total %d
# TYPE process_start_time_seconds gauge
process_start_time_seconds 100
"""


class Listener:
    def __init__(self, *answers: FetchResponse | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[FetchRequest] = []

    async def __call__(self, request: FetchRequest, /) -> FetchResponse:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def says(count: int) -> FetchResponse:
    return FetchResponse(200, {}, (TEXT % count).encode())


def test_two_scrapes_make_a_rate() -> None:
    times = iter([10.0, 12.0])
    listener = Listener(says(4), says(10))
    source = Source("http://gate.test:9090", listener, lambda: next(times), lambda: 160.0)
    first = asyncio.run(source.figures())
    assert (first.before, first.uptime) == (None, 60.0)
    assert asyncio.run(source.figures()).rate("n_total") == 3.0
    assert [one.url for one in listener.asked] == ["http://gate.test:9090"] * 2


def test_after_a_time_without_answers_the_last_one_counts() -> None:
    times = iter([10.0, 14.0])
    gone = ProviderUnavailable("http://gate.test:9090: Connection refused")
    source = Source("http://gate.test:9090", Listener(says(4), gone, says(12)), lambda: next(times))
    asyncio.run(source.figures())
    with pytest.raises(NoFigures, match="Connection refused"):
        asyncio.run(source.figures())
    assert asyncio.run(source.figures()).rate("n_total") == 2.0


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (FetchResponse(404, {}, b""), "answered 404"),
        (FetchResponse(200, {}, b"<html>"), "something else than metrics"),
        (FetchResponse(200, {}, b"\xff"), "something else than metrics"),
    ],
)
def test_what_is_no_listener_has_no_figures(answer: FetchResponse, why: str) -> None:
    with pytest.raises(NoFigures, match=why):
        asyncio.run(Source("http://gate.test", Listener(answer)).figures())
