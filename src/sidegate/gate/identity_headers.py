"""The identity the application can believe.

Rule 1: every spelling of every identity field that a client sends is removed, on every route,
after the hop-by-hop fields went and before ours are added.
Rule 2: ours appear once, with a value the application cannot misread: no line break, and no comma
inside a group, for commas separate groups.
Rule 3: both families are sent. oauth2-proxy knows X-Auth-Request-* only in answers, so that
applications that read it from requests could be told anything.
"""

from __future__ import annotations

from collections.abc import Iterable

from sidegate.config.settings import HeaderSettings
from sidegate.core.identity import Session

_FAMILIES = ("X-Forwarded-", "X-Auth-Request-")
_BOUND = 2048
_NO_CONTROL = bytes(c for c in range(256) if c >= 0x20 and c != 0x7F)

STRIPPED = frozenset(
    (prefix + name).lower().encode("ascii")
    for prefix in _FAMILIES
    for name in ("User", "Email", "Groups", "Preferred-Username", "Access-Token")
) | {b"gap-auth", b"gap-signature", b"x-auth-request-redirect", b"x-auth-request-jwt"}
"""Folded names (`http1.names.fold`) of the fields that only the gate may set."""

AUTHORIZATION = frozenset({b"authorization"})


class IdentityHeaders:
    """Renders what a session tells the application and the client; remembers it per session."""

    def __init__(self, settings: HeaderSettings) -> None:
        self._settings = settings
        self._known: dict[Session, tuple[bytes, bytes]] = {}

    @property
    def stripped(self) -> frozenset[bytes]:
        """Folded names that never pass from a client to the application."""
        if self._settings.pass_authorization_header:
            return STRIPPED | AUTHORIZATION
        return STRIPPED

    def blocks(self, session: Session) -> tuple[bytes, bytes]:
        """Return (lines for the application, lines for the client), each ending in CRLF."""
        known = self._known.get(session)
        if known is None:
            if len(self._known) >= _BOUND:
                self._known.clear()
            known = (_lines(self.for_application(session)), _lines(self.for_client(session)))
            self._known[session] = known
        return known

    def for_application(self, session: Session) -> list[tuple[str, str]]:
        """Return the fields of the request upstream."""
        settings, tokens = self._settings, session.tokens
        fields: list[tuple[str, str]] = []
        if settings.pass_user_headers:
            for prefix in _FAMILIES:
                fields += self._person(prefix, session)
        if settings.pass_access_token and tokens.access_token:
            fields.append(("X-Forwarded-Access-Token", tokens.access_token.reveal()))
        if settings.pass_authorization_header and tokens.id_token:
            fields.append(("Authorization", f"Bearer {tokens.id_token.reveal()}"))
        return fields

    def for_client(self, session: Session) -> list[tuple[str, str]]:
        """Return the fields of the answer: for nginx and the like, which read them from /auth."""
        settings, tokens = self._settings, session.tokens
        identity = session.identity
        fields = [("GAP-Auth", identity.email or identity.user)]
        if settings.set_xauthrequest:
            fields += self._person("X-Auth-Request-", session)
            if settings.pass_access_token and tokens.access_token:
                fields.append(("X-Auth-Request-Access-Token", tokens.access_token.reveal()))
        if settings.set_authorization_header and tokens.id_token:
            fields.append(("Authorization", f"Bearer {tokens.id_token.reveal()}"))
        return fields

    def answer_fields(self, session: Session) -> list[tuple[str, str]]:
        """Return `for_client` as text that can stand in a field: UTF-8, read as latin-1."""
        return [
            (name, raw.decode("latin-1"))
            for name, value in self.for_client(session)
            if (raw := _field_value(value)) is not None
        ]

    def _person(self, prefix: str, session: Session) -> Iterable[tuple[str, str]]:
        identity = session.identity
        if self._settings.prefer_email_to_user and identity.email:
            yield prefix + "User", identity.email
        else:
            yield prefix + "User", identity.user
            if identity.email:
                yield prefix + "Email", identity.email
        if identity.preferred_username:
            yield prefix + "Preferred-Username", identity.preferred_username
        if identity.groups:
            yield prefix + "Groups", ",".join(g.replace(",", "%2C") for g in identity.groups)


def _lines(fields: Iterable[tuple[str, str]]) -> bytes:
    """Render fields as UTF-8, leaving out a value with a control character.

    Claims that have one are refused at the sign-in; none may ever become a line of its own.
    """
    return b"".join(
        b"%b: %b\r\n" % (name.encode("ascii"), raw)
        for name, value in fields
        if (raw := _field_value(value)) is not None
    )


def _field_value(value: str) -> bytes | None:
    """Return a value as UTF-8, or None when it holds a control character."""
    raw = value.encode("utf-8", "replace")
    return None if raw.translate(None, _NO_CONTROL) else raw
