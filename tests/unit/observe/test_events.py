"""Events come out as single lines, at the right level, on the right output, without secrets."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from sidegate.config.log_format import FIELDS
from sidegate.core.errors import SidegateError
from sidegate.core.secret import Secret
from sidegate.observe.audit import Event, event_of
from sidegate.observe.events import AuthLog, Log, LogBridge
from sidegate.observe.redact import Redactor

NOON = 1795435200.0  # 2026-11-23 12:00:00 UTC
CANARY = "c4n4rySECRETvalue"


class Outputs:
    """Two lists in place of stdout and stderr."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.err: list[str] = []

    @property
    def all(self) -> str:
        """Everything that was written."""
        return "\n".join(self.out + self.err)


@pytest.fixture
def outputs() -> Outputs:
    return Outputs()


@pytest.fixture
def make_log(
    outputs: Outputs, settings: Callable[..., Any], redactor: Redactor
) -> Callable[..., Log]:
    def make(**changes: Any) -> Log:
        write, write_error = outputs.out.append, outputs.err.append
        return Log(settings(**changes), write, write_error, lambda: NOON, redactor)

    return make


def test_an_event_is_a_line_with_time_component_and_fields(
    make_log: Callable[..., Log], outputs: Outputs
) -> None:
    make_log().named("pool").info("upstream connected", origin="127.0.0.1:8080", note="two words")
    assert outputs.out == [
        '[2026/11/23 12:00:00] [pool] upstream connected origin=127.0.0.1:8080 note="two words"'
    ]


@pytest.mark.parametrize(
    ("level", "written"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)]
)
def test_only_levels_from_the_configured_one_up_are_written(
    make_log: Callable[..., Log], outputs: Outputs, level: str, written: int
) -> None:
    log = make_log(logging_level=level, errors_to_info_log=True)
    log.debug("a")
    log.info("a")
    log.warning("a")
    log.error("a")
    assert len(outputs.out) == written


def test_errors_go_to_stderr_unless_the_option_sends_them_to_stdout(
    make_log: Callable[..., Log], outputs: Outputs
) -> None:
    make_log().error("broken")
    make_log(errors_to_info_log=True).error("broken")
    line = "[2026/11/23 12:00:00] [sidegate] broken level=error"
    assert (outputs.out, outputs.err) == ([line], [line])


def test_the_standard_log_can_be_switched_off(
    make_log: Callable[..., Log], outputs: Outputs
) -> None:
    make_log(standard_logging=False).error("broken")
    assert outputs.all == ""


def _raise_with_canary() -> None:
    password = CANARY  # a local: a traceback that printed locals would leak it
    cause = KeyError(f"token={password}")
    raise ValueError(f"bad answer: {{'access_token': '{password}'}}") from cause


def test_canaries_in_every_kind_of_field_stay_hidden_at_debug_level(
    make_log: Callable[..., Log], outputs: Outputs
) -> None:
    log = make_log(logging_level="debug")
    with pytest.raises(ValueError, match="bad answer") as caught:
        _raise_with_canary()
    log.debug("with exception", error=caught.value)
    log.debug("with secret", value=Secret(CANARY), nested={"a": [Secret(CANARY)]})
    log.debug("with names", code=CANARY, client_secret=CANARY, cookie=CANARY)
    log.debug("with header", header=f"Authorization: Bearer {CANARY}")
    log.debug("with bytes", body=f'{{"refresh_token":"{CANARY}"}}'.encode())
    log.debug("with address", url=f"redis://:{CANARY}@host/0")
    event = f"in the event itself: code={CANARY}"
    log.debug(event)
    assert len(outputs.out) == 7
    assert CANARY not in outputs.all


