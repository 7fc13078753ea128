"""Admission where programs may bring a token in Authorization: the token first, then the rest.

A token that is not accepted is refused for good, or, with `bearer_token_login_fallback`, the
request is judged as if it had none. Falling back to the cookies gives nobody the rights of somebody
else: token and cookies came from the same client, and the application is told the owner of the
cookies, never that of the token. Without the fallback the cookies do not count beside a token that
is refused, so that a program never acts, unnoticed, as whoever signed in where it runs.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Protocol

from sidegate.core.decision import Admission, Refuse, SignIn
from sidegate.core.errors import SidegateError
from sidegate.core.identity import Session
from sidegate.core.messages import Asked, Exchange
from sidegate.core.ports import Clock
from sidegate.frontends.admit import Gate
from sidegate.login.ports import OnEvent, asker_of, name_of
from sidegate.oidc.bearer_field import find_jwt

Found = Session | SidegateError


class Bearers(Protocol):
    """Finds the session of an Authorization field."""

    def find(
        self, field: bytes, now: float, *, may_introspect: bool
    ) -> Found | Coroutine[Any, Any, Found]:
        """Return the session, or why there is none, or a coroutine that has to find out."""


class TokenGate:
    """Looks for a token before `gate` looks for anything else.

    `takes_passwords`: `gate` knows users and passwords, so that Basic without a JWT is left to it.
    A request without Authorization costs one look-up more than at the gate itself.
    """

    def __init__(
        self,
        gate: Gate,
        bearers: Bearers,
        *,
        clock: Clock,
        falls_back: bool,
        takes_passwords: bool,
        on_event: OnEvent,
    ) -> None:
        self._gate = gate
        self._clock = clock
        self._bearers = bearers
        self._falls_back = falls_back
        self._takes_passwords = takes_passwords
        self._on_event = on_event

    def admit(
        self, exchange: Exchange, method: bytes, path: bytes
    ) -> Admission | Coroutine[Any, Any, Admission]:
        """Say what happens to a request. A coroutine comes back when somebody has to be asked."""
        field = exchange.head.index.get(b"authorization")
        if not field or self._is_password(field):
            return self._gate.admit(exchange, method, path)
        # Nobody asks the provider about what is sent to a public path: it may be another's secret.
        may_introspect = not self._gate.is_public(exchange, method, path)
        found = self._bearers.find(field, self._clock(), may_introspect=may_introspect)
        if isinstance(found, Session | SidegateError):
            return self._judge(exchange, method, path, found)
        return self._verify(exchange, method, path, found)

    def _is_password(self, field: bytes) -> bool:
        """Say whether a field is for whoever knows users and passwords."""
        return self._takes_passwords and field.startswith(b"Basic ") and find_jwt(field) is None

    async def _verify(
        self, exchange: Exchange, method: bytes, path: bytes, finding: Coroutine[Any, Any, Found]
    ) -> Admission:
        found = await finding
        if isinstance(found, Session):
            exchange.session = found
            self._on_event("token_accepted", exchange, "", name_of(found.identity), "")
        elif self._falls_back:
            self._tell_refused(exchange, found)
        admission = self._judge(exchange, method, path, found)
        return admission if isinstance(admission, Admission) else await admission

    def _judge(
        self, exchange: Exchange, method: bytes, path: bytes, found: Found
    ) -> Admission | Coroutine[Any, Any, Admission]:
        """Decide with what was found, by the same rules as for everybody."""
        if isinstance(found, SidegateError) and self._falls_back:
            return self._gate.admit(exchange, method, path)
        is_public = self._gate.is_public(exchange, method, path)
        session = found if isinstance(found, Session) else None
        if session is not None:
            exchange.user, exchange.session = name_of(session.identity), session
        asked = Asked(asker_of(exchange).host, method, path)
        decision = self._gate.judge(exchange, asked, session, is_public=is_public)
        if isinstance(found, SidegateError) and isinstance(decision, SignIn):
            self._tell_refused(exchange, found)
            decision = Refuse(found)
        return Admission(decision)

    def _tell_refused(self, exchange: Exchange, error: SidegateError) -> None:
        self._on_event("token_refused", exchange, error.code, "", str(error))
