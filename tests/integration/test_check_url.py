"""`sidegate check --url` beside real gates, and beside what is none."""

import socket
import ssl
import threading
import warnings
from contextlib import suppress
from pathlib import Path

import pytest
import trustme

from sidegate.check.running import Target, ask, look, of_old_tls
from sidegate.cli import main
from tests.integration.processes import free_port

PROVIDER = (
    "--skip-oidc-discovery",
    "--login-url=https://login.test/authorize",
    "--redeem-url=https://login.test/token",
    "--oidc-jwks-url=https://login.test/keys",
    "--oidc-issuer-url=https://login.test",
    "--cookie-secure=true",
)


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def address(gate, authority, tmp_path: Path) -> str:
    """Return the address of a gate that speaks TLS."""
    leaf = authority.issue_cert("localhost")
    leaf.private_key_pem.write_to_path(tmp_path / "key.pem")
    leaf.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    port = free_port()
    gate(
        *PROVIDER,
        f"--https-address=127.0.0.1:{port}",
        f"--tls-cert-file={tmp_path / 'cert.pem'}",
        f"--tls-key-file={tmp_path / 'key.pem'}",
    )
    return f"https://localhost:{port}/"


def found(target: Target) -> set[str]:
    return {one.id for one in look(target)}


def test_nothing_is_found_at_our_own_gate(address, tmp_path):
    closed = f"127.0.0.1:{free_port()}"
    authority = str(tmp_path / "authority.pem")
    assert found(Target(address, applications=(closed,), ca_file=authority)) == set()


def test_a_certificate_that_nobody_trusts_is_found(address):
    assert found(Target(address)) == {"live-certificate"}


def test_another_callback_is_found(address, tmp_path):
    other = Target(
        address,
        callback="https://auth.test/oauth2/callback",
        ca_file=str(tmp_path / "authority.pem"),
    )
    assert found(other) == {"live-callback"}


def test_tls_1_1_is_found(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            link, _ = listener.accept()
            with suppress(OSError):
                context.wrap_socket(link, server_side=True).close()

        server = threading.Thread(target=serve)
        server.start()
        address = f"https://localhost:{listener.getsockname()[1]}/"
        (one,) = of_old_tls(Target(address))
        server.join()
    assert one.id == "live-old-tls"


@pytest.mark.parametrize(
    ("begins", "goes_on"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nx: a", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", b""),
    ],
)
def test_a_server_that_never_ends_its_answer_holds_nobody_up(monkeypatch, begins, goes_on):
    monkeypatch.setattr("sidegate.check.running.LONGEST", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            link, _ = listener.accept()
            with link, suppress(OSError):
                link.recv(65536)
                link.sendall(begins)
                while goes_on or link.recv(1):
                    link.sendall(goes_on)

        server = threading.Thread(target=serve)
        server.start()
        with pytest.raises(TimeoutError, match="no whole answer"):
            ask(f"http://127.0.0.1:{listener.getsockname()[1]}/", "")
        server.join()


def test_an_application_without_a_gate_is_found(app):
    host = app.url.removeprefix("http://")
    assert found(Target(app.url, applications=(host,))) == {
        "live-plain-http",
        "live-no-gate",
        "live-no-sign-in",
        "live-application-open",
    }


def test_the_command_says_so(app, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert main(["check", f"--url={app.url}"]) == 1
    assert "live-no-gate" in capsys.readouterr().out
    assert main(["check", f"--url=http://127.0.0.1:{free_port()}"]) == 2
