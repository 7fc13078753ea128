"""Spans, put together from the settings and the environment. Imported only where they are on.

OpenTelemetry's SDK says what its environment says of the sampler and of who we are. It makes no
span and sends none (decision 0049).
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Callable, Coroutine
from typing import Any, Final

from opentelemetry.sdk.resources import (
    SERVICE_NAME,
    SERVICE_VERSION,
    TELEMETRY_SDK_NAME,
    TELEMETRY_SDK_VERSION,
    Resource,
)
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import Decision, Sampler
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    TraceFlags,
    TraceState,
    set_span_in_context,
)

from sidegate import __version__
from sidegate.app.observation import Observation
from sidegate.config.settings import OtlpSettings, Settings
from sidegate.core.errors import ConfigurationError
from sidegate.core.messages import Handler, Observer
from sidegate.core.ports import Clock
from sidegate.core.steps import CURRENT
from sidegate.gate.trust import Trust
from sidegate.net.fetch import Fetcher
from sidegate.net.span_export import Collector, SpanExport
from sidegate.observe import otlp
from sidegate.observe.measures import Family, Kind
from sidegate.observe.trace import Context
from sidegate.observe.tracing import Apart, Tracer

_UNNAMED = "unknown_service"
OF_SPANS: Final[tuple[Family[SpanExport], ...]] = (
    Family(
        "sidegate_spans_sent_total",
        Kind.COUNTER,
        "Spans that the collector took.",
        lambda export: export.sent,
    ),
    Family(
        "sidegate_spans_lost_total",
        Kind.COUNTER,
        "Spans lost because too many waited, or because the collector did not take them.",
        lambda export: export.lost,
        ("reason",),
    ),
)
"""What is told where spans are made."""


class Tracing:
    """The spans of one gate.

    Making it raises ConfigurationError for a file of the environment that cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        target: OtlpSettings,
        observation: Observation,
        wall: Clock,
        monotonic: Callable[[], float],
    ) -> None:
        self._log = observation.log.named("tracing")
        context = _context(target) if target.otlp_endpoint.startswith("https:") else None
        provider = TracerProvider(shutdown_on_exit=False)
        who = _resource(provider.resource)
        self._export = SpanExport(
            _collector(target),
            Fetcher(lambda: context or ssl.create_default_context()),
            lambda spans: otlp.request(who, __version__, spans),
            self._tell,
            monotonic,
        )
        server = settings.server
        self._tracer = Tracer(
            self._export.put,
            sampler=Sampled(
                provider.sampler,
                lambda error: self._log.debug("the sampler failed", error=error),
            ),
            trusts=Trust(settings.trust).believes,
            redactor=observation.redactor,
            quiet_paths=(server.ping_path, server.ready_path),
            wall=wall,
            randomness=os.urandom,
        )
        observation.metrics.measures += [family.of(self._export) for family in OF_SPANS]
        observation.learn(value for _, value in target.otlp_headers)
        CURRENT.set(Apart(self._tracer))  # for all tasks that are begun from here on

    def around(self, handler: Handler, observe: Observer) -> tuple[Handler, Observer]:
        """Return both with spans made of what they see."""
        finished = self._tracer.finished

        def observed(exchange: Any) -> None:
            observe(exchange)
            finished(exchange)

        return self._tracer.around(handler), observed

    def start(self, spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]) -> None:
        """Begin to send."""
        self._task = spawn(self._export.run())

    async def end(self) -> None:
        """Send what waits, within a few seconds."""
        await self._export.end(self._task)
        if lost := sum(self._export.lost.values()):
            self._log.warning("spans were lost", spans=lost)

    def _tell(self, reason: str) -> None:
        if reason:
            self._log.warning("the collector does not take spans", detail=reason)
        else:
            self._log.info("the collector takes spans again")


class Sampled:
    """Implements `observe.tracing.Sampler` with one of the SDK's."""

    def __init__(self, sampler: Sampler, report: Callable[[Exception], None]) -> None:
        self._sampler = sampler
        self._report = report

    def __call__(self, trace_id: bytes, parent: Context | None, state: bytes) -> bool:
        """Say whether spans of this trace are recorded.

        One of a plug-in may fail; the request that it is about goes on, without spans.
        """
        try:
            return self._ask(trace_id, parent, state)
        except Exception as error:  # noqa: BLE001 - whatever somebody else's code raises
            self._report(error)
            return False

    def _ask(self, trace_id: bytes, parent: Context | None, state: bytes) -> bool:
        number = int.from_bytes(trace_id)
        around = None
        if parent is not None:
            told = TraceState.from_header([state.decode("latin-1")]) if state else None
            span_id, flags = int.from_bytes(parent.span_id), TraceFlags(parent.flags)
            known = SpanContext(
                number, span_id, is_remote=True, trace_flags=flags, trace_state=told
            )
            around = set_span_in_context(NonRecordingSpan(known))
        result = self._sampler.should_sample(around, number, "request", SpanKind.SERVER)
        return result.decision is Decision.RECORD_AND_SAMPLE


def _collector(target: OtlpSettings) -> Collector:
    return Collector(
        target.otlp_endpoint,
        tuple((name, value.reveal()) for name, value in target.otlp_headers),
        target.otlp_timeout,
        target.otlp_compression == "gzip",
        target.queued,
        min(target.batch, target.queued),
        target.delay / 1000,
    )


def _resource(resource: Resource) -> list[tuple[str, str | int]]:
    """Return who speaks: what the environment says, and our name and version where it is silent."""
    known = dict(resource.attributes.items())
    if str(known.get(SERVICE_NAME, _UNNAMED)).startswith(_UNNAMED):
        known[SERVICE_NAME] = "sidegate"
    known.setdefault(SERVICE_VERSION, __version__)
    known |= {TELEMETRY_SDK_NAME: "sidegate", TELEMETRY_SDK_VERSION: __version__}  # who wrote them
    return [
        (name, value if isinstance(value, int) and value >= 0 else str(value))
        for name, value in known.items()
    ]


def _context(target: OtlpSettings) -> ssl.SSLContext:
    """Return what verifies the collector. Raises ConfigurationError."""
    try:
        context = ssl.create_default_context(cafile=target.otlp_certificate or None)
    except OSError as error:
        raise _unusable("CERTIFICATE", target.otlp_certificate, error) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if target.otlp_client_certificate:
        try:
            context.load_cert_chain(target.otlp_client_certificate, target.otlp_client_key or None)
        except OSError as error:
            raise _unusable("CLIENT_CERTIFICATE", target.otlp_client_certificate, error) from None
    return context


def _unusable(name: str, path: str, error: OSError) -> ConfigurationError:
    is_content = isinstance(error, ssl.SSLError)
    reason = "it holds nothing in PEM form" if is_content else error.strerror
    return ConfigurationError([f"environment OTEL_EXPORTER_OTLP_{name}: {path}: {reason}"])