def test_an_exception_shows_class_text_and_cause_and_its_trace_only_at_debug_level(
    make_log: Callable[..., Log], outputs: Outputs
) -> None:
    with pytest.raises(ValueError, match="bad answer") as caught:
        _raise_with_canary()
    make_log().info("failed", error=caught.value)
    make_log(logging_level="debug").info("failed", error=caught.value)
    assert "error=\"ValueError: bad answer: {'***': '***'} from KeyError" in outputs.out[0]
    assert "trace=" not in outputs.out[0]
    assert "observe/test_events.py:" in outputs.out[1]
    assert "_raise_with_canary" in outputs.out[1]


@pytest.mark.parametrize(
    "error",
    [
        KeyError(CANARY),
        ValueError(f"invalid literal for int() with base 10: '{CANARY}'"),
        ValueError(f'odd: "it\'s {CANARY}"'),
        ValueError(f"given: ['a', \"b\", '{CANARY}"),
        RuntimeError(f"given: '\\'{CANARY}\\"),
    ],
)
def test_of_an_error_that_nobody_expected_no_value_is_shown(
    error: Exception, make_log: Callable[..., Log], outputs: Outputs
) -> None:
    make_log().info("failed", error=error)
    assert CANARY not in outputs.all
    assert f'error="{type(error).__name__}: ' in outputs.out[0]


@pytest.mark.parametrize(
    "error",
    [SidegateError("the realm 'staff' is unknown"), FileNotFoundError(2, "gone", "/etc/staff")],
)
def test_our_own_errors_and_those_of_the_system_are_shown_whole(
    error: Exception, make_log: Callable[..., Log], outputs: Outputs
) -> None:
    make_log().info("failed", error=error)
    assert str(error) in outputs.out[0]


def test_a_value_that_cannot_be_shown_does_not_raise(
    make_log: Callable[..., Log], outputs: Outputs
) -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError

    make_log().info("odd", value=Broken())
    assert 'value="<Broken that cannot be shown>"' in outputs.out[0]


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200), st.binary(max_size=100))
def test_no_value_ever_breaks_out_of_its_line(
    make_log: Callable[..., Log], outputs: Outputs, text: str, data: bytes
) -> None:
    outputs.out.clear()
    make_log().info("event", text=text, data=data, error=ValueError(text))
    assert len(outputs.out) == 1
    assert outputs.out[0].isascii()
    assert outputs.out[0].isprintable()


def test_an_empty_value_is_quoted_so_that_it_is_seen(
    make_log: Callable[..., Log], outputs: Outputs
) -> None:
    make_log().info("event", value="")
    assert outputs.out[0].endswith('event value=""')


def test_the_auth_log_has_the_default_format_of_oauth2_proxy(
    settings: Callable[..., Any], redactor: Redactor, exchange: Callable[..., Any]
) -> None:
    lines: list[str] = []
    log = AuthLog(settings(), lines.append, lambda: NOON, redactor)
    log(event_of(NOON, "sign_in_succeeded", exchange(), detail="by oidc"))
    log(event_of(NOON, "sign_in_failed", exchange(user=""), code="state_mismatch"))
    stranger = exchange(user="", asker=None)
    log(event_of(NOON, "erasure_failed", stranger, user=f"a\nb token={CANARY}"))
    middle = "- 4f6c2e9a-0000-4000-8000-1b2c3d4e5f60 -"
    time = "[2026/11/23 12:00:00]"
    assert lines[:2] == [
        f'203.0.113.9 {middle} ann@example.com {time} [AuthSuccess] signed in detail="by oidc"',
        f"203.0.113.9 {middle} - {time} [AuthFailure] sign-in failed reason=state_mismatch",
    ]
    assert lines[2].startswith(
        rf"192.0.2.7 {middle} a\x0ab\x20token=*** {time} [AuthError] erasure"
    )
    assert CANARY not in lines[2]


def test_the_auth_log_can_be_switched_off(
    settings: Callable[..., Any], redactor: Redactor, exchange: Callable[..., Any]
) -> None:
    lines: list[str] = []
    log = AuthLog(settings(auth_logging=False), lines.append, lambda: NOON, redactor)
    log(event_of(NOON, "sign_in_succeeded", exchange()))
    assert lines == []


