"""A sign-in and requests are traces at a real collector, and one that is away changes nothing."""

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.collectors import DOCS, Collector, Told
from tests.integration.processes import LOOPBACK, free_port
from tests.integration.wire import Wire

TRACING = "--tracing=otlp"
PUBLIC = "--skip-auth-route=^/"
NUMBERS = re.compile(
    r"^sidegate_spans_(\w+)_total(?:\{reason=\"(\w+)\"\})? ([0-9.]+)$", re.MULTILINE
)
LATER = "1000000"  # milliseconds: no batch before the end


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Send often, and let nothing of the machine's own environment through."""
    for name in ("TRACES_ENDPOINT", "HEADERS", "PROTOCOL"):
        monkeypatch.delenv(f"OTEL_EXPORTER_OTLP_{name}", raising=False)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
    return monkeypatch


@pytest.fixture
def collector(tmp_path: Path, environment: pytest.MonkeyPatch) -> Iterator[Collector]:
    """Yield a collector that gates send to."""
    with Collector(tmp_path) as one:
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", one.url)
        yield one


@pytest.fixture
def deaf(environment: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Yield a collector that takes connections and never answers."""
    with socket.create_server((LOOPBACK, 0)) as listening:
        port = listening.getsockname()[1]
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{LOOPBACK}:{port}")
        yield listening


def named(spans: list[Told], name: str) -> Told:
    """Return the last span of a name."""
    found = [span for span in spans if span.name == name]
    assert found, f"no {name} among {[span.name for span in spans]}"
    return found[-1]


def has_a_request(spans: list[Told]) -> bool:
    """Say whether a request for the application is among them."""
    return any(span.name == "GET /" for span in spans)


def events_in(output: str) -> list[dict[str, str]]:
    """Return the lines of JSON logs."""
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def numbers(port: int) -> dict[str, float]:
    """Return how many spans were sent and lost."""
    with Wire(port) as wire:
        text = wire.got("GET /metrics").body.decode()
    return {reason or name: float(value) for name, reason, value in NUMBERS.findall(text)}


@pytest.mark.needs("oidc-provider")
@pytest.mark.needs("otelcol")
def test_a_sign_in_and_a_request_are_traces_that_the_logs_name(
    gate, oidc_provider, app, collector
) -> None:
    opened = gate(TRACING, "--logging-format=json", "--logging-level=debug", idp=oidc_provider)
    with opened.person("alice") as alice:
        alice.sign_in("/oauth2/start?rd=/report")
        alice.get("/other?token=canary-in-a-query")
    opened.canaries.add("canary-in-a-query")
    spans = collector.spans_until(
        lambda spans: [one for one in spans if one.attributes.get("url.path") == "/other"],
        "the last request to come",
    )
    callback = named(spans, "GET /oauth2/callback")
    redeem, token = named(spans, "redeem code"), named(spans, "POST token")
    assert [redeem.parent, token.parent] == [callback.id, redeem.id]
    assert {redeem.trace, token.trace} == {callback.trace}
    assert token.lines["Kind"] == "Client"
    discovery, keys = named(spans, "discover provider"), named(spans, "GET keys")
    assert named(spans, "GET discovery").parent == keys.parent == discovery.id
    request = next(one for one in spans if one.attributes.get("url.path") == "/other")
    application = next(one for one in spans if one.parent == request.id)
    assert (request.name, request.parent) == ("GET /", "")
    assert application.attributes["http.response.status_code"] == "200"
    told = f"traceparent: 00-{request.trace}-{application.id}-01".encode()
    assert told in app.requests[-1]
    assert collector.resource()["service.name"] == "sidegate"
    opened.process.wait_until(lambda: '"/other' in opened.process.output, 20, "the last line")
    events = events_in(opened.process.output)
    (signed_in,) = [one for one in events if one.get("event") == "sign_in_succeeded"]
    logged = next(one for one in events if one.get("uri", "").startswith("/other"))
    assert signed_in["trace_id"] == callback.trace
    assert logged["trace_id"] == request.trace
    assert logged["request_id"] == request.attributes["sidegate.request_id"]
    shown = collector.process.output
    assert [canary for canary in opened.canaries if canary in shown] == []
    assert "alice" not in shown.replace(str(Path.home()), "")


@pytest.mark.needs("otelcol")
def test_the_docs_can_be_followed_word_by_word(gate, collector) -> None:
    text = DOCS.read_text("utf-8")
    assert f"sidegate serve {TRACING} " in text
    path = text.partition("curl -s http://127.0.0.1:4180")[2].partition(" ")[0]
    name = text.partition("the collector prints a span `")[2].partition("`")[0]
    with gate(TRACING).wire() as wire:
        assert wire.got(f"GET {path}").status == 200
    collector.spans_until(lambda spans: name in {span.name for span in spans}, f"a span {name}")


@pytest.mark.needs("otelcol")
def test_whose_trace_is_gone_on_with_is_a_question_of_trust(gate, collector) -> None:
    parent = f"traceparent: 00-{'ab' * 16}-{'cd' * 8}-01"
    for flags, is_trusted in (((), False), (("--reverse-proxy",), True)):
        with gate(TRACING, PUBLIC, *flags).wire() as wire:
            assert wire.got("GET /", parent).status == 200
        spans = collector.spans_until(has_a_request, "a span")
        span = named(spans, "GET /")
        assert (span.trace == "ab" * 16) is (span.parent == "cd" * 8) is is_trusted
        assert (span.links == ["ab" * 16]) is not is_trusted
        collector.forget()


@pytest.mark.needs("otelcol")
def test_what_waits_when_a_gate_ends_is_sent(gate, collector, environment) -> None:
    environment.setenv("OTEL_BSP_SCHEDULE_DELAY", LATER)
    opened = gate(TRACING, PUBLIC)
    with opened.wire() as wire:
        assert wire.got("GET /last-words").status == 200
    assert opened.process.end() == 0
    collector.spans_until(lambda spans: spans, "the spans of a gate that has ended")
    paths = {span.attributes.get("url.path") for span in collector.spans()}
    assert "/last-words" in paths


@pytest.mark.needs("otelcol")
def test_the_environment_says_how_many_are_recorded(gate, collector, environment) -> None:
    environment.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    environment.setenv("OTEL_TRACES_SAMPLER_ARG", "0")
    opened = gate(TRACING, PUBLIC, "--reverse-proxy")
    parent = f"00-{'ab' * 16}-{'cd' * 8}"
    with opened.wire() as wire:
        for field in ("x: y", f"traceparent: {parent}-01", f"traceparent: {parent}-00"):
            assert wire.got("GET /", field).status == 200
    assert opened.process.end() == 0
    spans = collector.spans_until(lambda spans: len(spans) >= 2, "the spans")
    assert sorted(span.name for span in spans) == ["GET", "GET /"]
    assert {span.trace for span in spans} == {"ab" * 16}


def test_a_collector_that_is_away_changes_nothing(gate, environment) -> None:
    environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{LOOPBACK}:{free_port()}")
    environment.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.5")
    port = free_port()
    opened = gate(TRACING, PUBLIC, f"--metrics-address={LOOPBACK}:{port}")
    with opened.wire() as wire:
        assert wire.got("GET /").status == 200
    said = "the collector does not take spans"
    opened.process.wait_until(lambda: said in opened.process.output, 20, "the gate to say so")
    with opened.wire() as wire:
        assert wire.got("GET /").status == 200
    assert numbers(port)["not_taken"] >= 1
    assert numbers(port)["sent"] == 0
    assert opened.process.end() == 0
    assert opened.process.output.count(said) == 1
    assert "spans were lost" in opened.process.output


def test_a_collector_that_never_answers_holds_nobody_up(gate, environment, deaf) -> None:
    environment.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "20")
    environment.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10")
    port = free_port()
    opened = gate(TRACING, PUBLIC, f"--metrics-address={LOOPBACK}:{port}")
    with opened.wire() as wire:
        for _ in range(100):
            assert wire.got("GET /").status == 200
        assert numbers(port)["queue_full"] >= 100
        assert wire.got("GET /").status == 200
    assert opened.process.end() == 0
    assert "spans were lost" in opened.process.output
    deaf.accept()[0].close()
