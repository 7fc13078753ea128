"""What calls to one provider took, and what came of them."""

from collections.abc import Callable
from typing import Final

from sidegate.core.errors import ProviderError
from sidegate.core.ports import PURPOSES, Clock, Fetch, FetchRequest, FetchResponse
from sidegate.observe.measures import Durations

OUTCOMES: Final = ("answered", "refused", "failed")
"""Below 400, below 500, and everything else: no answer, one that is none, 429 and 5xx."""


class ProviderCalls:
    """Implements `core.ports.Fetch` over another one, and counts.

    `monotonic`: seconds that only go on; `wall`: of the epoch.
    """

    def __init__(self, fetch: Fetch, monotonic: Callable[[], float], wall: Clock) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self._wall = wall
        self.durations = {purpose: Durations() for purpose in PURPOSES}
        self.outcomes = {(purpose, outcome): 0 for purpose in PURPOSES for outcome in OUTCOMES}
        self.is_up = False  # the last call was not a failure
        self.answered_at = 0.0  # seconds since the epoch, 0: never

    async def __call__(self, request: FetchRequest, /) -> FetchResponse:
        """Send the request and return whatever status comes back."""
        started = self._monotonic()
        try:
            response = await self._fetch(request)
        except ProviderError:
            self._count(request.purpose, "failed", started)
            raise
        self._count(request.purpose, _outcome(response.status), started)
        return response

    def _count(self, purpose: str, outcome: str, started: float) -> None:
        self.durations[purpose].add(self._monotonic() - started)
        self.outcomes[purpose, outcome] += 1
        self.is_up = outcome != "failed"
        if self.is_up:
            self.answered_at = self._wall()


def _outcome(status: int) -> str:
    if status < 400:
        return "answered"
    return "failed" if status == 429 or status >= 500 else "refused"
