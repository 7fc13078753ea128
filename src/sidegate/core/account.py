"""What is held about somebody who is signed in, as they may see it: never a token, nor an id."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sidegate.core.identity import Session

COOKIES: Final = "cookies"
REDIS: Final = "redis"


@dataclass(frozen=True, slots=True)
class Place:
    """One session of a person. `name`: what it is called outside of its browser.

    Times are seconds since the epoch. `used_at`: a use of it that was not long before the last
    one; None where that is not known. `device`: a coarse name of its browser, or empty.
    """

    name: str
    began_at: float
    confirmed_at: float
    ends_at: float
    used_at: float | None = None
    device: str = ""
    is_this: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """Everything about the person of `session`, which has what is kept and nothing more.

    `provider`: its name for people. `kept_in`: COOKIES or REDIS. `places`: all their sessions;
    None where only their browsers know. `has_more`: there are some beside these.
    """

    session: Session
    provider: str
    kept_in: str = COOKIES
    places: Sequence[Place] | None = None
    has_more: bool = False

    @property
    def tokens(self) -> list[str]:
        """Which tokens of the provider are kept, by the names of RFC 6749 and OpenID Connect."""
        kept = self.session.tokens
        found = {
            "access_token": kept.access_token,
            "id_token": kept.id_token,
            "refresh_token": kept.refresh_token,
        }
        return [name for name, token in found.items() if token is not None]
