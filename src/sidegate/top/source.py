"""Asks a metrics listener, and keeps what it said before."""

from __future__ import annotations

import ssl
import time

from sidegate.core.errors import ProviderError
from sidegate.core.ports import Clock, Fetch, FetchRequest
from sidegate.net.fetch import Fetcher
from sidegate.top.figures import STARTED, Figures
from sidegate.top.scrape import Scrape, parse

PATIENCE = 3.0
LARGEST = 16 * 2**20
ACCEPT = (("Accept", "text/plain;version=0.0.4"),)


class NoFigures(Exception):
    """There is nothing to show: the listener does not answer, or not as one. The text says why."""


class Source:
    """A listener at `url`. Clocks and fetch are handed in for tests."""

    def __init__(
        self,
        url: str,
        fetch: Fetch | None = None,
        monotonic: Clock = time.monotonic,
        wall: Clock = time.time,  # noqa: TID251 - the real clock comes in here
    ) -> None:
        self.url = url
        self._fetch = fetch or Fetcher(ssl.create_default_context)
        self._monotonic = monotonic
        self._wall = wall
        self._last: Scrape | None = None

    async def figures(self) -> Figures:
        """Ask, and return what happened since the last time. Raises NoFigures."""
        request = FetchRequest("GET", self.url, ACCEPT, timeout=PATIENCE, limit=LARGEST)
        try:
            answer = await self._fetch(request)
        except ProviderError as error:
            raise NoFigures(str(error)) from None
        if answer.status != 200:
            raise NoFigures(f"{self.url} answered {answer.status}")
        try:
            now = parse(answer.body.decode(), self._monotonic())
        except ValueError:
            raise NoFigures(f"{self.url} answered something else than metrics") from None
        before, self._last = self._last, now
        started = now.first(STARTED)
        uptime = 0.0 if started is None else max(self._wall() - started, 0.0)
        return Figures(now, before, uptime)
