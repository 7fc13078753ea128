"""The request log: one line per exchange, in oauth2-proxy's default format.

    CLIENT - REQUEST_ID - USER [TIME] HOST METHOD UPSTREAM "URI" PROTOCOL "USER-AGENT" STATUS SIZE
    SECONDS                                                                 (all on one line)

On the hot path: what repeats from request to request (user agents, hosts, names) is redacted and
escaped once and then found in a small bounded dict.
"""

from collections.abc import Callable, Iterable

from sidegate.config.settings import LoggingSettings
from sidegate.core.messages import Exchange
from sidegate.core.ports import Clock
from sidegate.core.secret import Value
from sidegate.observe.redact import Redactor, escape, escape_word
from sidegate.observe.timestamp import Timestamp

_REMEMBERED = 512  # entries per dict
_REMEMBERED_LENGTH = 512  # longer values are worked out each time: 1 MB at most in all
_WORD_LIMIT = 256
_AGENT_LIMIT = 512
_IDENTIFIER_LENGTH = 64


class AccessLog:
    """Writes the line of a finished exchange through `write`. Is a `core.messages.Observer`.

    `quiet_paths`: the ping and ready paths, silent with `silence_ping_logging`.
    """

    __slots__ = ("_agents", "_enabled", "_now", "_quiet", "_redactor", "_words", "_write")

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
        self._now = Timestamp(clock, local=settings.logging_local_time)
        self._words: dict[str, str] = {"": "-"}
        self._agents: dict[bytes, str] = {}

    def __call__(self, exchange: Exchange) -> None:
        """Write one line, unless the log is off or the path is a quiet one."""
        if not self._enabled:
            return
        head = exchange.head
        if self._quiet and head.target.partition(b"?")[0] in self._quiet:
            return
        self._write(self._line(exchange))

    def _line(self, exchange: Exchange) -> str:
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
        if not (request_id.isalnum() and request_id.isascii() and len(request_id) <= 64) and (
            not _is_plain(request_id)
        ):
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

    def _word(self, value: str) -> str:
        """Work out a value that stands without quotes, and remember it."""
        return _remember(self._words, value, self._uncommon(value))

    def _uncommon(self, value: str) -> str:
        """Work out a value that never comes again."""
        return escape_word(self._redactor.text(value, _WORD_LIMIT))

    def _agent(self, value: bytes) -> str:
        """Work out a user agent, and remember it."""
        shown = escape(self._redactor.text(value.decode("latin-1"), _AGENT_LIMIT))
        return _remember(self._agents, value, shown)


def _is_plain(request_id: str) -> bool:
    """Say whether an identifier, such as a UUID, needs neither masking nor escaping."""
    if request_id.isalnum() and request_id.isascii() and len(request_id) <= _IDENTIFIER_LENGTH:
        return "eyJ" not in request_id
    return (
        len(request_id) <= _IDENTIFIER_LENGTH
        and request_id.replace("-", "").isalnum()
        and request_id.isascii()
        and "eyJ" not in request_id
    )


def _remember(known: dict[Value, str], value: Value, shown: str) -> str:
    if len(value) <= _REMEMBERED_LENGTH:
        if len(known) >= _REMEMBERED:
            known.clear()  # cheaper than keeping an order, and hot values return at once
        known[value] = shown
    return shown
