"""Security events: what a reviewer needs to know, in one form that does not change unnoticed.

Rule 1: an event is one of `EVENTS`; its fields are those of docs/operate/audit-event.schema.json.
        A field that is not known is absent. Whoever changes what a field means raises `SCHEMA`.
Rule 2: no field identifies a session to a browser: `session` is a short hash, `path` has no query.
Rule 3: every text goes through the redactor before it leaves `record`.
"""

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cache
from typing import Final, NamedTuple

from sidegate.core.errors import SidegateError, tree
from sidegate.core.identity import Session, shown_provider
from sidegate.core.messages import Exchange
from sidegate.observe.redact import Redactor
from sidegate.observe.trace import trace_id_of

SCHEMA: Final = 1

SUCCESS: Final = "success"
FAILURE: Final = "failure"
ERROR: Final = "error"
"""Something broke through nobody's fault."""
BY_CODE: Final = ""
"""The code tells which of the two: an error that is answered with 5xx is nobody's fault."""


class Kind(NamedTuple):
    """What is the same for all events of a name: how it went, and the words of the text format."""

    outcome: str
    words: str


EVENTS: Final = {
    "sign_in_started": Kind(SUCCESS, "sign-in started"),
    "sign_in_succeeded": Kind(SUCCESS, "signed in"),
    "sign_in_failed": Kind(BY_CODE, "sign-in failed"),
    "password_accepted": Kind(SUCCESS, "password accepted"),
    "token_accepted": Kind(SUCCESS, "token accepted"),
    "token_refused": Kind(BY_CODE, "token refused"),
    "access_refused": Kind(FAILURE, "refused"),
    "access_would_be_refused": Kind(SUCCESS, "would_refuse"),
    "rate_limited": Kind(FAILURE, "rate limited"),
    "session_renewed": Kind(SUCCESS, "session renewed"),
    "session_not_renewed": Kind(BY_CODE, "session not renewed"),
    "signed_out": Kind(SUCCESS, "sign out"),
    "signed_out_everywhere": Kind(SUCCESS, "sign out everywhere"),
    "backchannel_logout": Kind(SUCCESS, "backchannel logout"),
    "frontchannel_logout": Kind(SUCCESS, "frontchannel logout"),
    "provider_logout_refused": Kind(BY_CODE, "logout refused"),
    "sessions_revoked": Kind(SUCCESS, "sessions revoked"),
    "data_exported": Kind(SUCCESS, "data exported"),
    "erasure_requested": Kind(SUCCESS, "erasure requested"),
    "erasure_done": Kind(SUCCESS, "erased"),
    "erasure_failed": Kind(ERROR, "erasure failed"),
    "key_changed": Kind(SUCCESS, "key changed"),
    "configuration_changed": Kind(SUCCESS, "configuration changed"),
    "configuration_refused": Kind(ERROR, "configuration not taken over"),
    "gate_started": Kind(SUCCESS, "started"),
    "gate_stopped": Kind(SUCCESS, "stopped"),
    "lines_lost": Kind(ERROR, "lines were lost"),
}
"""Every name there is."""

_LIMIT = 1024  # characters of a field
_SESSION_LABEL = b"sidegate audit session\0"
_MARK_LENGTH = 12  # hexadecimal digits: tells sessions apart, opens nothing


@dataclass(frozen=True, slots=True)
class Event:
    """One security event. `time`: seconds since the epoch; all else is text, empty for unknown.

    `client` and `host` are those of the trust rules. `user` is the name in the other logs,
    `subject` the provider's. `code` is one of `core.errors`, `detail` one line for people.
    `protocol` is for the text format only. `count`: how many, where an event is about several.
    """

    time: float
    name: str
    code: str = ""
    request_id: str = ""
    trace_id: str = ""
    client: str = ""
    user: str = ""
    subject: str = ""
    provider: str = ""
    session: str = ""
    rule: str = ""
    method: str = ""
    host: str = ""
    path: str = ""
    protocol: str = ""
    user_agent: str = ""
    detail: str = ""
    count: int = 0

    @property
    def words(self) -> str:
        """What the text format calls it."""
        return EVENTS[self.name].words

    @property
    def outcome(self) -> str:
        """How it went."""
        return EVENTS[self.name].outcome or (ERROR if self.code in _broken() else FAILURE)


@cache
def _broken() -> frozenset[str]:
    """Return the codes of what is neither the person's fault nor that of what they sent."""
    return frozenset(kind.code for kind in tree(SidegateError) if kind.status >= 500)


_TEXTS: Final = tuple(
    one.name for one in fields(Event) if one.name not in {"time", "name", "protocol", "count"}
)


def event_of(time: float, name: str, exchange: Exchange | None = None, **known: str) -> Event:
    """Return an event, with what the exchange says where `known` does not know better."""
    if exchange is None:
        return Event(time, name, **known)  # type: ignore[arg-type] # texts, all but `count`
    head, asker, session = exchange.head, exchange.asker, exchange.session
    found = {
        "request_id": exchange.request_id,
        "trace_id": trace_id_of(head),
        "client": asker.client if asker else exchange.peer.address or "@",
        "user": exchange.user,
        "provider": exchange.provider,
        "method": head.method.decode("latin-1"),
        "host": asker.host if asker else head.host.decode("latin-1"),
        "path": head.path.decode("latin-1"),
        "protocol": "HTTP/1.1" if head.minor else "HTTP/1.0",
        "user_agent": head.text(b"user-agent"),
    }
    if session is not None:
        found |= about(session)
    found |= {key: value for key, value in known.items() if value}
    return Event(time, name, **found)  # type: ignore[arg-type] # texts, all but `count`


def about(session: Session) -> dict[str, str]:
    """Return the fields that tell which session it is, and whose."""
    return {
        "subject": session.identity.user,
        "provider": shown_provider(session.provider),
        "session": session_mark(session.id),
    }


def session_mark(session_id: str) -> str:
    """Return the name of a session in the audit log, of which nobody learns its id."""
    if not session_id:
        return ""
    digest = hashlib.sha256(_SESSION_LABEL + session_id.encode())
    return digest.hexdigest()[:_MARK_LENGTH]


def record(event: Event, redactor: Redactor) -> dict[str, object]:
    """Return the fields of an event as the schema has them, redacted."""
    told: dict[str, object] = {
        "schema": SCHEMA,
        "time": stamp(event.time),
        "log": "auth",
        "event": event.name,
        "outcome": event.outcome,
    }
    for name in _TEXTS:
        value: str = getattr(event, name)
        if value:
            told[name] = redactor.text(value, _LIMIT)
    if event.count:
        told["count"] = event.count
    return told


def line(event: Event, redactor: Redactor) -> str:
    """Return an event as one line of JSON in ASCII."""
    return json.dumps(record(event, redactor), separators=(",", ":"))


def stamp(time: float) -> str:
    """Return seconds since the epoch as RFC 3339 has them, in UTC with milliseconds."""
    text = datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"
