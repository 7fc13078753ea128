"""The listeners for Prometheus answer every path but those of probes, and nobody stores it."""

from typing import cast

import pytest

from sidegate.app.scrape import listeners
from sidegate.core.errors import BadRequest
from sidegate.core.messages import Exchange, Handler, Peer, Respond, Response
from sidegate.frontends.health import Health
from sidegate.net.server_tls import Certificate
from sidegate.net.service import Refuse, Service
from sidegate.observe.metrics import Metrics
from tests.unit.app.conftest import MakeSettings
from tests.unit.login.fakes import exchange


class Stage:
    """Makes listeners, and keeps what they would answer with."""

    def __init__(self) -> None:
        self.made: list[tuple[Handler, Refuse]] = []
        self.unready: list[str] = []

    def serve(self, answer: Handler, refuse: Refuse) -> Service:
        self.made.append((answer, refuse))
        return cast("Service", None)

    def where(self, settings: MakeSettings, *flags: str) -> list[str]:
        chosen = settings(*flags)
        certificate = cast("Certificate", self) if chosen.metrics.metrics_secure_address else None
        health = Health(lambda: list(self.unready), list)
        found = listeners(chosen, certificate, Metrics("1"), health, self.serve)
        return [str(listener.address) for listener in found]

    context = None  # as a certificate has one


def test_one_service_answers_at_both_addresses(settings: MakeSettings) -> None:
    stage = Stage()
    flags = (
        "--metrics-address=127.0.0.1:9100",
        "--metrics-secure-address=127.0.0.1:9143",
        "--metrics-tls-cert-file=cert",
        "--metrics-tls-key-file=key",
    )
    assert stage.where(settings, *flags) == ["127.0.0.1:9100", "127.0.0.1:9143"]
    assert len(stage.made) == 1


@pytest.mark.parametrize("path", ["/metrics", "/", "/whatever"])
def test_every_path_gives_the_metrics_with_the_fields_of_all_our_answers(
    settings: MakeSettings, path: str
) -> None:
    stage = Stage()
    stage.where(settings, "--metrics-address=:9100")
    plan = stage.made[0][0](Exchange(exchange(path).head, Peer("a"), 0.0))
    assert isinstance(plan, Respond)
    assert b"oauth2_proxy_requests_in_flight" in plan.response.body
    fields = dict(plan.response.headers)
    assert fields["Content-Type"].startswith("text/plain; version=0.0.4")
    assert fields["X-Content-Type-Options"] == "nosniff"
    assert fields["X-Frame-Options"] == "DENY"
    assert "no-store" in fields["Cache-Control"]
    assert fields["Content-Security-Policy"].startswith("default-src 'none'")


def test_probes_are_answered_where_no_client_takes_their_place(settings: MakeSettings) -> None:
    stage = Stage()
    stage.where(settings, "--metrics-address=:9100", "--ping-path=/alive")

    def asked(path: str) -> Response:
        plan = stage.made[0][0](Exchange(exchange(path).head, Peer("a"), 0.0))
        assert isinstance(plan, Respond)
        return plan.response

    assert (asked("/alive").body, asked("/ready").body) == (b"OK", b"OK")
    stage.unready = ["draining"]
    assert (asked("/alive").status, asked("/ready").status) == (200, 503)
    assert b"oauth2_proxy_requests_in_flight" in asked("/ping").body


def test_a_path_that_is_turned_off_is_no_probe(settings: MakeSettings) -> None:
    stage = Stage()
    stage.where(settings, "--metrics-address=:9100", "--ready-path=")
    plan = stage.made[0][0](Exchange(exchange("/ready").head, Peer("a"), 0.0))
    assert isinstance(plan, Respond)
    assert b"oauth2_proxy_requests_in_flight" in plan.response.body


def test_a_broken_scrape_gets_a_plain_answer(settings: MakeSettings) -> None:
    stage = Stage()
    stage.where(settings, "--metrics-address=:9100")
    response: Response = stage.made[0][1](BadRequest("secret detail"), None)
    assert (response.status, response.body) == (400, b"bad_request\n")
