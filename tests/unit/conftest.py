"""Real keys, made once: RSA keys take a while."""

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey


@pytest.fixture(scope="session")
def rsa() -> RSAKey:
    return RSAKey.generate_key(2048)


@pytest.fixture(scope="session")
def other_rsa() -> RSAKey:
    return RSAKey.generate_key(2048)


@pytest.fixture(scope="session")
def ec() -> ECKey:
    return ECKey.generate_key("P-256")


@pytest.fixture(scope="session")
def ed25519() -> OKPKey:
    return OKPKey.generate_key("Ed25519")
