"""What probes are answered: the process lives, and whether it should be sent requests."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from sidegate.core.messages import Exchange, Response
from sidegate.pages import answers


class Health:
    """Answers probes, on the listeners of the gate and on those for Prometheus.

    The latter are the better place for the probes of a cluster: no crowd of clients takes their
    connections, and no option of the gate, such as `force_https`, sends them elsewhere.

    `unready` lists the reasons why the gate cannot do its work right now, `away` the providers at
    which nobody can sign in while it can.
    """

    def __init__(self, unready: Callable[[], list[str]], away: Callable[[], list[str]]) -> None:
        self._unready = unready
        self._away = away

    def ping(self, _: Exchange) -> Response:
        """Say that the process lives."""
        return answers.text(HTTPStatus.OK, "OK")

    def ready(self, exchange: Exchange) -> Response:
        """Say whether this process should be sent requests: 200, or 503 and the reasons."""
        reasons = self._unready()
        if not reasons:
            away = [f"provider {one}: not ready\n" for one in self._away()]
            return answers.text(HTTPStatus.OK, "".join(["OK\n" if away else "OK", *away]))
        exchange.reason = "not_ready"
        return answers.text(HTTPStatus.SERVICE_UNAVAILABLE, "".join(f"{r}\n" for r in reasons))
