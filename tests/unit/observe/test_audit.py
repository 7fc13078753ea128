"""Every security event has the form of the schema, and identifies nobody's session to a browser."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from sidegate.core.identity import Identity, Session, Tokens
from sidegate.core.messages import Exchange
from sidegate.observe.audit import EVENTS, Event, event_of, line, session_mark
from sidegate.observe.redact import Redactor

NOON = 1795435200.0625  # 2026-11-23 12:00:00 UTC
CANARY = "c4n4rySECRETvalue"
SCHEMA = json.loads(
    (Path(__file__).parents[3] / "docs/operate/audit-event.schema.json").read_text("utf-8")
)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
SESSION = Session(
    "the-id-of-the-session",
    "keycloak",
    Identity("sub-1", "ann@example.com"),
    Tokens(),
    NOON,
    NOON,
    NOON + 60,
)


def told(event: Event, redactor: Redactor) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(line(event, redactor))
    VALIDATOR.validate(found)
    return found


def test_the_schema_names_every_event_and_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["event"]["enum"] == list(EVENTS)


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_has_the_form_of_the_schema(
    name: str, exchange: Callable[..., Exchange], redactor: Redactor
) -> None:
    assert told(Event(NOON, name), redactor)["outcome"] == (EVENTS[name].outcome or "failure")
    told(event_of(NOON, name, exchange(session=SESSION), code="state_mismatch"), redactor)


@pytest.mark.parametrize(
    ("name", "code", "outcome"),
    [
        ("sign_in_failed", "attempt_missing", "failure"),
        ("sign_in_failed", "provider_unavailable", "error"),
        ("sign_in_failed", "provider_misbehaved", "error"),
        ("token_refused", "bearer_rejected", "failure"),
        ("token_refused", "provider_unavailable", "error"),
        ("session_not_renewed", "grant_rejected", "failure"),
        ("session_not_renewed", "store_unavailable", "error"),
        ("provider_logout_refused", "logout_token_rejected", "failure"),
        ("provider_logout_refused", "store_unavailable", "error"),
    ],
)
def test_a_refusal_is_a_failure_and_what_broke_through_nobodys_fault_an_error(
    name: str, code: str, outcome: str, redactor: Redactor
) -> None:
    assert told(Event(NOON, name, code=code), redactor)["outcome"] == outcome


def test_an_event_tells_what_the_exchange_knows(
    exchange: Callable[..., Exchange], redactor: Redactor
) -> None:
    made = exchange(b"/oauth2/callback?code=" + CANARY.encode(), session=SESSION)
    made.head.index[b"traceparent"] = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert told(event_of(NOON, "sign_in_succeeded", made), redactor) == {
        "schema": 1,
        "time": "2026-11-23T12:00:00.062Z",
        "log": "auth",
        "event": "sign_in_succeeded",
        "outcome": "success",
        "request_id": "4f6c2e9a-0000-4000-8000-1b2c3d4e5f60",
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "client": "203.0.113.9",
        "user": "ann@example.com",
        "subject": "sub-1",
        "provider": "keycloak",
        "session": session_mark(SESSION.id),
        "method": "GET",
        "host": "app.test",
        "path": "/oauth2/callback",
        "user_agent": "curl/8",
    }


def test_what_is_told_beside_the_exchange_counts_more(
    exchange: Callable[..., Exchange], redactor: Redactor
) -> None:
    made = exchange(session=SESSION)
    event = event_of(NOON, "access_refused", made, path="/asked", method="PUT", user="")
    found = told(event, redactor)
    assert (found["path"], found["method"], found["user"]) == ("/asked", "PUT", "ann@example.com")


def test_no_event_holds_the_id_of_a_session(
    exchange: Callable[..., Exchange], redactor: Redactor
) -> None:
    written = line(event_of(NOON, "signed_out", exchange(session=SESSION)), redactor)
    assert SESSION.id not in written
    assert session_mark(SESSION.id) != session_mark("another")


def test_nobody_learns_from_a_session_of_the_password_file_what_is_in_it(
    exchange: Callable[..., Exchange], redactor: Redactor
) -> None:
    session = replace(SESSION, provider="htpasswd:0123456789", id="")
    found = told(event_of(NOON, "password_accepted", exchange(session=session)), redactor)
    assert found["provider"] == "htpasswd"
    assert "session" not in found


def test_how_many_is_a_number(redactor: Redactor) -> None:
    assert told(Event(NOON, "lines_lost", count=3), redactor)["count"] == 3


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200))
def test_whatever_clients_send_is_one_line_of_json_in_ascii(redactor: Redactor, text: str) -> None:
    event = Event(NOON, "sign_in_failed", user=text, path=text, user_agent=text, detail=text)
    written = line(event, redactor)
    assert written.isascii()
    assert "\n" not in written
    assert "\r" not in written
    told(event, redactor)


@pytest.mark.parametrize("field", ["detail", "path", "user", "user_agent", "host"])
def test_secrets_in_a_field_are_masked(redactor: Redactor, field: str) -> None:
    event = replace(Event(NOON, "sign_in_failed"), **{field: f"x client_secret={CANARY}"})
    assert CANARY not in line(event, redactor)
