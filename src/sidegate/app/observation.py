"""Where the program tells what happens: three logs and the metrics."""

from __future__ import annotations

from msgspec.structs import astuple

from sidegate import __version__
from sidegate.config.settings import Settings, redis_addresses
from sidegate.core.errors import (
    SidegateError,
    UpstreamError,
    UpstreamStalled,
    UpstreamTruncated,
)
from sidegate.core.messages import Asked, Exchange
from sidegate.core.ports import Clock
from sidegate.core.secret import Secret
from sidegate.net.line_sink import LineSink
from sidegate.net.streams import REASON as SESSION_ENDED
from sidegate.observe.access_log import AccessLog
from sidegate.observe.events import AuthLog, Log
from sidegate.observe.metrics import Metrics
from sidegate.observe.redact import Redactor

_CUT_SHORT = frozenset({UpstreamTruncated.code, UpstreamStalled.code, "client_stalled"})


class Observation:
    """Joins what the parts report to the logs and metrics that operators read."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        quiet = (settings.server.ping_path, settings.server.ready_path)
        known: list[Secret[str] | Secret[bytes]] = [*settings.cookie.cookie_secrets]
        for provider in settings.providers:
            known += [value for value in astuple(provider) if isinstance(value, Secret)]
        redis = settings.redis
        known += [redis.redis_password, redis.redis_sentinel_password]
        known += [address.password for address in redis_addresses(redis)]
        self.redactor = redactor = Redactor(settings.server.proxy_prefix, known)
        self._out, self._err = LineSink(1), LineSink(2)
        self.learn = redactor.learn
        self.log = Log(settings.logging, self._out, self._err, clock, redactor)
        self.metrics = Metrics(__version__, quiet)
        self.metrics.log_lines_dropped = lambda: self._out.dropped + self._err.dropped
        self._auth = AuthLog(settings.logging, self._out, clock, redactor)
        self._access = AccessLog(settings.logging, self._out, clock, redactor, quiet)
        self._upstream = self.log.named("upstream")
        self._client = self.log.named("client")
        self._session = self.log.named("session")
        self._reload = self.log.named("reload")
        self._clock = clock
        self._refused_at = 0.0

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
        """Log and count what happened to a sign-in (`login.ports.OnEvent`)."""
        match kind:
            case "attempt":
                self.metrics.authentication_attempt()
            case "success":
                self.metrics.session_started()
                more = {"detail": detail} if detail else {}
                self._auth.success(exchange, user, "signed in", **more)
            case "failure":
                self.metrics.authentication_failure(code)
                self._auth.failure(exchange, user, "sign-in failed", reason=code, detail=detail)
            case "token_refused":
                self.metrics.authentication_failure(code)
                self._auth.failure(exchange, user, "token refused", reason=code, detail=detail)
            case "logout_refused":
                self._auth.failure(exchange, user, "logout refused", reason=code, detail=detail)
            case _:
                self._auth.success(exchange, user, kind.replace("_", " "))

    def ruled(self, event: str, exchange: Exchange, asked: Asked, rule: str) -> None:
        """Log that a rule refused a request, or that one in shadow would have."""
        tell = self._auth.failure if event == "refused" else self._auth.success
        tell(
            exchange,
            exchange.user,
            event,
            rule=rule,
            method=asked.method,
            host=asked.host,
            path=asked.path,
        )

    def refresh_failed(self, code: str) -> None:
        """Log and count that a session could not be renewed; `code` is the error's."""
        self.metrics.token_refresh_error(code)
        self._session.warning("a session was not renewed", reason=code)

    def refresh_incomplete(self, code: str) -> None:
        """Log that a session was renewed though a call for more failed; `code` is the error's."""
        self._session.warning("a session was renewed, its groups were not", reason=code)

    def connection_refused(self, reason: str) -> None:
        """Count a client for whom there was no room; say so in the log once a second at most."""
        self.metrics.connection_refused(reason)
        now = self._clock()
        if now >= self._refused_at + 1:
            self._refused_at = now
            self._client.warning("no room for all connections", reason=reason)

    def reloaded(self, file: str, is_taken: bool, detail: str) -> None:  # noqa: FBT001 - net.watch calls it
        """Log and count what became of a file that changed (`net.watch.Report`)."""
        self.metrics.reloaded(file, self._clock() if is_taken else None)
        if is_taken:
            self._reload.info("a changed file was taken over", file=file, detail=detail)
        else:
            self._reload.warning(
                "a changed file was not taken over, what was before stays", file=file, detail=detail
            )

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

    def close(self) -> None:
        """Write what is still to be written."""
        self._out.close()
        self._err.close()
