"""Sessions end everywhere they should: here, at the provider, and in what stays open."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.sync.server import ServerConnection, serve

from tests.integration.gates import Gate, start_gate
from tests.integration.people import Forms, Person
from tests.integration.processes import free_port, until
from tests.integration.redis_servers import RedisServer

TOLD = {
    "backchannel_logout_uri": "{gate}/oauth2/backchannel-logout",
    "backchannel_logout_session_required": True,
}
AT_ONCE = 1.0  # seconds, as promised


@pytest.fixture
def echo() -> Iterator[str]:
    """Yield the address of a WebSocket server that says everything back."""

    def answer(connection: ServerConnection) -> None:
        for message in connection:
            connection.send(message)

    with serve(answer, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()
        thread.join()


@contextmanager
def opened(gate: Gate, person: Person) -> Iterator[ClientConnection]:
    """Open a WebSocket as a person, and say something over it."""
    with connect(
        f"ws://127.0.0.1:{gate.port}/ws",
        origin=gate.url,
        additional_headers={"Cookie": cookies_of(person)},
        proxy=None,
    ) as socket:
        socket.send("hello")
        assert socket.recv(10) == "hello"
        yield socket


def cookies_of(person: Person) -> str:
    """Return the Cookie field that a person's browser would send."""
    return "; ".join(f"{name}={value}" for name, value in person.cookies.items())


def closes(socket: ClientConnection) -> float:
    """Return after how many seconds from now a WebSocket ends."""
    began = monotonic()
    with pytest.raises(ConnectionClosed):
        socket.recv(30)
    return monotonic() - began


def ends_at_provider(person: Person, address: str) -> None:
    """Go to the provider's own sign-out, and say yes."""
    page = person.get(address)
    (form,) = Forms(page.text).found
    assert person.submit(page, form).is_success


def is_out(gate: Gate, person: Person) -> None:
    """Wait until the person has no session at a gate any more."""
    until(lambda: person.get("/oauth2/userinfo").status_code == 401, 10, "the session to end")
    said = "[AuthSuccess] backchannel logout"
    gate.process.wait_until(lambda: said in gate.process.output, 5, "the log to tell of it")


@pytest.mark.needs("oidc-provider")
def test_signing_out_at_the_provider_ends_the_session_here(gate, oidc_provider):
    here = gate("--backchannel-logout", idp=oidc_provider, **TOLD)
    with here.person("alice") as alice, here.person("bob") as bob:
        alice.sign_in()
        assert alice.get("/oauth2/userinfo").status_code == 200
        ends_at_provider(alice, f"{oidc_provider.issuer}/session/end")
        is_out(here, alice)
        page = bob.sign_in("/oauth2/start?rd=/")
        assert page.status_code == 403, "not of the domain, and not because of the sign-out"


@pytest.mark.needs("oidc-provider")
def test_only_the_sessions_of_the_browser_that_signed_out_end(gate, oidc_provider):
    here = gate("--backchannel-logout", idp=oidc_provider, **TOLD)
    with here.person("alice") as desk, here.person("alice") as phone:
        for browser in (desk, phone):
            browser.sign_in()
        ends_at_provider(desk, f"{oidc_provider.issuer}/session/end")
        is_out(here, desk)
        assert phone.get("/oauth2/userinfo").status_code == 200
        desk.sign_in()
        assert desk.get("/oauth2/userinfo").status_code == 200


@pytest.mark.needs("oidc-provider")
def test_signing_out_at_another_gate_ends_the_session_here(gate, oidc_provider):
    here = gate("--backchannel-logout", idp=oidc_provider, **TOLD)
    there = gate("--oidc-end-session", idp=oidc_provider)
    with here.person("alice") as alice:
        alice.sign_in()
        alice.sign_in(f"{there.url}/oauth2/start?rd=/")
        page = alice.get(f"{there.url}/oauth2/sign_out")
        (form,) = Forms(page.text).found
        alice.submit(page, form)
        is_out(here, alice)


