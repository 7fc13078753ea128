"""Which secret of a ring seals, while replicas learn of a new one at different moments. Pure.

Rule 1: a secret that is new opens at once and seals only when every replica has had `grace` seconds
        to learn of it.
Rule 2: of those that have waited long enough the first in the order of the file seals. When none
        has, the one that is known longest does.
Rule 3: whoever starts with several secrets cannot know how long the first has been there, and
        takes it for new. The others were there before it, so every replica has them.
"""

import base64
from collections.abc import Sequence

from sidegate.core.ports import Randomness
from sidegate.core.secret import Secret

_ALWAYS = float("-inf")


class Rotation:
    """The secrets as they came, and since when each is known. Times are monotonic seconds."""

    __slots__ = ("_grace", "_since", "secrets")

    def __init__(self, secrets: Sequence[Secret[bytes]], grace: float, now: float) -> None:
        self.secrets = tuple(secrets)
        self._grace = grace
        self._since = dict.fromkeys(secrets, _ALWAYS)
        if len(self._since) > 1:
            self._since[secrets[0]] = now

    def take(self, secrets: Sequence[Secret[bytes]], now: float) -> bool:
        """Go on with these secrets; say whether they are others, or in another order."""
        kept = tuple(dict.fromkeys(secrets))
        if kept == self.secrets:
            return False
        self._since = {secret: self._since.get(secret, now) for secret in kept}
        self.secrets = kept
        return True

    def seals(self, now: float) -> int:
        """Return the place of the secret that seals now."""
        for place, secret in enumerate(self.secrets):
            if now - self._since[secret] >= self._grace:
                return place
        return min(range(len(self.secrets)), key=lambda n: self._since[self.secrets[n]])

    def pause(self, now: float) -> float | None:
        """Return the seconds until another secret may seal, None when none is waiting."""
        waiting = [
            self._since[secret] + self._grace - now
            for secret in self.secrets[: self.seals(now)]
            if now - self._since[secret] < self._grace
        ]
        return min(waiting) if waiting else None


def make_secret(randomness: Randomness) -> str:
    """Return a cookie secret of 32 random bytes, as base64url."""
    return base64.urlsafe_b64encode(randomness(32)).decode()
