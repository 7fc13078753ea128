"""The listeners for Prometheus and for probes, imported only where one is configured.

They cost 5 MB, and are apart from those of the gate: who may scrape is a matter of networks, not of
sign-ins, and what asks whether the gate lives must not have to stand in line with its clients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sidegate.config.settings import Settings
from sidegate.core.errors import SidegateError
from sidegate.core.messages import Exchange, Handler, Plan, Respond, Response
from sidegate.frontends.health import Health
from sidegate.net.listen import Listener, parse_address
from sidegate.net.server_tls import Certificate
from sidegate.net.service import Refuse, Service
from sidegate.observe.exposition import render
from sidegate.observe.metrics import Metrics
from sidegate.pages import answers


def listeners(
    settings: Settings,
    certificate: Certificate | None,
    metrics: Metrics,
    health: Health,
    serve: Callable[[Handler, Refuse], Service],
) -> Iterator[Listener]:
    """Yield what listens, with TLS and without. `serve` makes the parts of the connections."""
    server, where = settings.server, settings.metrics
    probes = {server.ping_path: health.ping, server.ready_path: health.ready}
    by_path = {path.encode("latin-1"): probe for path, probe in probes.items() if path}

    def answer(exchange: Exchange) -> Plan:
        probe = by_path.get(exchange.head.path)
        return Respond(_told(metrics, exchange) if probe is None else probe(exchange))

    service = serve(answer, _refuse)
    if where.metrics_address:
        yield Listener(parse_address(where.metrics_address), service, None)
    if certificate is not None:
        address = parse_address(where.metrics_secure_address)
        yield Listener(address, service, certificate.context)


def _told(metrics: Metrics, exchange: Exchange) -> Response:
    kind, body = render(metrics, exchange.head.text(b"accept"))
    return answers.protected(200, kind, body)


def _refuse(error: SidegateError, _exchange: Exchange | None) -> Response:
    return answers.text(error.status, f"{error.code}\n")
