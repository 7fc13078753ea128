"""Who takes spans: the real collector, and whether what it got is what was meant."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml

from tests.integration.processes import LOOPBACK, Process, free_port, listens, until
from tests.parts import ROOT, TOOLS

DOCS = ROOT / "docs/operate/traces.md"
PROGRAM = TOOLS / "otelcol/otelcol"
_LINE = re.compile(r"^ +(?:-> )?([A-Z][A-Za-z ]*?) *: (.*)$")
_TOLD = re.compile(r"^ +-> ([a-z_.]+): [A-Z][a-z]+\((.*)\)$")


@dataclass
class Told:
    """A span as the collector printed it."""

    lines: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)  # identifiers of other traces

    @property
    def name(self) -> str:
        """What it is called."""
        return self.lines["Name"]

    @property
    def trace(self) -> str:
        """The identifier of its trace."""
        return self.lines["Trace ID"]

    @property
    def id(self) -> str:
        """Its own identifier."""
        return self.lines["ID"]

    @property
    def parent(self) -> str:
        """The identifier of what surrounds it, empty for nothing."""
        return self.lines.get("Parent ID", "")


def spans_in(output: str) -> tuple[dict[str, str], list[Told]]:
    """Return who speaks, and the spans, of what the debug exporter printed."""
    resource: dict[str, str] = {}
    found: list[Told] = []
    attributes, in_links = resource, False
    for line in output.splitlines():
        if line.startswith("Span #"):
            found.append(Told())
            attributes, in_links = found[-1].attributes, False
        elif line.startswith("ResourceSpans #"):
            attributes = resource
        elif line.startswith("SpanLink #"):
            in_links = True
        elif match := _TOLD.match(line):
            attributes[match[1]] = match[2]
        elif found and (match := _LINE.match(line)):
            if in_links and match[1] == "Trace ID":
                found[-1].links.append(match[2])
            elif not in_links:
                found[-1].lines.setdefault(match[1], match[2])
    return resource, found


def told_by_the_docs(address: str) -> str:
    """Return the configuration that the docs give for a collector, at another address."""
    block = DOCS.read_text("utf-8").partition("```yaml\n")[2].partition("```")[0]
    assert "127.0.0.1:4318" in block
    return block.replace("127.0.0.1:4318", address)


class Collector:
    """An OpenTelemetry Collector that prints what it gets."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        settings = yaml.safe_load(told_by_the_docs(f"{LOOPBACK}:{self.port}"))
        settings["service"]["telemetry"] = {
            "metrics": {"level": "none"}
        }  # it would listen for them
        file = folder / "collector.yml"
        file.write_text(yaml.safe_dump(settings))
        self.process = Process([str(PROGRAM), f"--config={file}"])
        self._read = 0  # characters of its output that count no more

    def __enter__(self) -> Self:
        self.process.wait_until(lambda: listens(self.port), 30, "the collector to listen")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.process.end()
        self.process.forget()

    @property
    def url(self) -> str:
        """What OTEL_EXPORTER_OTLP_ENDPOINT is for it."""
        return f"http://{LOOPBACK}:{self.port}"

    def spans(self) -> list[Told]:
        """Return what came so far."""
        return spans_in(self.process.output[self._read :])[1]

    def forget(self) -> None:
        """Begin anew: what came so far counts no more."""
        self._read = len(self.process.output)

    def resource(self) -> dict[str, str]:
        """Return who says to speak."""
        return spans_in(self.process.output)[0]

    def spans_until(self, holds: Callable[[list[Told]], object], what: str) -> list[Told]:
        """Return what came, as soon as it is what is waited for."""
        until(lambda: holds(self.spans()), 20, what)
        return self.spans()