@pytest.mark.needs("oidc-provider")
def test_an_open_websocket_ends_when_the_provider_says_so(gate, oidc_provider, echo):
    here = gate("--backchannel-logout", f"--upstream={echo}", idp=oidc_provider, **TOLD)
    with here.person("alice") as alice:
        alice.sign_in()
        with opened(here, alice) as socket:
            ends_at_provider(alice, f"{oidc_provider.issuer}/session/end")
            assert closes(socket) < AT_ONCE
        with pytest.raises(InvalidStatus), opened(here, alice):
            pass


@pytest.mark.needs("oidc-provider")
@pytest.mark.parametrize("how", ["GET", "everywhere"])
def test_an_open_websocket_ends_at_the_sign_out(gate, oidc_provider, echo, how):
    here = gate(f"--upstream={echo}", idp=oidc_provider)
    with here.person("alice") as alice, here.person("alice") as phone:
        for browser in (alice, phone):
            browser.sign_in()
        with opened(here, alice) as socket, opened(here, phone) as other:
            if how == "GET":
                alice.get("/oauth2/sign_out")
            else:
                alice.http.post("/oauth2/sign_out", data={"everywhere": "1"})
            assert closes(socket) < AT_ONCE
            if how == "GET":
                other.send("still here")
                assert other.recv(10) == "still here"
            else:
                assert closes(other) < AT_ONCE


@pytest.mark.needs("oidc-provider")
def test_an_open_websocket_ends_with_its_session(gate, oidc_provider, echo):
    here = gate("--cookie-expire=4s", "--cookie-refresh=0", f"--upstream={echo}", idp=oidc_provider)
    with here.person("alice") as alice:
        alice.sign_in()
        with opened(here, alice) as socket:
            assert closes(socket) < 5


@pytest.mark.needs("oidc-provider")
def test_an_event_stream_ends_at_the_sign_out(gate, oidc_provider):
    here = gate(idp=oidc_provider)
    with here.person("alice") as alice:
        alice.sign_in()
        with here.wire() as wire:
            cookie = f"Cookie: {cookies_of(alice)}"
            wire.ask("GET /events", "Accept: text/event-stream", cookie)
            assert wire.head().status == 200
            alice.get("/oauth2/sign_out")
            here.process.wait_until(
                lambda: "session_ended" in here.process.output, 5, "the stream to be closed"
            )
            with pytest.raises(ConnectionError):
                wire.file.read()


@pytest.mark.needs("oidc-provider", "redis")
def test_what_the_provider_tells_one_replica_ends_what_is_open_at_another(
    oidc_provider, echo, tmp_path
):
    server, ports = RedisServer(), (free_port(), free_port())
    secret = tmp_path / "shared-secret"
    secret.write_text("0123456789abcdef0123456789abcdef")
    client = oidc_provider.register(f"http://127.0.0.1:{ports[0]}", **TOLD)
    flags = (
        "--backchannel-logout",
        "--session-store-type=redis",
        f"--redis-connection-url={server.url}",
        f"--cookie-secret-file={secret}",
        f"--upstream={echo}",
    )
    first, second = (start_gate(tmp_path, port, client, flags) for port in ports)
    try:
        for one in (first, second):
            one.wait_ready()
        with first.person("alice") as alice:
            alice.sign_in()
            with opened(second, alice) as socket:
                ends_at_provider(alice, f"{oidc_provider.issuer}/session/end")
                assert closes(socket) < AT_ONCE
            is_out(first, alice)
            with pytest.raises(InvalidStatus), opened(second, alice):
                pass
    finally:
        first.end()
        second.end()
        server.end()


@pytest.mark.needs("keycloak")
def test_signing_out_at_keycloak_ends_the_session_here(app, keycloak, tmp_path):
    flags = ("--backchannel-logout", f"--upstream={app.url}")
    here = start_gate(tmp_path, keycloak.told_port, keycloak.told_client(), flags)
    try:
        here.wait_ready()
        with here.person("alice") as desk, here.person("alice") as phone:
            for browser in (desk, phone):
                browser.sign_in()
                assert browser.get("/oauth2/userinfo").status_code == 200
            ends_at_provider(desk, f"{keycloak.issuer}/protocol/openid-connect/logout")
            is_out(here, desk)
            assert phone.get("/oauth2/userinfo").status_code == 200
    finally:
        here.end()
