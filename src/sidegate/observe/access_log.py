"""The request log: one line per exchange, in oauth2-proxy's default format or another.

    CLIENT - REQUEST_ID - USER [TIME] HOST METHOD UPSTREAM "URI" PROTOCOL "USER-AGENT" STATUS SIZE
    SECONDS                                                                 (all on one line)

`request_logging_format` chooses the fields, `logging_format=json` makes an object of them.
On the hot path: what repeats from request to request (user agents, hosts, names) is redacted and
escaped once and then found in a small bounded dict.
"""

import re
from collections.abc import Callable, Iterable
from json.encoder import encode_basestring_ascii as quoted

from sidegate.config.options.logging import REQUEST_FORMAT
from sidegate.config.settings import LoggingSettings
from sidegate.core.messages import Exchange
from sidegate.core.ports import Clock
from sidegate.core.secret import Value
from sidegate.observe.redact import Redactor, escape, escape_word
from sidegate.observe.templates import LineTemplate
from sidegate.observe.timestamp import Moment, Timestamp
from sidegate.observe.trace import trace_id_of

_REMEMBERED = 512  # entries per dict
_REMEMBERED_LENGTH = 512  # longer values are worked out each time: 1 MB at most in all
_WORD_LIMIT = 256
_AGENT_LIMIT = 512
_PLAIN_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


