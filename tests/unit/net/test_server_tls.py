"""TLS of our own listener: what old clients could be tricked with is not offered."""

import ssl

import pytest

from sidegate.core.errors import ConfigurationError
from sidegate.net import server_tls


@pytest.mark.parametrize(
    ("asked", "least"), [("TLS1.2", ssl.TLSVersion.TLSv1_2), ("TLS1.3", ssl.TLSVersion.TLSv1_3)]
)
def test_old_versions_and_weak_ciphers_are_off(
    asked: str, least: ssl.TLSVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", lambda *_: None)
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
