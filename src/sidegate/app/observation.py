"""Where the program tells what happens: three logs and the metrics."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import astuple

from sidegate import __version__
from sidegate.app.log_outputs import LogOutputs
from sidegate.config.settings import Settings
from sidegate.core.errors import (
    SidegateError,
    SignInBusy,
    TooManyAttempts,
    TooManyConnections,
    UpstreamError,
    UpstreamStalled,
    UpstreamTruncated,
)
from sidegate.core.identity import Session
from sidegate.core.messages import Asked, Exchange
from sidegate.core.ports import Clock
from sidegate.core.secret import Secret
from sidegate.login.ports import name_of
from sidegate.net.streams import REASON as SESSION_ENDED
from sidegate.observe.access_log import AccessLog
from sidegate.observe.audit import Event, about, event_of, line, session_mark
from sidegate.observe.events import AuthLog, Log
from sidegate.observe.metrics import Metrics
from sidegate.observe.redact import Redactor

_CUT_SHORT = frozenset({UpstreamTruncated.code, UpstreamStalled.code, "client_stalled"})
_LIMITED = frozenset({TooManyAttempts.code, SignInBusy.code})
_KEYS = frozenset({"cookie_secret_file", "client_secret_file"})
_NAMES = {
    "attempt": "sign_in_started",
    "success": "sign_in_succeeded",
    "failure": "sign_in_failed",
    "sign_out": "signed_out",
    "sign_out_everywhere": "signed_out_everywhere",
    "logout_refused": "provider_logout_refused",
}
"""How events of `login.ports.OnEvent` are called where their kind is no name of an event."""


class Observation:
    """Joins what the parts report to the logs and metrics that operators read."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        quiet = (settings.server.ping_path, settings.server.ready_path)
        self.redactor = redactor = redactor_of(settings)
        self._clock = clock
        self._outputs = LogOutputs(settings.logging, clock, self._tell, self._tell_of_audit)
        self.open, self.close = self._outputs.open, self._outputs.close
        out, self._audit = self._outputs.out, self._outputs.audit
        self.learn = redactor.learn
        self.log = Log(settings.logging, out, self._outputs.err, clock, redactor)
        self.metrics = Metrics(__version__, quiet)
        self.metrics.watch_rules(rule.name for rule in settings.access.rules)
        self.metrics.log_lines_dropped = self._outputs.dropped
        self._auth = AuthLog(settings.logging, out, clock, redactor)
        self._access = AccessLog(settings.logging, out, clock, redactor, quiet)
        self._upstream = self.log.named("upstream")
        self._client = self.log.named("client")
        self._session = self.log.named("session")
        self._reload = self.log.named("reload")
        self._refused_at = 0.0

    def _tell(self, lost: int) -> str:
        return self.log.line("warning", "log lines were lost", {"lines": lost})

    def _tell_of_audit(self, lost: int) -> str:
        return line(Event(self._clock(), "lines_lost", count=lost), self.redactor)

    def exchange(self, exchange: Exchange) -> None:
        """Log and count a finished exchange (`core.messages.Observer`)."""
        self._access(exchange)
        self.metrics(exchange)
        if exchange.reason == SESSION_ENDED:
            fields = {"request_id": exchange.request_id, "user": exchange.user}
            self._session.info("closed what was open: " + exchange.reason, **fields)
        if exchange.reason in _CUT_SHORT:  # the status says 200 all the same
            self._upstream.warning(
                exchange.reason, request_id=exchange.request_id, upstream=exchange.upstream
            )

    def sign_in(self, kind: str, exchange: Exchange, code: str, user: str, detail: str, /) -> None:
        """Tell and count what happened to a sign-in (`login.ports.OnEvent`)."""
        self.metrics.session_ended(kind)
        match kind:
            case "attempt":
                self.metrics.authentication_attempt()
            case "success":
                self.metrics.session_started()
            case "failure" | "token_refused":
                self.metrics.authentication_failure(code)
            case "backchannel_logout" | "frontchannel_logout" if detail:
                detail = f"provider session {session_mark(detail)}"
        name = "rate_limited" if code in _LIMITED else _NAMES.get(kind, kind)
        self.audit(name, exchange, code=code, user=user, detail=detail)

    def audit(self, event: str, exchange: Exchange | None = None, /, **known: str) -> None:
        """Tell of a security event, one of `observe.audit.EVENTS`; `known`: fields of `Event`.

        What an exchange says about the request, and who is signed in, needs no telling.
        """
        told = event_of(self._clock(), event, exchange, **known)
        self._auth(told)
        if self._audit is not None:
            self._audit(line(told, self.redactor))

    def ruled(self, event: str, exchange: Exchange, asked: Asked, rule: str) -> None:
        """Tell that a rule refused a request, or that one in shadow would have."""
        method, path = asked.method.decode("latin-1"), asked.path.decode("latin-1")
        self.audit(event, exchange, rule=rule, method=method, host=asked.host, path=path)

    def refreshed(self, session: Session) -> None:
        """Tell and count that a session was renewed."""
        self.metrics.token_refresh()
        self.audit("session_renewed", user=name_of(session.identity), **about(session))

    def refresh_failed(self, code: str, session: Session) -> None:
        """Log, tell and count that a session could not be renewed; `code` is the error's."""
        self.metrics.token_refresh_error(code)
        self._session.warning("a session was not renewed", reason=code)
        user = name_of(session.identity)
        self.audit("session_not_renewed", code=code, user=user, **about(session))

    def refresh_incomplete(self, code: str) -> None:
        """Log and count a session renewed though a call for more failed; `code` is its error's."""
        self.metrics.token_refresh_incomplete()
        self._session.warning("a session was renewed, its groups were not", reason=code)

    def connection_refused(self, reason: str) -> None:
        """Count a client for whom there was no room; say so in the log once a second at most."""
        self.metrics.connection_refused(reason)
        now = self._clock()
        if now >= self._refused_at + 1:
            self._refused_at = now
            self._client.warning("no room for all connections", reason=reason)
            self.audit("rate_limited", code=TooManyConnections.code, detail=reason)

    def reloaded(self, file: str, is_taken: bool, detail: str) -> None:  # noqa: FBT001 - net.watch calls it
        """Log, tell and count what became of a file that changed (`net.watch.Report`)."""
        event = "configuration_refused"
        if is_taken:
            event = "key_changed" if file.partition(":")[0] in _KEYS else "configuration_changed"
        self.audit(event, detail=f"{file}: {detail}" if detail else file)
        self.metrics.reloaded(file, self._clock() if is_taken else None)
        if is_taken:
            self._reload.info("a changed file was taken over", file=file, detail=detail)
        else:
            self._reload.warning(
                "a changed file was not taken over, what was before stays", file=file, detail=detail
            )

    def sealing(self) -> None:
        """Tell that another cookie secret seals from now on."""
        said = "another cookie secret seals from now on"
        self.log.named("app").info(said)
        self.audit("key_changed", detail=f"cookie_secret: {said}")

    def error(self, error: SidegateError, exchange: Exchange | None) -> None:
        """Log the message behind an error answer; the client sees only its public words."""
        if isinstance(error, UpstreamError):
            tell = self._upstream.warning
        elif error.status >= 500:
            tell = self._upstream.error
        else:
            tell = self._client.debug
        fields: dict[str, object] = {"detail": str(error)}
        if exchange is not None:
            fields |= {"request_id": exchange.request_id, "upstream": exchange.upstream}
        tell(error.code, **fields)


def redactor_of(settings: Settings) -> Redactor:
    """Return what masks the secrets of a configuration, and all that looks like one."""
    return Redactor(settings.server.proxy_prefix, _secrets_in(settings))


def _secrets_in(value: object) -> Iterator[Secret[str] | Secret[bytes]]:
    """Yield every secret of a branch of the settings, however deep."""
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, Struct | tuple):
        for inner in astuple(value) if isinstance(value, Struct) else value:
            yield from _secrets_in(inner)
