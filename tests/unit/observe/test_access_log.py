"""One finished exchange is one line, in the form oauth2-proxy's users parse."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from sidegate.config.log_format import FIELDS
from sidegate.observe.access_log import AccessLog
from sidegate.observe.redact import Redactor

NOON = 1795435200.0  # 2026-11-23 12:00:00 UTC
CANARY = "c4n4rySECRETvalue"
JWT = f"eyJhbGciOiJSUzI1NiJ9.eyJ{CANARY}.sig"


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def make_log(
    lines: list[str], settings: Callable[..., Any], redactor: Redactor
) -> Callable[..., AccessLog]:
    def make(**changes: Any) -> AccessLog:
        quiet = ("/ping", "/ready")
        return AccessLog(settings(**changes), lines.append, lambda: NOON, redactor, quiet)

    return make


def test_the_line_has_the_default_format_of_oauth2_proxy(
    make_log: Callable[..., AccessLog], lines: list[str], exchange: Callable[..., Any]
) -> None:
    make_log()(exchange(b"/app?q=1"))
    assert len(lines) == 1
    assert lines[0] == (
        "203.0.113.9 - 4f6c2e9a-0000-4000-8000-1b2c3d4e5f60 - ann@example.com "
        '[2026/11/23 12:00:00] app.test GET 127.0.0.1:8080 "/app?q=1" HTTP/1.1 "curl/8" '
        "200 1234 0.004"
    )


def test_what_is_not_known_is_a_dash_and_the_peer_stands_in_for_the_asker(
    make_log: Callable[..., AccessLog], lines: list[str], exchange: Callable[..., Any]
) -> None:
    make_log()(exchange(asker=None, request_id="", user="", upstream="", agent=b""))
    assert lines[0].startswith("192.0.2.7 - - - - [")
    assert 'app.test GET - "/app" HTTP/1.1 "" 200' in lines[0]


@pytest.mark.parametrize(
    ("changes", "target", "written"),
    [
        ({}, b"/ping", 1),
        ({"silence_ping_logging": True}, b"/ping", 0),
        ({"silence_ping_logging": True}, b"/ready?x", 0),
        ({"silence_ping_logging": True}, b"/pinger", 1),
        ({"exclude_logging_paths": ("/metrics",)}, b"/metrics?a=1", 0),
        ({"exclude_logging_paths": ("/metrics",)}, b"/metrics/a", 1),
        ({"request_logging": False}, b"/app", 0),
    ],
)
def test_the_switches_silence_exactly_what_they_name(
    make_log: Callable[..., AccessLog],
    lines: list[str],
    exchange: Callable[..., Any],
    *,
    changes: dict[str, Any],
    target: bytes,
    written: int,
) -> None:
    make_log(**changes)(exchange(target))
    assert len(lines) == written


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    "changes",
    [
        {"target": f"/app?code={CANARY}".encode()},
        {"target": f"/oauth2/callback?x={CANARY}".encode()},
        {"agent": f"Bearer {CANARY}".encode()},
        {"agent": JWT.encode()},
        {"agent": f"x; access_token={CANARY}".encode()},
        {"user": JWT},
        {"host": JWT},
        {"upstream": f"http://ann:{CANARY}@x"},
        {"request_id": JWT},
        {"request_id": f"token={CANARY}"},
        {"method": JWT.encode()},
    ],
)
def test_a_canary_planted_in_any_field_is_not_in_the_line(
    make_log: Callable[..., AccessLog],
    lines: list[str],
    exchange: Callable[..., Any],
    changes: dict[str, Any],
    form: str,
) -> None:
    log = make_log(logging_level="debug", logging_format=form)
    log(exchange(**changes))
    log(exchange(**changes))  # and not from the memory of the first time either
    assert len(lines) == 2
    assert CANARY not in "".join(lines)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    target=st.binary(max_size=99),
    agent=st.binary(max_size=99),
    host=st.text(max_size=60),
    user=st.text(max_size=60),
)
def test_whatever_a_client_sends_the_line_stays_one_line_of_the_same_fields(
    make_log: Callable[..., AccessLog],
    lines: list[str],
    exchange: Callable[..., Any],
    *,
    target: bytes,
    agent: bytes,
    host: str,
    user: str,
) -> None:
    lines.clear()
    make_log()(exchange(target, agent=agent, host=host, user=user, request_id=host))
    assert len(lines) == 1
    assert lines[0].isascii()
    assert lines[0].isprintable()
    front, _, rest = lines[0].partition(' "')
    assert len(front.split(" ")) == 10
    assert rest.replace(r"\\", "").replace(r"\"", "").count('"') == 3


def test_a_crowd_of_distinct_user_agents_does_not_make_memory_grow(
    make_log: Callable[..., AccessLog], exchange: Callable[..., Any]
) -> None:
    log = make_log()
    for number in range(5000):
        log(exchange(agent=b"agent/%d" % number, user=f"user{number}"))
    log(exchange(agent=b"x" * 60000))
    assert len(log._agents) <= 512
    assert len(log._words) <= 513
    assert max(map(len, log._agents)) <= 512


def test_no_line_is_longer_than_container_runtimes_keep_whole(
    make_log: Callable[..., AccessLog], lines: list[str], exchange: Callable[..., Any]
) -> None:
    long = b"\x80" * 16000
    text = "\x80" * 16000
    make_log()(exchange(b"/" + long, agent=long, user=text, host=text, request_id=text))
    assert len(lines[0]) < 16384


def test_the_time_moves_with_the_clock(
    settings: Callable[..., Any], redactor: Redactor, exchange: Callable[..., Any]
) -> None:
    lines: list[str] = []
    now = [NOON]
    log = AccessLog(settings(), lines.append, lambda: now[0], redactor)
    for moment in (NOON, NOON + 0.9, NOON + 1):
        now[0] = moment
        log(exchange())
    assert [line[line.index("12:") :][:8] for line in lines] == ["12:00:00", "12:00:00", "12:00:01"]


def test_a_format_of_the_configuration_chooses_the_fields(
    make_log: Callable[..., AccessLog], lines: list[str], exchange: Callable[..., Any]
) -> None:
    names = FIELDS["request_logging_format"]
    form = "|".join(f"{name}={{{{.{name}}}}}" for name in names)
    made = exchange(b"/app?code=" + CANARY.encode())
    made.head.index[b"traceparent"] = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    make_log(request_logging_format=form)(made)
    assert lines[0].split("|") == [
        "Client=203.0.113.9",
        "Host=app.test",
        "Protocol=HTTP/1.1",
        "RequestID=4f6c2e9a-0000-4000-8000-1b2c3d4e5f60",
        "RequestMethod=GET",
        "Timestamp=2026/11/23 12:00:00",
        'UserAgent="curl/8"',
        "Username=ann@example.com",
        "Upstream=127.0.0.1:8080",
        'RequestURI="/app?code=***"',
        "StatusCode=200",
        "ResponseSize=1234",
        "RequestDuration=0.004",
        "TraceID=0af7651916cd43dd8448eb211c80319c",
    ]


def test_json_has_every_field_under_its_name(
    make_log: Callable[..., AccessLog], lines: list[str], exchange: Callable[..., Any]
) -> None:
    made = exchange(b"/app?q=1&token=" + CANARY.encode(), reason="state_mismatch")
    made.head.index[b"traceparent"] = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    log = make_log(logging_format="json")
    log(made)
    log(made)  # from the memory, too
    assert lines[0] == lines[1]
    assert json.loads(lines[0]) == {
        "time": "2026-11-23T12:00:00.000Z",
        "log": "request",
        "request_id": "4f6c2e9a-0000-4000-8000-1b2c3d4e5f60",
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "client": "203.0.113.9",
        "user": "ann@example.com",
        "host": "app.test",
        "method": "GET",
        "upstream": "127.0.0.1:8080",
        "uri": "/app?q=1&token=***",
        "protocol": "HTTP/1.1",
        "user_agent": "curl/8",
        "status": 200,
        "code": "state_mismatch",
        "size": 1234,
        "duration": 0.0042,
    }


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    target=st.binary(max_size=99),
    agent=st.binary(max_size=99),
    host=st.text(max_size=60),
    user=st.text(max_size=60),
    request_id=st.text(max_size=60),
)
def test_whatever_a_client_sends_is_one_line_of_json_in_ascii(
    make_log: Callable[..., AccessLog],
    lines: list[str],
    exchange: Callable[..., Any],
    *,
    target: bytes,
    agent: bytes,
    host: str,
    user: str,
    request_id: str,
) -> None:
    lines.clear()
    made = exchange(target, agent=agent, host=host, user=user, request_id=request_id)
    make_log(logging_format="json")(made)
    assert lines[0].isascii()
    assert "\n" not in lines[0]
    assert isinstance(json.loads(lines[0]), dict)
