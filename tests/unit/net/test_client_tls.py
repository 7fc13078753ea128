"""TLS contexts for calls to providers."""

import ssl
from pathlib import Path

import pytest

from sidegate.core.errors import ConfigurationError
from sidegate.net.client_tls import client_context
from tests.unit.providers.settings import provider_settings


def test_certificates_and_names_are_verified_from_tls_1_2_on() -> None:
    context = client_context(provider_settings())
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_verification_ends_only_where_the_operator_says_so() -> None:
    context = client_context(provider_settings(ssl_insecure_skip_verify=True))
    assert context.verify_mode is ssl.CERT_NONE


def test_every_authority_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    junk = tmp_path / "junk.pem"
    junk.write_text("no certificate")
    missing = tmp_path / "missing.pem"
    with pytest.raises(ConfigurationError) as caught:
        client_context(provider_settings(provider_ca_files=(str(junk), str(missing))))
    assert [str(junk) in caught.value.mistakes[0], str(missing) in caught.value.mistakes[1]] == [
        True,
        True,
    ]
