"""The standard log and the auth log: events with fields instead of sentences.

    standard   [2026/11/23 19:00:00] [component] event key=value key="two words"
    auth       CLIENT - REQUEST_ID - USER [TIME] [AuthSuccess|AuthFailure|AuthError] event key=value

or as other formats of the configuration say, or as JSON. An event is a constant text of ours;
whatever varies is a field, and every field goes through the redactor. In text, levels other than
info show as `level=`. A field whose name is secret (`code`, `state`, `token`...) shows `***`:
stable error codes travel as `reason`.
"""

import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from sidegate.config.settings import LoggingSettings
from sidegate.core.errors import SidegateError
from sidegate.core.ports import Clock
from sidegate.observe.audit import ERROR, FAILURE, SUCCESS, Event, line
from sidegate.observe.redact import MASK, Redactor, escape, escape_word, is_secret_name
from sidegate.observe.templates import LineTemplate
from sidegate.observe.timestamp import Moment, Timestamp

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
"""Names of `logging_level`; the numbers are those of the standard library's `logging`."""

_DEBUG, _INFO, _WARNING, _ERROR = LEVELS.values()
_FIELD_LIMIT = 2048
_STATUS: Final = {SUCCESS: "AuthSuccess", FAILURE: "AuthFailure", ERROR: "AuthError"}
_CAUSES = 3  # of an exception, at most
_FRAMES = 12  # of a traceback, the innermost
_QUOTE = re.compile(r"""'(?:[^'\\]|\\.?)*(?:'|\Z)|"(?:[^"\\]|\\.?)*(?:"|\Z)""", re.DOTALL)

Write = Callable[[str], None]


class Log:
    """The standard log. `named` gives a component its own; all share level, outputs and redactor.

    `out` takes lines of every level; errors go to `err` unless `errors_to_info_log` is set.
    `clock` gives seconds since the epoch. Never raises.
    """

    __slots__ = ("_component", "_err", "_level", "_now", "_out", "_redactor", "_template")

    def __init__(
        self,
        settings: LoggingSettings,
        out: Write,
        err: Write,
        clock: Clock,
        redactor: Redactor,
    ) -> None:
        self._level = LEVELS[settings.logging_level] if settings.standard_logging else _ERROR + 1
        self._out = out
        self._err = out if settings.errors_to_info_log else err
        self._template: LineTemplate | None = None
        self._now: Callable[[], str] = Moment(clock)
        if settings.logging_format != "json":
            option = "standard_logging_format"
            self._template = LineTemplate(option, settings.standard_logging_format)
            self._now = Timestamp(clock, local=settings.logging_local_time)
        self._redactor = redactor
        self._component = "sidegate"

    def named(self, component: str) -> "Log":
        """Return the same log under another component's name."""
        other = object.__new__(Log)
        other._level, other._out, other._err = self._level, self._out, self._err
        other._now, other._redactor = self._now, self._redactor
        other._template = self._template
        other._component = component
        return other

    def debug(self, event: str, /, **fields: object) -> None:
        """Tell whoever hunts a fault."""
        self.emit(_DEBUG, event, fields)

    def info(self, event: str, /, **fields: object) -> None:
        """Tell what happened in the normal course."""
        self.emit(_INFO, event, fields)

    def warning(self, event: str, /, **fields: object) -> None:
        """Tell what somebody should look at soon."""
        self.emit(_WARNING, event, fields)

    def error(self, event: str, /, **fields: object) -> None:
        """Tell what failed."""
        self.emit(_ERROR, event, fields)

    def emit(self, level: int, event: str, fields: dict[str, object]) -> None:
        """Write one event of a numeric level, if that level is on."""
        if level < self._level:
            return
        made = self.line(_level_name(level), event, fields)
        (self._err if level >= _ERROR else self._out)(made)

    def line(self, level: str, event: str, fields: dict[str, object]) -> str:
        """Return the line of an event, without writing it."""
        if self._template is None:
            return self._json(level, event, fields)
        return self._text(self._template, level, event, fields)

    def _text(
        self, template: LineTemplate, level: str, event: str, fields: dict[str, object]
    ) -> str:
        traces = self._level <= _DEBUG
        details = " ".join(render_fields(event, fields, self._redactor, traces=traces))
        values = {
            "Timestamp": self._now(),
            "File": escape_word(self._component),
            "Message": details if level == "info" else f"{details} level={level}",
        }
        return template.fill(values)

    def _json(self, level: str, event: str, fields: dict[str, object]) -> str:
        shown = dict(_shown(fields, self._redactor, traces=self._level <= _DEBUG))
        ours = {
            "time": self._now(),
            "log": "standard",
            "level": level,
            "component": self._component,
            "message": self._redactor.text(event, _FIELD_LIMIT),
        }
        return json.dumps(
            ours | {key: shown[key] for key in shown if key not in ours}, separators=(",", ":")
        )


