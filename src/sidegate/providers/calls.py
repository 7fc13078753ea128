"""How providers are called: within a time, twice where that is safe, and not while they said no.

Rule 1: a call is repeated once, at once and within its time, when it failed for reasons that may
be gone: always when nothing was sent, else only a call that may be repeated.
Rule 2: who was told to wait is answered ProviderUnavailable without a call until then. "Who" is
the credential on an origin, for limits are counted by it: one person cannot use up another's.
Rule 3: what is remembered is bounded, in number and in time, and holds no credential.
"""

from dataclasses import replace
from hashlib import sha256
from math import ceil
from typing import Final
from urllib.parse import urlsplit

from sidegate.core.errors import ProviderUnavailable
from sidegate.core.ports import Clock, Fetch, FetchRequest, FetchResponse
from sidegate.providers.rate_limits import LONGEST, seconds_to_wait

MOST_REMEMBERED: Final = 1024
LEAST_TIME: Final = 0.5  # seconds that must be left for a second try


class Calls:
    """Implements `core.ports.Fetch` over another one, for all calls to one provider."""

    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._until: dict[bytes, float] = {}

    async def __call__(self, request: FetchRequest, /) -> FetchResponse:
        """Send the request; a status that means "later" is ProviderUnavailable."""
        asker, now = _asker(request), self._clock()
        left = self._until.get(asker, now) - now
        if 0 < left <= LONGEST:  # more: the clock was moved back
            raise _limited(request, left)
        response = await self._repeated(request, now)
        wait = seconds_to_wait(response, self._clock())
        if wait is None:
            return response
        self._remember(asker, wait)
        raise _limited(request, wait)

    async def _repeated(self, request: FetchRequest, started: float) -> FetchResponse:
        try:
            response = await self._fetch(request)
        except ProviderUnavailable as error:
            again = self._again(request, started)
            if again is None or (error.was_sent and not request.may_be_repeated):
                raise
            return await self._fetch(again)
        if response.status < 500 or not request.may_be_repeated:
            return response
        if seconds_to_wait(response, started) is not None:
            return response
        again = self._again(request, started)
        return response if again is None else await self._fetch(again)

    def _again(self, request: FetchRequest, started: float) -> FetchRequest | None:
        """Return the same request with the time that is left, or None where that is too short."""
        left = min(request.timeout, started + request.timeout - self._clock())
        return replace(request, timeout=left) if left >= LEAST_TIME else None

    def _remember(self, asker: bytes, wait: float) -> None:
        now = self._clock()
        if len(self._until) >= MOST_REMEMBERED:
            self._until = {key: end for key, end in self._until.items() if end > now}
        while len(self._until) >= MOST_REMEMBERED:
            del self._until[next(iter(self._until))]
        self._until[asker] = now + wait


def _limited(request: FetchRequest, wait: float) -> ProviderUnavailable:
    seconds = ceil(wait)
    message = f"{_origin(request.url)}: the provider wants no calls for {seconds} s"
    return ProviderUnavailable(message, was_sent=False, wait=seconds)


def _asker(request: FetchRequest) -> bytes:
    """Return who asks whom: the credential on an origin, or without one the address itself."""
    credential = next((v for name, v in request.headers if name.lower() == "authorization"), "")
    whom = _origin(request.url) if credential else request.url.partition("?")[0]
    return sha256(f"{whom}\n{credential}".encode()).digest()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
