"""The keys of one issuer, and when to fetch them again.

Rule 1: a key that is unknown is asked for once per cool-down, whoever asks, however many.
Rule 2: keys that were known serve while the issuer is away, for a day. Whoever needs them does not
    wait for others who ask.
"""

from collections.abc import Callable
from typing import Any

from sidegate.core.errors import ProviderError, ProviderUnavailable
from sidegate.core.ports import Clock, Fetch, Turn
from sidegate.oidc.jwks import VerificationKey, are_over, are_stale, may_ask_again, parse_keys
from sidegate.oidc.jws import KeyNotFound
from sidegate.providers.documents import get_document

Keys = tuple[VerificationKey, ...]
Check = Callable[[Keys], dict[str, Any]]
"""Returns the claims of a token that these keys verify. Raises IdTokenRejected or KeyNotFound."""


class KeySet:
    """Keys as the issuer publishes them; empty until `fill` succeeded."""

    def __init__(self, fetch: Fetch, clock: Clock, turn: Turn) -> None:
        self._fetch = fetch
        self._clock = clock
        self._turn = turn
        self._url = ""
        # Keys, when they came, and when they were last asked for, by the reason: keys that were
        # renewed for their age must not keep a new one out (a swap just before signing).
        self._keys: Keys = ()
        self._keys_at = 0.0
        self._asked_at: dict[str, float] = {}
        self._is_renewing = False  # because of their age
        self.failures = 0  # tries that brought no keys

    @property
    def came_at(self) -> float:
        """Seconds since the epoch when the keys came, 0 while there are none."""
        return self._keys_at

    async def fill(self, url: str) -> None:
        """Fetch the keys and remember where from. Raises ProviderError; what was known stays."""
        started = self._clock()
        self._keys = await self._load(url)
        self._keys_at = started
        self._url = url

    async def claims(self, check: Check) -> dict[str, Any]:
        """Return what `check` returns; a key that is unknown or old is fetched before it is missed.

        Raises what `check` raises, and ProviderUnavailable when there are no keys yet.
        """
        if not self._url:
            raise ProviderUnavailable("the keys of the issuer have not been fetched yet")
        before = self._keys
        await self._renew_old(before)
        keys = self._keys
        try:
            return check(keys)
        except KeyNotFound:
            if keys is not before:  # they came a moment ago
                raise
            await self._renew("unknown key", keys)
            if self._keys is keys:
                raise
        return check(self._keys)

    async def _renew_old(self, old: Keys) -> None:
        """Have one ask for keys in place of old ones. Raises ProviderUnavailable for too old ones.

        The others go on with what is known meanwhile: an endpoint that is silent slows one request
        per cool-down, and not all.
        """
        now = self._clock()
        if not are_stale(now, self._keys_at):
            return
        if not self._is_renewing or are_over(now, self._keys_at):
            self._is_renewing = True
            try:
                await self._renew("age", old)
            finally:
                self._is_renewing = False
        if are_over(self._clock(), self._keys_at):
            raise ProviderUnavailable("the keys of the issuer could not be fetched for a day")

    async def _renew(self, why: str, old: Keys) -> None:
        """Fetch the keys anew unless somebody just did; the old ones serve when that fails.

        Those who come while one is asking wait for their turn and find other keys than `old`, or
        the cool-down begun.
        """
        async with self._turn:
            now = self._clock()
            if self._keys is not old or not may_ask_again(now, self._asked_at.get(why)):
                return
            try:
                self._keys = await self._load(self._url)
            except ProviderError:
                return
            finally:  # counted from the end, or those who wait behind a dead endpoint ask in turn
                self._asked_at[why] = self._clock()
            self._keys_at = now

    async def _load(self, url: str) -> Keys:
        try:
            return parse_keys(await get_document(self._fetch, url, "key set"))
        except ProviderError:
            self.failures += 1
            raise