def test_an_event_without_a_request_has_no_line_of_text(
    settings: Callable[..., Any], redactor: Redactor
) -> None:
    lines: list[str] = []
    AuthLog(settings(), lines.append, lambda: NOON, redactor)(Event(NOON, "gate_started"))
    assert lines == []


def test_what_a_rule_refused_is_told_with_the_rule(
    settings: Callable[..., Any], redactor: Redactor, exchange: Callable[..., Any]
) -> None:
    lines: list[str] = []
    log = AuthLog(settings(), lines.append, lambda: NOON, redactor)
    log(event_of(NOON, "access_refused", exchange(b"/a?b=c"), rule="staff only"))
    assert lines[0].endswith(
        '[AuthFailure] refused rule="staff only" method=GET host=app.test path=/a'
    )


def test_records_of_the_standard_library_become_events_of_ours(
    make_log: Callable[..., Log], outputs: Outputs
) -> None:
    bridge = LogBridge(make_log())
    error = OSError(f"password={CANARY}")
    record = logging.LogRecord(
        "asyncio",
        logging.ERROR,
        "f.py",
        1,
        "lost %s\nx",
        ("code=" + CANARY,),
        (OSError, error, None),
    )
    bridge.handle(record)
    bridge.handle(logging.LogRecord("asyncio", logging.INFO, "f.py", 1, "%d", ("x",), None))
    assert "[asyncio] lost code=***" in outputs.err[0]
    assert "\n" not in outputs.err[0]
    assert CANARY not in outputs.all
    assert "could not be formatted" in outputs.out[0]


def test_json_has_the_fields_of_an_event_beside_ours(
    make_log: Callable[..., Log], outputs: Outputs
) -> None:
    log = make_log(logging_format="json", logging_level="debug").named("pool")
    log.warning("odd \u20ac", note='two "words"', time="mine", token=CANARY, error=OSError("x\ny"))
    assert outputs.out[0].isascii()
    assert json.loads(outputs.out[0]) == {
        "time": "2026-11-23T12:00:00.000Z",
        "log": "standard",
        "level": "warning",
        "component": "pool",
        "message": "odd \u20ac",
        "note": 'two "words"',
        "token": "***",
        "error": "OSError: x\ny",
        "trace": "",
    }


def test_the_standard_log_has_the_format_of_the_configuration(
    make_log: Callable[..., Log], outputs: Outputs
) -> None:
    log = make_log(standard_logging_format="{{.File}} {{.Message}}")
    log.named("pool of two").info("connected", note="a b")
    assert outputs.out == [r'pool\x20of\x20two connected note="a b"']


def test_the_auth_log_has_the_format_of_the_configuration(
    settings: Callable[..., Any], redactor: Redactor, exchange: Callable[..., Any]
) -> None:
    lines: list[str] = []
    names = FIELDS["auth_logging_format"]
    form = "|".join(f"{{{{.{name}}}}}" for name in names)
    log = AuthLog(settings(auth_logging_format=form), lines.append, lambda: NOON, redactor)
    log(event_of(NOON, "sign_in_failed", exchange(agent=b"a b"), code="state_mismatch"))
    assert lines[0].split("|") == [
        "203.0.113.9",
        "app.test",
        "HTTP/1.1",
        "4f6c2e9a-0000-4000-8000-1b2c3d4e5f60",
        "GET",
        "2026/11/23 12:00:00",
        '"a b"',
        "ann@example.com",
        "AuthFailure",
        "sign-in failed reason=state_mismatch",
        "-",
    ]


def test_in_json_the_auth_log_has_every_event(
    settings: Callable[..., Any], redactor: Redactor
) -> None:
    lines: list[str] = []
    log = AuthLog(settings(logging_format="json"), lines.append, lambda: NOON, redactor)
    log(Event(NOON, "gate_started"))
    assert json.loads(lines[0])["event"] == "gate_started"
