"""Spans as OpenTelemetry's own description of the format reads them, and a tracer that keeps them.

spans = Spans()
handler = spans.tracer.around(handler)
...
assert spans.named("GET /").attributes["http.response.status_code"] == 200
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sidegate.core.messages import Peer
from sidegate.observe.otlp import request
from sidegate.observe.redact import Redactor
from sidegate.observe.trace import Context
from sidegate.observe.tracing import Tracer


@dataclass
class Told:
    """One span. Identifiers are hexadecimal; `raw` has all that was told."""

    name: str
    trace: str
    id: str
    parent: str
    kind: str
    attributes: dict[str, Any]
    failed: bool
    raw: Any


def read(body: bytes) -> tuple[dict[str, Any], list[Told]]:
    """Return who speaks and the spans of a request."""
    message = ExportTraceServiceRequest.FromString(body)
    (whole,) = message.resource_spans
    (scope,) = whole.scope_spans
    return _attributes(whole.resource.attributes), [_told(span) for span in scope.spans]


def _told(span: Any) -> Told:
    return Told(
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        _attributes(span.attributes),
        span.status.code == span.status.STATUS_CODE_ERROR,
        span,
    )


def _attributes(pairs: Any) -> dict[str, Any]:
    names = [pair.key for pair in pairs]
    assert len(names) == len(set(names)), f"told twice: {names}"
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


class Spans:
    """A tracer, and what it made. `asked`: parents that the sampler was told of."""

    def __init__(
        self,
        *,
        trusts: Callable[[Peer], bool] = lambda _: True,
        samples: Callable[[Context | None], bool] = lambda _: True,
        redactor: Redactor | None = None,
    ) -> None:
        self.kept: list[bytes] = []
        self.now = 1_795_000_000.0
        self._count = 0
        self.tracer = Tracer(
            self.kept.append,
            sampler=lambda _trace, parent, _state: samples(parent),
            trusts=trusts,
            redactor=redactor or Redactor("/oauth2"),
            quiet_paths=("/ping", "/ready"),
            wall=self._later,
            randomness=self._numbered,
        )

    def _later(self) -> float:
        self.now += 0.5
        return self.now

    def _numbered(self, count: int) -> bytes:
        self._count += 1
        return b"".join((self._count * 16 + part).to_bytes(8) for part in range(count // 8))

    def all(self) -> list[Told]:
        """Return what was made, in the order of the ends."""
        return read(request([], "1", self.kept))[1]

    def named(self, name: str) -> Told:
        """Return the one span of this name."""
        (found,) = [span for span in self.all() if span.name == name]
        return found
