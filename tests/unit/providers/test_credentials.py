"""What the gate shows of itself: a secret, an assertion of its own, or one that somebody renews."""

from typing import Any

import pytest
from joserfc.jwk import ECKey

from sidegate.config.client_key import read_client_key
from sidegate.core.errors import ProviderUnavailable
from sidegate.core.secret import Secret
from sidegate.oidc import base64url
from sidegate.oidc.jws import read_jws
from sidegate.oidc.token_endpoint import Client
from tests.unit.providers.settings import ISSUER, credentials, provider_settings


def client(settings: dict[str, Any], content: bytes | OSError = b"", **asked: Any) -> Client:
    def read_file(path: str) -> bytes:
        assert path == "token"
        if isinstance(content, OSError):
            raise content
        return content

    made = credentials(provider_settings(**settings), lambda: 1e9, read_file)
    return made.client(**{"audience": ISSUER, **asked})


def test_a_secret_is_shown_as_the_provider_likes() -> None:
    shown = client({}, methods=("client_secret_post",))
    assert shown == Client("gate", Secret("canary-client-secret"), ("client_secret_post",))


def test_the_operators_method_comes_before_the_providers() -> None:
    chosen = {"token_endpoint_auth_method": "client_secret_post"}
    assert client(chosen, methods=("client_secret_basic",)).methods == ("client_secret_post",)


@pytest.mark.parametrize(
    ("settings", "audience"),
    [({}, ISSUER), ({"client_assertion_audience": "https://idp.example/token"}, None)],
)
def test_a_key_signs_an_assertion_for_the_provider(
    settings: dict[str, str], audience: str | None, ec: ECKey
) -> None:
    settings["jwt_key"] = read_client_key(ec.as_pem(private=True))  # type: ignore[assignment] # a table of fields
    shown = client({**settings, "client_secret": Secret("")}, algorithms=("ES256",))
    assert shown.assertion is not None
    claims = read_jws(shown.assertion.reveal(), "assertion").claims()
    assert claims["aud"] == audience or settings["client_assertion_audience"]
    assert claims["jti"] == base64url.encode(b"\x07" * 16)
    assert claims["iat"] == 10**9


def test_the_file_of_an_assertion_is_read_at_each_use() -> None:
    contents = [b"eyJ.one.sig\n", b"eyJ.two.sig"]
    settings = provider_settings(client_assertion_file="token")
    made = credentials(settings, read_file=lambda _: contents.pop(0))
    shown = [made.client(audience=ISSUER).assertion for _ in range(2)]
    assert shown == [Secret("eyJ.one.sig"), Secret("eyJ.two.sig")]


@pytest.mark.parametrize("content", [OSError(2, "gone"), b"", b" \n", b"\xff", b"x" * 16385])
def test_a_file_without_a_token_is_a_failure_for_now(content: bytes | OSError) -> None:
    with pytest.raises(ProviderUnavailable, match="client_assertion_file"):
        client({"client_assertion_file": "token"}, content)
