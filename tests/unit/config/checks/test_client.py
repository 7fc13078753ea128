"""The gate proves who it is in one way; what does not belong to it is a mistake."""

import pytest

from tests.unit.config.conftest import Desk
from tests.unit.config.test_client_key import P256, RSA, pem


@pytest.fixture
def bare(desk: Desk) -> Desk:
    """Return a desk without a client secret, with keys and a token to choose from."""
    desk.files.update({"ec.pem": pem(P256), "rsa.pem": pem(RSA), "token": b"eyJ.eyJ.sig\n"})
    return desk.without("--client-secret-file")


def test_a_secret_is_enough(desk: Desk) -> None:
    provider = desk.load("--token-endpoint-auth-method=client_secret_post").settings.providers[0]
    assert provider.client_secret.reveal() == "s3cret"
    assert provider.jwt_key is None


def test_a_key_takes_the_place_of_the_secret(bare: Desk) -> None:
    provider = bare.load("--jwt-key-file=ec.pem", "--jwt-key-id=k7").settings.providers[0]
    assert not provider.client_secret
    assert provider.jwt_key is not None
    assert (provider.jwt_key.kind, provider.jwt_key_id) == ("P-256", "k7")


def test_a_key_may_stand_in_the_configuration_itself(bare: Desk) -> None:
    loaded = bare.load(toml=f'jwt_key = """{pem(P256).decode()}"""')
    assert loaded.settings.providers[0].jwt_key is not None
    shown = bare.load(f"--jwt-key={pem(P256).decode()}")
    assert any("--jwt-key-file" in warning for warning in shown.warnings)


def test_an_assertion_of_somebody_else_takes_its_place_too(bare: Desk) -> None:
    provider = bare.load("--client-assertion-file=token").settings.providers[0]
    assert provider.client_assertion_file == "token"


@pytest.mark.parametrize(
    ("flags", "place", "words"),
    [
        ((), "--client-secret-file", "required"),
        (("--token-endpoint-auth-method=private_key_jwt",), "auth-method", "needs a private key"),
        (("--jwt-key-file=gone.pem",), "--jwt-key-file", "cannot read"),
        (("--jwt-key-file=token",), "--jwt-key-file", "no private key"),
        (("--client-assertion-file=gone",), "--client-assertion-file", "cannot read"),
        (("--jwt-key-file=ec.pem", "--jwt-key=x"), "--jwt-key-file", "given twice"),
        (
            ("--jwt-key-file=ec.pem", "--token-endpoint-auth-signing-alg=RS256"),
            "--token-endpoint-auth-signing-alg",
            "Write ES256",
        ),
        (
            ("--client-assertion-file=token", "--jwt-key-id=k"),
            "--jwt-key-id",
            "not used",
        ),
    ],
)
def test_mistakes(bare: Desk, flags: tuple[str, ...], place: str, words: str) -> None:
    mistake = bare.mistake(*flags)
    assert place in mistake.partition(":")[0]
    assert words in mistake


@pytest.mark.parametrize(
    "flags",
    [
        ("--client-secret=s", "--jwt-key-file=ec.pem"),
        ("--client-secret=s", "--client-assertion-file=token"),
        ("--jwt-key-file=ec.pem", "--client-assertion-file=token"),
        (
            "--client-secret=s",
            "--jwt-key-file=ec.pem",
            "--token-endpoint-auth-method=private_key_jwt",
        ),
        (
            "--client-secret=s",
            "--jwt-key-file=ec.pem",
            "--token-endpoint-auth-method=client_secret_basic",
        ),
    ],
)
def test_two_ways_at_once_are_a_mistake(bare: Desk, flags: tuple[str, ...]) -> None:
    bare.mistake(*flags)


@pytest.mark.parametrize("flag", ["--token-endpoint-auth-signing-alg=PS256", "--jwt-key-id=k"])
def test_details_of_a_key_without_a_key_are_a_mistake(desk: Desk, flag: str) -> None:
    assert "is not used" in desk.mistake(flag)


def test_an_rsa_key_may_sign_in_either_way(bare: Desk) -> None:
    for name in ("RS256", "PS256"):
        bare.load("--jwt-key-file=rsa.pem", f"--token-endpoint-auth-signing-alg={name}")
