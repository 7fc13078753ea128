"""Spans are put together from the settings and the environment, and only where they are on."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import trustme
from opentelemetry.sdk.trace import sampling

from sidegate.app.observation import Observation
from sidegate.app.process import Process
from sidegate.app.tracing import Sampled, Tracing
from sidegate.config.load import load
from sidegate.config.settings import Settings
from sidegate.core.errors import ConfigurationError, ProviderUnavailable
from sidegate.core.messages import Exchange, Peer, Respond, Response
from sidegate.core.ports import FetchRequest, FetchResponse
from sidegate.core.steps import CURRENT, step
from sidegate.http1.head import HeadLimits, parse_request
from sidegate.net import span_export
from sidegate.net.tasks import Tasks
from sidegate.observe.trace import Context
from tests.kit.gate import FLAGS, UPSTREAM, request
from tests.kit.spans import read

HOME = "http://127.0.0.1:9"


def settings(*flags: str, **environment: str) -> Settings:
    given = {"OTEL_EXPORTER_OTLP_ENDPOINT": HOME, **environment}
    return load([*FLAGS, UPSTREAM, "--tracing=otlp", *flags], given, lambda _: b"").settings


def asked(target: bytes) -> Exchange:
    head = parse_request(request(target), HeadLimits())
    return Exchange(head, Peer("192.0.2.1"), 0.0)


class Stage:
    """Tracing whose spans go nowhere but here."""

    def __init__(self, *flags: str, **environment: str) -> None:
        made = settings(*flags, **environment)
        assert made.tracing.otlp is not None
        self.observation = Observation(made, lambda: 1000.0)
        self.lines: list[str] = []
        self.observation.log._level = 0
        self.observation.log._out = self.lines.append
        before = CURRENT.get()
        self.tracing = Tracing(
            made, made.tracing.otlp, self.observation, lambda: 1000.0, lambda: 0.0
        )
        self.steps = CURRENT.get()
        assert self.steps is not before
        self.requests: list[FetchRequest] = []
        self.answer: int | Exception = 200
        self.tracing._export._fetch = self.fetch

    async def fetch(self, request: FetchRequest, /) -> FetchResponse:
        self.requests.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return FetchResponse(self.answer, {}, b"")

    async def send(self) -> None:
        self.tracing.start(lambda work: asyncio.get_running_loop().create_task(work))
        await self.tracing.end()

    def numbers(self) -> dict[str, Any]:
        found = self.observation.metrics.measures
        return {one.name: dict(one.read()) for one in found if "spans" in one.name}


def play(script: Any) -> None:
    """Run a script in a context of its own, as a process is."""
    asyncio.run(script())


def test_what_the_handler_and_the_observer_see_becomes_spans_that_are_sent() -> None:
    async def script() -> None:
        stage, seen = Stage(), []
        handler, observe = stage.tracing.around(lambda _: Respond(Response(204)), seen.append)
        made = asked(b"/x")
        handler(made)
        observe(made)
        with step("apart"):
            pass
        await stage.send()
        assert seen == [made]
        (sent,) = stage.requests
        assert sent.url == f"{HOME}/v1/traces"
        whose, spans = read(sent.body)
        assert [span.name for span in spans] == ["GET", "apart"]
        assert whose["service.name"] == "sidegate"
        assert whose["telemetry.sdk.name"] == "sidegate", "the SDK did not write them"
        assert stage.numbers()["sidegate_spans_sent_total"] == {(): 2}

    play(script)


def test_the_environment_says_who_we_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "gate of the shop")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "k8s.pod.name=shop-1,service.version=7")

    async def script() -> None:
        stage = Stage()
        with step("apart"):
            pass
        await stage.send()
        whose, _ = read(stage.requests[0].body)
        assert whose["service.name"] == "gate of the shop"
        assert (whose["k8s.pod.name"], whose["service.version"]) == ("shop-1", "7")

    play(script)


@pytest.mark.parametrize(
    ("sampler", "ratio", "root", "recorded", "unrecorded"),
    [
        ("", "", True, True, False),
        ("always_off", "", False, False, False),
        ("always_on", "", True, True, True),
        ("traceidratio", "0", False, False, False),
        ("parentbased_traceidratio", "0", False, True, False),
        ("parentbased_always_off", "", False, True, False),
    ],
)
def test_the_environment_says_what_is_recorded(
    monkeypatch: pytest.MonkeyPatch,
    sampler: str,
    ratio: str,
    root: bool,  # noqa: FBT001 - a column of the table
    recorded: bool,  # noqa: FBT001 - a column of the table
    unrecorded: bool,  # noqa: FBT001 - a column of the table
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", sampler)
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", ratio)

    async def script() -> None:
        samples = Stage().tracing._tracer._sampler
        trace = b"\xff" * 16
        assert samples(trace, None, b"") is root
        assert samples(trace, Context(trace, b"\1" * 8, 1), b"a=1") is recorded
        assert samples(trace, Context(trace, b"\1" * 8, 0), b"broken state") is unrecorded
        assert isinstance(samples, Sampled)

    play(script)


def test_a_sampler_that_fails_costs_the_spans_and_nothing_else() -> None:
    class Broken(sampling.Sampler):
        def should_sample(self, *_: Any, **__: Any) -> sampling.SamplingResult:
            raise RuntimeError("broken")

        def get_description(self) -> str:
            return "broken"

    reported: list[Exception] = []
    assert Sampled(Broken(), reported.append)(b"\1" * 16, None, b"") is False
    assert [str(error) for error in reported] == ["broken"]


def test_who_is_believed_is_a_question_of_the_trust_rules() -> None:
    async def script() -> None:
        trusts = Stage("--reverse-proxy", "--trusted-proxy-ip=10.0.0.1").tracing._tracer._trusts
        addresses = ("10.0.0.1", "127.0.0.1", "192.0.2.1")
        assert [trusts(Peer(address)) for address in addresses] == [True, True, False]

    play(script)


def test_what_is_lost_is_told_and_counted() -> None:
    async def script() -> None:
        stage = Stage()
        stage.answer = ProviderUnavailable(f"{HOME}: refused", was_sent=False)
        with step("apart"):
            pass
        await stage.send()
        text = "".join(stage.lines)
        assert "the collector does not take spans" in text
        assert "spans were lost" in text
        lost = stage.numbers()["sidegate_spans_lost_total"]
        assert lost == {("queue_full",): 0, ("not_taken",): 1}

    play(script)


def test_a_collector_that_is_back_is_told_of() -> None:
    async def script() -> None:
        stage = Stage()
        stage.tracing._tell("")
        assert "the collector takes spans again" in "".join(stage.lines)

    play(script)


def test_the_keys_of_the_collector_are_masked_wherever_they_turn_up() -> None:
    async def script() -> None:
        stage = Stage(OTEL_EXPORTER_OTLP_HEADERS="api-key=canary-of-the-collector")
        shown = stage.observation.redactor.text("it said canary-of-the-collector")
        assert shown == "it said ***"

    play(script)


def test_authorities_and_a_certificate_of_ours_are_read_at_the_start(tmp_path: Path) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    own = ca.issue_cert("gate.test")
    own.private_key_and_cert_chain_pem.write_to_path(tmp_path / "own.pem")
    names = {"CERTIFICATE": "ca.pem", "CLIENT_CERTIFICATE": "own.pem", "ENDPOINT": ""}
    files = {f"OTEL_EXPORTER_OTLP_{name}": str(tmp_path / file) for name, file in names.items()}
    files["OTEL_EXPORTER_OTLP_ENDPOINT"] = "https://collector.test"

    async def script() -> None:
        Stage(**files)
        for name in ("CERTIFICATE", "CLIENT_CERTIFICATE"):
            with pytest.raises(ConfigurationError, match=f"OTLP_{name}: .*No such file"):
                Stage(**files | {f"OTEL_EXPORTER_OTLP_{name}": str(tmp_path / "missing")})
        (tmp_path / "ca.pem").write_text("nothing")
        with pytest.raises(ConfigurationError, match="nothing in PEM form"):
            Stage(**files)

    play(script)


def test_a_process_sends_what_waits_when_it_ends() -> None:
    async def script() -> None:
        gate = Process(settings("--drain-delay=0s"))
        gate._build()
        tracing = gate._tracing
        assert tracing is not None
        (service,) = gate._services
        tracing.start(gate._tasks.spawn)
        made = asked(b"/robots.txt")
        service.handler(made)
        service.observe(made)
        sent: list[FetchRequest] = []

        async def fetch(request: FetchRequest, /) -> FetchResponse:
            sent.append(request)
            return FetchResponse(200, {}, b"")

        tracing._export._fetch = fetch
        assert await gate._end() == 0
        assert [span.name for span in read(sent[0].body)[1]] == ["GET /robots.txt"]

    play(script)


def test_a_second_signal_does_not_wait_for_the_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(span_export, "LAST", 1000.0)

    async def script() -> None:
        gate = Process(settings("--drain-delay=0s"))
        gate._build()
        assert gate._tracing is not None
        gate._tracing.start(gate._tasks.spawn)
        came = asyncio.Event()

        async def fetch(_: FetchRequest, /) -> FetchResponse:
            came.set()
            await asyncio.Event().wait()
            raise AssertionError

        gate._tracing._export._fetch = fetch
        gate._tracing._export.put(b"a span")
        ending = Tasks(pytest.fail).spawn(gate._end())
        await came.wait()
        gate._hurry.set()
        assert await ending == 0

    play(script)


def test_a_gate_without_spans_imports_nothing_of_it() -> None:
    code = (
        "import sys, asyncio\n"
        "from sidegate.app.process import Process\n"
        "from sidegate.config.load import load\n"
        f"settings = load({[*FLAGS, UPSTREAM]!r}, {{}}, lambda _: b'').settings\n"
        "async def build():\n"
        "    gate = Process(settings)\n"
        "    gate._build()\n"
        "    assert gate._services[0].observe == gate._observation.exchange\n"
        "    gate._observation.close()\n"
        "asyncio.run(build())\n"
        "tracing = ('opentelemetry', 'sidegate.observe.tracing', 'sidegate.observe.otlp')\n"
        "print([name for name in sys.modules if name.startswith(tracing)])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
