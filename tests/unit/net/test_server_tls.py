"""TLS of our own listener: what old clients could be tricked with is not offered."""

import ssl
from contextlib import suppress
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from sidegate.core.errors import ConfigurationError
from sidegate.net import server_tls


@pytest.mark.parametrize(
    ("asked", "least"), [("TLS1.2", ssl.TLSVersion.TLSv1_2), ("TLS1.3", ssl.TLSVersion.TLSv1_3)]
)
def test_old_versions_and_weak_ciphers_are_off(
    asked: str, least: ssl.TLSVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", lambda *_, **__: None)
    context = server_tls.server_context("cert", "key", asked)
    assert context.minimum_version is least
    assert context.options & ssl.OP_NO_COMPRESSION
    assert context.options & ssl.OP_NO_RENEGOTIATION
    offered = {cipher["name"] for cipher in context.get_ciphers()}
    assert offered
    assert all("GCM" in name or "CHACHA20" in name or "CCM" in name for name in offered)
    assert all(name.startswith(("ECDHE", "TLS_")) for name in offered)


def test_an_unusable_certificate_names_the_options_and_the_remedy() -> None:
    with pytest.raises(ConfigurationError, match=r"--tls-cert-file /nowhere/cert.*\n  Give a PEM"):
        server_tls.server_context("/nowhere/cert", "/nowhere/key", "TLS1.2")


def pair(folder: Path, *names: str) -> tuple[str, str]:
    """Write a new certificate and key, or only one of them; return where they are."""
    made = trustme.CA().issue_cert("localhost")
    paths = {"cert": folder / "cert.pem", "key": folder / "key.pem"}
    parts = {"cert": made.cert_chain_pems[0], "key": made.private_key_pem}
    for name in names or ("cert", "key"):
        parts[name].write_to_path(str(paths[name]))
    return str(paths["cert"]), str(paths["key"])


def shown(certificate: server_tls.Certificate) -> bytes:
    """Return the certificate that a client is shown in a handshake now."""
    at_client, at_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    client = trusting.wrap_bio(at_client, at_server, server_hostname="localhost")
    server = certificate.context.wrap_bio(at_server, at_client, server_side=True)
    while True:
        for side in (client, server, client):
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
        found = client.getpeercert(binary_form=True)
        if found:
            return found


def test_a_new_certificate_is_shown_to_whoever_comes_from_now_on(tmp_path: Path) -> None:
    certificate = server_tls.Certificate(*pair(tmp_path), "TLS1.2")
    first = shown(certificate)
    assert certificate.watched().read()() is None
    pair(tmp_path)
    take = certificate.watched().read()
    assert shown(certificate) == first
    assert take() is not None
    second = shown(certificate)
    assert second != first
    assert second == ssl.PEM_cert_to_DER_cert((tmp_path / "cert.pem").read_text())
    assert certificate.watched().read()() is None


def test_a_key_that_belongs_to_another_certificate_is_not_taken(tmp_path: Path) -> None:
    certificate = server_tls.Certificate(*pair(tmp_path), "TLS1.2")
    first = shown(certificate)
    pair(tmp_path, "cert")
    with pytest.raises(ConfigurationError):
        certificate.watched().read()
    assert shown(certificate) == first


def test_a_key_with_a_password_is_refused_and_nobody_is_asked_for_it(tmp_path: Path) -> None:
    cert, key = pair(tmp_path)
    whole = load_pem_private_key(Path(key).read_bytes(), None)
    sealed = BestAvailableEncryption(b"s3cret")
    locked = whole.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed)
    Path(key).write_bytes(locked)
    with pytest.raises(ConfigurationError, match="unencrypted PEM key"):
        server_tls.server_context(cert, key, "TLS1.2")


def test_the_certificate_of_another_listener_goes_by_the_names_of_its_own_options(
    tmp_path: Path,
) -> None:
    cert, key = pair(tmp_path)
    made = server_tls.Certificate(cert, key, "TLS1.2", option="metrics_tls_cert_file")
    assert made.watched().name == "metrics_tls_cert_file"
    before = made.chain
    assert before == Path(cert).read_bytes()
    pair(tmp_path)
    assert made.watched().read()() == ""
    assert made.chain == Path(cert).read_bytes() != before
    Path(key).write_text("broken")
    with pytest.raises(
        ConfigurationError, match=r"--metrics-tls-cert-file .*--metrics-tls-key-file"
    ):
        made.watched().read()