class AccessLog:
    """Writes the line of a finished exchange through `write`. Is a `core.messages.Observer`.

    `quiet_paths`: the ping and ready paths, silent with `silence_ping_logging`.
    """

    __slots__ = (
        "_agents",
        "_enabled",
        "_line",
        "_now",
        "_quiet",
        "_redactor",
        "_show",
        "_template",
        "_words",
        "_write",
    )

    def __init__(
        self,
        settings: LoggingSettings,
        write: Callable[[str], None],
        clock: Clock,
        redactor: Redactor,
        quiet_paths: Iterable[str] = (),
    ) -> None:
        quiet = {*settings.exclude_logging_paths}
        if settings.silence_ping_logging:
            quiet |= {*quiet_paths}
        self._quiet = frozenset(path.encode() for path in quiet)
        self._enabled = settings.request_logging
        self._write = write
        self._redactor = redactor
        self._words: dict[str, str] = {}
        self._agents: dict[bytes, str] = {}
        self._now: Callable[[], str] = Timestamp(clock, local=settings.logging_local_time)
        self._show: Callable[[str], str] = escape_word
        self._template: LineTemplate | None = None
        self._line = self._default_line
        if settings.logging_format == "json":
            self._now, self._show, self._line = Moment(clock), quoted, self._json_line
        elif settings.request_logging_format != REQUEST_FORMAT:
            self._template = LineTemplate("request_logging_format", settings.request_logging_format)
            self._line = self._templated_line

    def __call__(self, exchange: Exchange) -> None:
        """Write one line, unless the log is off or the path is a quiet one."""
        if not self._enabled:
            return
        head = exchange.head
        if self._quiet and head.target.partition(b"?")[0] in self._quiet:
            return
        self._write(self._line(exchange))

    def _default_line(self, exchange: Exchange) -> str:
        head = exchange.head
        asker = exchange.asker
        words = self._words
        if asker is None:
            client = exchange.peer.address or "@"
            host = head.host.decode("latin-1")
        else:
            client = asker.client
            host = asker.host
        user = exchange.user
        upstream = exchange.upstream
        request_id = exchange.request_id
        method = head.method.decode("latin-1")
        agent = head.index.get(b"user-agent", b"")
        if not _is_plain(request_id):
            request_id = self._uncommon(request_id)
        return (
            f"{words.get(client) or self._word(client)} - {request_id} - "
            f"{words.get(user) or self._word(user)} [{self._now()}] "
            f"{words.get(host) or self._word(host)} {words.get(method) or self._word(method)} "
            f"{words.get(upstream) or self._word(upstream)} "
            f'"{self._redactor.uri(head.target)}" {"HTTP/1.1" if head.minor else "HTTP/1.0"} '
            f'"{self._agents.get(agent) or self._agent(agent)}" '
            f"{exchange.status} {exchange.sent} {exchange.ended - exchange.started:.3f}"
        )

    def _json_line(self, exchange: Exchange) -> str:
        head, asker = exchange.head, exchange.asker
        client = exchange.peer.address or "@" if asker is None else asker.client
        host = head.host.decode("latin-1") if asker is None else asker.host
        method = head.method.decode("latin-1")
        agent = head.index.get(b"user-agent", b"")
        words, request_id, trace_id = self._words, exchange.request_id, trace_id_of(head)
        shown_id = f'"{request_id}"' if _is_plain(request_id) else self._uncommon(request_id)
        trace = f',"trace_id":"{trace_id}"' if trace_id else ""
        code = f',"code":"{exchange.reason}"' if exchange.reason else ""
        return (
            f'{{"time":"{self._now()}","log":"request","request_id":{shown_id}{trace},'
            f'"client":{words.get(client) or self._word(client)},'
            f'"user":{words.get(exchange.user) or self._word(exchange.user)},'
            f'"host":{words.get(host) or self._word(host)},'
            f'"method":{words.get(method) or self._word(method)},'
            f'"upstream":{words.get(exchange.upstream) or self._word(exchange.upstream)},'
            f'"uri":{quoted(self._redactor.target(head.target))},'
            f'"protocol":"{"HTTP/1.1" if head.minor else "HTTP/1.0"}",'
            f'"user_agent":{self._agents.get(agent) or self._agent(agent)},'
            f'"status":{exchange.status}{code},"size":{exchange.sent},'
            f'"duration":{exchange.ended - exchange.started:.4f}}}'
        )

    def _templated_line(self, exchange: Exchange) -> str:
        assert self._template is not None  # noqa: S101 - `__init__` chose this one for it
        head, asker = exchange.head, exchange.asker
        agent = head.index.get(b"user-agent", b"")
        return self._template.fill(
            {
                "Client": self._word(asker.client if asker else exchange.peer.address or "@"),
                "Host": self._word(asker.host if asker else head.host.decode("latin-1")),
                "Protocol": "HTTP/1.1" if head.minor else "HTTP/1.0",
                "RequestID": self._uncommon(exchange.request_id),
                "RequestMethod": self._word(head.method.decode("latin-1")),
                "Timestamp": self._now(),
                "UserAgent": f'"{self._agents.get(agent) or self._agent(agent)}"',
                "Username": self._word(exchange.user),
                "Upstream": self._word(exchange.upstream),
                "RequestURI": f'"{self._redactor.uri(head.target)}"',
                "StatusCode": str(exchange.status),
                "ResponseSize": str(exchange.sent),
                "RequestDuration": f"{exchange.ended - exchange.started:.3f}",
                "TraceID": trace_id_of(head) or "-",
            }
        )

    def _word(self, value: str) -> str:
        """Work out a value that stands without quotes, and remember it."""
        known = self._words.get(value)
        if known is not None:
            return known
        return _remember(self._words, value, self._uncommon(value))

    def _uncommon(self, value: str) -> str:
        """Work out a value that never comes again."""
        return self._show(self._redactor.text(value, _WORD_LIMIT))

    def _agent(self, value: bytes) -> str:
        """Work out a user agent, and remember it."""
        text = self._redactor.text(value.decode("latin-1"), _AGENT_LIMIT)
        shown = quoted(text) if self._show is quoted else escape(text)
        return _remember(self._agents, value, shown)


def _is_plain(request_id: str) -> bool:
    """Say whether an identifier, such as a UUID, needs neither masking nor escaping."""
    return _PLAIN_ID.fullmatch(request_id) is not None and "eyJ" not in request_id


def _remember(known: dict[Value, str], value: Value, shown: str) -> str:
    if len(value) <= _REMEMBERED_LENGTH:
        if len(known) >= _REMEMBERED:
            known.clear()  # cheaper than keeping an order, and hot values return at once
        known[value] = shown
    return shown
