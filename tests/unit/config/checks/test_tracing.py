"""Where spans go is said by OpenTelemetry's environment; what makes no sense there is a mistake."""

from __future__ import annotations

import pytest

from sidegate.config.checks import tracing
from sidegate.config.settings import OtlpSettings
from tests.unit.config.conftest import Desk

ON = "--tracing=otlp"
OTLP = "OTEL_EXPORTER_OTLP_"


def found(desk: Desk, **environment: str) -> OtlpSettings:
    otlp = desk.load(ON, env=environment).settings.tracing.otlp
    assert otlp is not None
    return otlp


def test_there_are_no_spans_unless_the_option_asks_for_them(desk: Desk) -> None:
    assert desk.load(env={f"{OTLP}ENDPOINT": "nonsense"}).settings.tracing.otlp is None


def test_without_a_word_spans_go_to_a_collector_on_this_machine(desk: Desk) -> None:
    otlp = found(desk)
    assert otlp.otlp_endpoint == "http://localhost:4318/v1/traces"
    assert (otlp.otlp_headers, otlp.otlp_timeout, otlp.otlp_compression) == ((), 10.0, "none")
    assert (otlp.queued, otlp.batch, otlp.delay) == (2048, 512, 5000)


@pytest.mark.parametrize(
    ("general", "own", "endpoint"),
    [
        ("http://c:4318", "", "http://c:4318/v1/traces"),
        ("http://c:4318/", "", "http://c:4318/v1/traces"),
        ("https://c/otlp", "", "https://c/otlp/v1/traces"),
        ("http://c:4318", "https://d/as-it-is", "https://d/as-it-is"),
        ("", "http://d:4318/", "http://d:4318/"),
    ],
)
def test_an_endpoint_of_all_signals_gets_a_path_and_one_of_traces_is_as_it_is(
    desk: Desk, general: str, own: str, endpoint: str
) -> None:
    variables = {f"{OTLP}ENDPOINT": general, f"{OTLP}TRACES_ENDPOINT": own}
    assert found(desk, **variables).otlp_endpoint == endpoint


def test_headers_are_secrets_and_decoded(desk: Desk) -> None:
    otlp = found(desk, **{f"{OTLP}HEADERS": "api-key=k%20=y, x-tenant = one"})
    assert [(name, value.reveal()) for name, value in otlp.otlp_headers] == [
        ("api-key", "k =y"),
        ("x-tenant", "one"),
    ]
    assert "k =y" not in repr(otlp)


def test_what_is_said_of_traces_goes_before_what_is_said_of_all(desk: Desk) -> None:
    otlp = found(
        desk,
        **{f"{OTLP}{name}": "all" for name in ("CERTIFICATE", "CLIENT_KEY")},
        **{f"{OTLP}TRACES_CERTIFICATE": "own", f"{OTLP}CLIENT_CERTIFICATE": "chain"},
        **{f"{OTLP}TRACES_TIMEOUT": "2.5", f"{OTLP}TIMEOUT": "3", f"{OTLP}COMPRESSION": "gzip"},
    )
    assert (otlp.otlp_certificate, otlp.otlp_client_key) == ("own", "all")
    assert (otlp.otlp_client_certificate, otlp.otlp_timeout) == ("chain", 2.5)
    assert otlp.otlp_compression == "gzip"


def test_how_many_wait_and_for_how_long_is_said_too(desk: Desk) -> None:
    variables = {"QUEUE_SIZE": "9", "EXPORT_BATCH_SIZE": "3"}
    otlp = found(
        desk,
        **{f"OTEL_BSP_MAX_{name}": value for name, value in variables.items()},
        OTEL_BSP_SCHEDULE_DELAY="250",
    )
    assert (otlp.queued, otlp.batch, otlp.delay) == (9, 3, 250)


@pytest.mark.parametrize(
    ("variable", "value", "remedy"),
    [
        (f"{OTLP}ENDPOINT", "collector:4317", "https://"),
        (f"{OTLP}TRACES_ENDPOINT", "grpc://c:4317", "https://"),
        (f"{OTLP}PROTOCOL", "grpc", "http/protobuf"),
        (f"{OTLP}TRACES_PROTOCOL", "http/json", "http/protobuf"),
        (f"{OTLP}COMPRESSION", "zstd", "gzip"),
        (f"{OTLP}TIMEOUT", "soon", "seconds"),
        (f"{OTLP}TIMEOUT", "0", "seconds"),
        (f"{OTLP}HEADERS", "canary", "name=value"),
        (f"{OTLP}HEADERS", "x y=canary", "name=value"),
        (f"{OTLP}HEADERS", "key=canary%0D%0Ax", "ASCII"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0", "2048"),
        ("OTEL_BSP_SCHEDULE_DELAY", "-1", "5000"),
    ],
)
def test_what_makes_no_sense_is_a_mistake_that_names_the_variable(
    desk: Desk, variable: str, value: str, remedy: str
) -> None:
    mistake = desk.mistake(ON, env={variable: value})
    assert mistake.startswith(f"environment {variable}: ")
    assert remedy in mistake
    assert "canary" not in mistake


def test_the_environment_can_turn_off_what_the_option_turns_on(desk: Desk) -> None:
    loaded = desk.load(ON, env={"OTEL_SDK_DISABLED": "True", f"{OTLP}PROTOCOL": "grpc"})
    assert loaded.settings.tracing.otlp is None


def test_keys_that_travel_in_plain_sight_are_warned_of(desk: Desk) -> None:
    keys = {f"{OTLP}HEADERS": "api-key=k"}
    for endpoint, is_warned in (("http://c", True), ("https://c", False), ("http://[::1]", False)):
        warnings = desk.load(ON, env={**keys, f"{OTLP}ENDPOINT": endpoint}).warnings
        assert any(f"{OTLP}HEADERS" in warning for warning in warnings) is is_warned


def test_a_package_that_is_missing_is_a_mistake_that_says_how_to_get_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "find_spec", lambda _: None)
    assert "pip install 'sidegate[otel]'" in desk.mistake(ON)
    assert desk.mistakes() == []
