"""The identity the application can believe.

Rule 1: every spelling of every identity field that a client sends is removed, on every route,
after the hop-by-hop fields went and before ours are added.
Rule 2: ours appear once, with a value the application cannot misread: no line break, and no comma
inside a group, for commas separate groups.
Rule 3: both families are sent. oauth2-proxy knows X-Auth-Request-* only in answers, so that
applications that read it from requests could be told anything.
Rule 4: what a session does not say is not sent, and nothing else takes its place.
"""

from __future__ import annotations

from collections.abc import Iterable

from sidegate.config.settings import HeaderSettings
from sidegate.core.identity import Identity, Session
from sidegate.http1.names import fold

_FAMILIES = ("X-Forwarded-", "X-Auth-Request-")
_BOUND = 2048
_NO_CONTROL = bytes(c for c in range(256) if c >= 0x20 and c != 0x7F)

STRIPPED = frozenset(
    b"x-forwarded-" + name
    for name in (b"user", b"email", b"groups", b"preferred-username", b"access-token", b"id-token")
) | {b"gap-auth", b"gap-signature"}
"""Folded names (`http1.names.fold`) of the fields that only the gate may set."""

STRIPPED_FAMILIES = (b"x-auth-request-",)
"""Beginnings of such names: whatever stands behind, nobody but a gate speaks like this."""

AUTHORIZATION = frozenset({b"authorization"})

ON_ANSWERS = AUTHORIZATION | {b"gap-auth", b"gap-signature"}
"""Folded names that only the gate may set on an answer, beside `STRIPPED_FAMILIES`."""


class IdentityHeaders:
    """Renders what a session tells the application and the client; remembers it per session."""

    def __init__(self, settings: HeaderSettings) -> None:
        self._settings = settings
        self._known: dict[Session, tuple[bytes, bytes]] = {}

    @property
    def stripped(self) -> frozenset[bytes]:
        """Folded names that pass from nobody to the application, beside `STRIPPED_FAMILIES`."""
        own = frozenset(fold(name.encode("ascii")) for name, _ in self._settings.claim_headers)
        if self._settings.pass_authorization_header:
            return STRIPPED | own | AUTHORIZATION
        return STRIPPED | own

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
            person = self._preferred(session.identity)
            fields += [(prefix + name, value) for prefix in _FAMILIES for name, value in person]
        fields += self._claims(session.identity)
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
            fields += [("X-Auth-Request-" + name, value) for name, value in _person(identity)]
            fields += self._claims(identity)
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

    def _claims(self, identity: Identity) -> list[tuple[str, str]]:
        """Return the fields of `claim_headers`; a claim that somebody does not have gives none."""
        return [
            (name, _listed(texts))
            for name, claim in self._settings.claim_headers
            if (texts := identity.claims.get(claim))
        ]

    def _preferred(self, identity: Identity) -> list[tuple[str, str]]:
        """Return the person's fields with `prefer_email_to_user` applied.

        Somebody without an address then has no user field: an application that takes the user for
        an address must not be given a name that somebody chose to look like one.
        """
        fields = _person(identity)
        if not self._settings.prefer_email_to_user:
            return fields
        rest = [field for field in fields if field[0] not in ("User", "Email")]
        return [("User", identity.email), *rest] if identity.email else rest


def _person(identity: Identity) -> list[tuple[str, str]]:
    """Return what is known of somebody, under the names that both families end in."""
    fields = (
        ("User", identity.user),
        ("Email", identity.email),
        ("Preferred-Username", identity.preferred_username),
        ("Groups", _listed(identity.groups)),
    )
    return [field for field in fields if field[1]]


def _listed(texts: tuple[str, ...]) -> str:
    return ",".join(text.replace(",", "%2C") for text in texts)


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
