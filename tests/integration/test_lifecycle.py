"""How a gate starts, listens, tells how it is, and ends."""

import ssl
import threading
from collections.abc import Iterator

import httpx
import pytest
import trustme
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.processes import free_port, until
from tests.integration.providers import Client, OidcProvider
from tests.integration.wire import Wire

PUBLIC = "--skip-auth-route=^/"


def status(gate, path: str) -> int:
    """Return how the gate answers a path, over a connection of its own."""
    with gate.wire() as wire:
        return wire.got(f"GET {path}").status


def test_ping_answers_and_robots_are_sent_away(gate):
    closed = gate()
    assert status(closed, "/ping") == 200
    with closed.wire() as wire:
        assert b"Disallow: /" in wire.got("GET /robots.txt").body


@pytest.fixture
def late_provider() -> Iterator[tuple[Client, list[OidcProvider]]]:
    """Yield a client of a provider that does not run yet, and a list to put it in."""
    port = free_port()
    started: list[OidcProvider] = []
    yield Client(f"http://127.0.0.1:{port}", "gate", "canary-of-the-late-provider"), started
    for provider in started:
        provider.end()


@pytest.mark.needs("oidc-provider")
def test_it_starts_without_a_provider_and_is_ready_when_one_comes(gate, late_provider):
    client, started = late_provider
    early = gate(f"--oidc-issuer-url={client.issuer}")
    with early.wire() as wire:
        answer = wire.got("GET /ready")
        assert answer.status == 503
        assert answer.body
    started.append(OidcProvider(int(client.issuer.rpartition(":")[2])))
    started[0].wait()
    until(lambda: status(early, "/ready") == 200, 40, "the gate to find its provider")


def test_sigterm_lets_a_request_in_flight_finish(gate, app):
    public = gate(PUBLIC)
    with public.wire() as wire:
        wire.ask("GET /slow")
        until(app.arrived.is_set, 5, "the request to arrive")
        public.process.ask_to_end()
        app.release.release()
        assert wire.answer().body == b"hello from /slow"
    assert public.process.child.wait(10) == 0


def test_while_draining_it_is_not_ready_and_refuses_nobody(gate):
    public = gate(PUBLIC, "--drain-delay=2s")
    refused: list[BaseException] = []
    served = 0

    def load() -> None:
        nonlocal served
        while not over.is_set():
            try:
                assert status(public, "/") == 200
                served += 1
            except (OSError, EOFError, AssertionError) as error:
                refused.append(error)

    over = threading.Event()
    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    until(lambda: served > 50, 10, "load")
    before = served
    public.process.ask_to_end()
    until(lambda: status(public, "/ready") == 503, 1, "not ready")
    until(lambda: served > before + 100, 2, "more requests while draining")
    over.set()
    for thread in threads:
        thread.join()
    assert refused == []
    assert public.process.child.wait(10) == 0


def test_it_listens_on_a_unix_socket(gate, tmp_path):
    path = tmp_path / "gate.sock"
    gate(PUBLIC, f"--http-address=unix://{path}")
    with Wire(str(path)) as wire:
        assert wire.got("GET /a").body == b"hello from /a"


def test_it_speaks_tls_with_its_own_certificate(gate, tmp_path):
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    port = free_port()
    gate(
        PUBLIC,
        f"--https-address=127.0.0.1:{port}",
        f"--tls-cert-file={tmp_path / 'cert.pem'}",
        f"--tls-key-file={tmp_path / 'key.pem'}",
    )
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with Wire(port, tls=context) as wire:
        assert wire.got("GET /a").body == b"hello from /a"
        assert wire.socket.version() in {"TLSv1.2", "TLSv1.3"}


def test_prometheus_reads_the_metrics_and_they_count(gate):
    port = free_port()
    public = gate(PUBLIC, f"--metrics-address=127.0.0.1:{port}")
    for _ in range(3):
        assert status(public, "/") == 200
    text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    requests = families["oauth2_proxy_requests"]
    assert sum(s.value for s in requests.samples if s.name.endswith("_total")) >= 3


def test_metrics_are_not_served_to_the_public(gate):
    closed = gate(f"--metrics-address=127.0.0.1:{free_port()}")
    assert status(closed, "/metrics") in {401, 403}
