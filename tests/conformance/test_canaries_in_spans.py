"""Nothing secret and nobody's name is in a span, over a whole life of sessions at debug level."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance import daily_life
from tests.conformance.attacks import Play
from tests.conformance.exercise import found_in, leaks, secrets_of
from tests.conformance.receiver import Receiver
from tests.conformance.world import World

KEY = "canary-key-of-the-collector"
LAST = "/the-last-request-of-all"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as one:
        yield one


@pytest.fixture
def life(world: World, receiver: Receiver, tmp_path: Path) -> Iterator[Play]:
    """Yield a whole life at a gate that makes spans of all of it."""
    environment = (
        ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url),
        ("OTEL_EXPORTER_OTLP_HEADERS", f"api-key={KEY}"),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
    )
    with daily_life.of(world, tmp_path, "--tracing=otlp", environment=environment) as play:
        play.planted.add(KEY)
        play.answers.append(play.gate.browser().get(LAST))
        yield play


def test_no_secret_is_in_a_span_and_none_in_a_log_because_of_them(
    life: Play, receiver: Receiver
) -> None:
    text = receiver.text_until(LAST)
    assert found_in([("a span", text)], secrets_of(life)) == []
    assert leaks(life) == []
    for name in ("alice@example.com", "alice%40example.com", "bob"):
        assert name not in text
    assert {fields["api-key"] for fields in receiver.fields} == {KEY}
    spans = receiver.spans()
    assert len(spans) > 100
    told = {span.name for span in spans}
    assert told >= {
        "GET /oauth2/callback",
        "redeem code",
        "refresh session",
        "discover provider",
        "POST token",
        "GET userinfo",
        "GET keys",
        "GET /",
        "GET",
    }
    codes = {span.attributes.get("sidegate.code") for span in spans}
    assert codes >= {"state_mismatch", "provider_misbehaved", "attempt_missing"}


def test_a_secret_in_a_span_would_be_found(life: Play, receiver: Receiver) -> None:
    life.planted.add("state_mismatch")
    assert found_in([("a span", receiver.text_until(LAST))], secrets_of(life))
