"""The listeners for Prometheus, imported only where one is configured: 5 MB that others spare.

They are apart from those of the gate: who may scrape is a matter of networks, not of sign-ins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sidegate.config.settings import MetricsSettings
from sidegate.core.errors import SidegateError
from sidegate.core.messages import Exchange, Handler, Plan, Respond, Response
from sidegate.net.listen import Listener, parse_address
from sidegate.net.server_tls import Certificate
from sidegate.net.service import Refuse, Service
from sidegate.observe.exposition import render
from sidegate.observe.metrics import Metrics
from sidegate.pages import answers


def listeners(
    settings: MetricsSettings,
    certificate: Certificate | None,
    metrics: Metrics,
    serve: Callable[[Handler, Refuse], Service],
) -> Iterator[Listener]:
    """Yield what listens, with TLS and without. `serve` makes the parts of the connections."""
    service = serve(lambda exchange: _answer(metrics, exchange), _refuse)
    if settings.metrics_address:
        yield Listener(parse_address(settings.metrics_address), service, None)
    if certificate is not None:
        address = parse_address(settings.metrics_secure_address)
        yield Listener(address, service, certificate.context)


def _answer(metrics: Metrics, exchange: Exchange) -> Plan:
    kind, body = render(metrics, exchange.head.text(b"accept"))
    return Respond(answers.protected(200, kind, body))


def _refuse(error: SidegateError, _exchange: Exchange | None) -> Response:
    return answers.text(error.status, f"{error.code}\n")
