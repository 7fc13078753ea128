"""A certified provider knows the gate by its secret, in both forms, or by its private key."""

import subprocess
import sys
from json import loads

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

pytestmark = pytest.mark.needs("oidc-provider")

KEYS = {
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
    "PS256": lambda: rsa.generate_private_key(65537, 2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
}


def write_key(folder, algorithm):
    """Write a new private key and return its path."""
    path = folder / "key.pem"
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(KEYS[algorithm]().private_bytes(*form))
    return path


def public_set(flags):
    """Return what `sidegate config jwks` prints for the provider."""
    others = ("--client-id=x", f"--cookie-secret={'x' * 32}", "--email-domain=*")
    rest = ("--oidc-issuer-url=https://idp.example", "--upstream=http://127.0.0.1:1")
    command = [sys.executable, "-m", "sidegate", "config", "jwks", *flags, *others, *rest]
    return loads(subprocess.run(command, check=True, capture_output=True).stdout)


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_secret_is_shown_in_the_registered_form(method, gate, oidc_provider):
    chosen = f"--token-endpoint-auth-method={method}"
    opened = gate(chosen, idp=oidc_provider, token_endpoint_auth_method=method)
    with opened.person("alice") as alice:
        assert alice.sign_in("/oauth2/start?rd=/report").text == "hello from /report"


@pytest.mark.parametrize("algorithm", KEYS)
def test_a_key_signs_people_in_and_renews_their_sessions(algorithm, gate, oidc_provider, tmp_path):
    flags = (
        f"--jwt-key-file={write_key(tmp_path, algorithm)}",
        f"--token-endpoint-auth-signing-alg={algorithm}",
    )
    opened = gate(
        *flags,
        "--cookie-refresh=1ms",
        idp=oidc_provider,
        token_endpoint_auth_method="private_key_jwt",
        token_endpoint_auth_signing_alg=algorithm,
        jwks=public_set(flags),
    )
    before = oidc_provider.count("refresh_token")
    with opened.person("alice") as alice:
        assert alice.sign_in("/oauth2/start?rd=/report").text == "hello from /report"
        assert alice.get("/other").text == "hello from /other"
    assert oidc_provider.count("refresh_token") > before


def test_another_key_is_told_apart(gate, oidc_provider, tmp_path):
    registered = public_set([f"--jwt-key-file={write_key(tmp_path, 'ES256')}"])
    opened = gate(
        f"--jwt-key-file={write_key(tmp_path, 'ES256')}",
        idp=oidc_provider,
        token_endpoint_auth_method="private_key_jwt",
        jwks=registered,
    )
    with opened.person("alice") as alice:
        page = alice.sign_in("/oauth2/start?rd=/report")
    assert page.status_code == 502
    opened.process.wait_until(
        lambda: "invalid_client" in opened.process.output, 10, "the cause in the log"
    )
