"""The field with the identity token, and the endpoint with the keys that verify it."""

from __future__ import annotations

from typing import Final

from sidegate.core.identity import Session
from sidegate.core.messages import Asker, Exchange, Respond, Response
from sidegate.core.ports import Clock
from sidegate.oidc.identity_token import IdentityTokens
from sidegate.pages import answers

FIELD: Final = "X-Auth-Request-Jwt"
_MOST: Final = 2048


class IdentityTokenField:
    """Makes the field; a token serves for a quarter of its life, so that few requests sign.

    `audience` may hold `{host}`, the host that was asked for.
    """

    def __init__(
        self, tokens: IdentityTokens, clock: Clock, *, audience: str, lifetime: float
    ) -> None:
        self._tokens = tokens
        self._clock = clock
        self._audience = audience
        self._by_host = "{host}" in audience
        self._period = lifetime / 4
        self._known: dict[tuple[Session, str], str] = {}
        self._began = 0.0

    def forget(self) -> None:
        """Sign anew from now on: with another key."""
        self._known = {}

    def token(self, session: Session, asker: Asker) -> str:
        """Return a token for the application that was asked for."""
        now = self._clock()
        if not 0 <= now - self._began < self._period or len(self._known) >= _MOST:
            self._known, self._began = {}, now
        audience = self._audience
        if self._by_host:
            audience = audience.replace("{host}", asker.host.lower())
        found = self._known.get((session, audience))
        if found is None:
            found = self._known[session, audience] = self._tokens.token(session, audience, now)
        return found

    def line(self, session: Session, asker: Asker) -> bytes:
        """Return the line of the head that goes to the application."""
        return b"%b: %b\r\n" % (FIELD.encode(), self.token(session, asker).encode())

    def field(self, session: Session, asker: Asker) -> tuple[str, str]:
        """Return the field of an answer, for the proxy that asks whether somebody may pass."""
        return FIELD, self.token(session, asker)

    def key_set(self, _: Exchange) -> Respond:
        """Answer with the keys; whoever verifies may keep them for five minutes."""
        response = answers.json(200, self._tokens.key_set(self._clock()))
        return Respond(_cacheable(response))


def _cacheable(response: Response) -> Response:
    own = ("cache-control", "expires", "x-accel-expires")
    kept = [field for field in response.headers if field[0].lower() not in own]
    response.headers[:] = [*kept, ("Cache-Control", "public, max-age=300")]
    return response