class AuthLog:
    """The auth log: who was let in, who was refused and why, and what broke on the way.

    In the text format an event that no request led to has no line here: the standard log has it.
    """

    __slots__ = ("_enabled", "_now", "_redactor", "_template", "_write")

    def __init__(
        self, settings: LoggingSettings, write: Write, clock: Clock, redactor: Redactor
    ) -> None:
        self._enabled = settings.auth_logging
        self._write = write
        self._now = Timestamp(clock, local=settings.logging_local_time)
        self._template: LineTemplate | None = None
        if settings.logging_format != "json":
            self._template = LineTemplate("auth_logging_format", settings.auth_logging_format)
        self._redactor = redactor

    def __call__(self, event: Event) -> None:
        """Write the line of an event."""
        if not self._enabled:
            return
        if self._template is None:
            self._write(line(event, self._redactor))
        elif event.client:
            self._write(self._template.fill(self._values(event)))

    def _values(self, event: Event) -> dict[str, str]:
        agent = escape(self._redactor.text(event.user_agent, 512))
        return {
            "Client": self._word(event.client),
            "Host": self._word(event.host),
            "Protocol": self._word(event.protocol),
            "RequestID": self._word(event.request_id),
            "RequestMethod": self._word(event.method),
            "Timestamp": self._now(),
            "UserAgent": f'"{agent}"',
            "Username": self._word(event.user),
            "Status": _STATUS[event.outcome],
            "Message": " ".join(
                render_fields(event.words, _told(event), self._redactor, traces=False)
            ),
            "TraceID": self._word(event.trace_id),
        }

    def _word(self, value: str) -> str:
        return escape_word(self._redactor.text(value, 256))


def _told(event: Event) -> dict[str, object]:
    """Return what stands behind the words: the stable code, the rule and what it judged."""
    told = {"rule": event.rule, "reason": event.code, "detail": event.detail}
    if event.rule:
        told |= {"method": event.method, "host": event.host, "path": event.path}
    return {key: value for key, value in told.items() if value}


class LogBridge(logging.Handler):
    """Carries records of the standard library's `logging` (asyncio's own, for one) into a Log."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; a record that cannot be formatted is told as such."""
        fields: dict[str, object] = {}
        if record.exc_info and record.exc_info[1] is not None:
            fields["error"] = record.exc_info[1]
        try:
            message = record.getMessage()
        except (TypeError, ValueError):  # arguments that do not fit the format
            message = "a log record could not be formatted"
        self._log.named(record.name).emit(record.levelno, message, fields)


def render_fields(
    event: str, fields: dict[str, object], redactor: Redactor, *, traces: bool
) -> Iterator[str]:
    """Yield the redacted and escaped event, then each `key=value`.

    `traces` adds where an exception came from: file, line and function, never code or locals.
    """
    yield escape(redactor.text(event, _FIELD_LIMIT))
    for key, value in _shown(fields, redactor, traces=traces):
        yield f"{escape_word(key)}={_quoted(value)}"


def _shown(
    fields: dict[str, object], redactor: Redactor, *, traces: bool
) -> Iterator[tuple[str, str]]:
    """Yield each field, redacted and not yet escaped."""
    for key, value in fields.items():
        yield key, MASK if is_secret_name(key) else redactor.text(_text_of(value), _FIELD_LIMIT)
        if traces and isinstance(value, BaseException):
            yield "trace", " < ".join(_frames(value))


def _text_of(value: object) -> str:
    try:
        if isinstance(value, BaseException):
            return " from ".join(_chain(value))
        if isinstance(value, bytes | bytearray):
            return value.decode("latin-1")
        return str(value)
    except Exception:  # noqa: BLE001 - a broken `__str__` must not stop the request it tells of
        return f"<{type(value).__name__} that cannot be shown>"


def _chain(error: BaseException) -> Iterator[str]:
    """Yield `Class: text` of an exception and of what caused it.

    Of one that nobody expected, nothing in quotes is shown: there Python puts what it was given,
    and that may be a code or a password, of which nothing tells the look.
    """
    cause: BaseException | None = error
    for _ in range(_CAUSES):
        if cause is None:
            return
        text = str(cause)
        if not isinstance(cause, SidegateError | OSError):
            text = _QUOTE.sub(f"'{MASK}'", text)
        yield f"{type(cause).__name__}: {text}" if text else type(cause).__name__
        cause = cause.__cause__


def _frames(error: BaseException) -> list[str]:
    """Return `file:line function` of the traceback, innermost first."""
    frames = []
    trace: Any = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        path = "/".join(code.co_filename.split("/")[-2:])
        frames.append(f"{path}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return frames[: -_FRAMES - 1 : -1]


def _quoted(text: str) -> str:
    """Return a value as it stands behind `key=`: bare when it is one harmless word."""
    word = escape(text)
    if word and word == text and " " not in word and "=" not in word:
        return word
    return f'"{word}"'


def _level_name(level: int) -> str:
    """Return the name of the highest level that is not above this number."""
    return next((n for n, number in reversed(LEVELS.items()) if number <= level), "debug")
