"""Whoever wants groups of Google says how the directory may be asked."""

import json

import pytest

from tests.unit.config.conftest import Desk

GOOGLE = "--provider=google"
GROUP = "--google-group=staff@example.com"
ADMIN = "--google-admin-email=root@example.com"
FILE = "--google-service-account-json=account.json"
MACHINE = "--google-use-application-default-credentials"


def account(**changes: object) -> bytes:
    from joserfc.jwk import RSAKey  # noqa: PLC0415 - slow to make, and needed here only

    good = {
        "type": "service_account",
        "client_email": "s@p.example",
        "private_key_id": "k7",
        "private_key": RSAKey.generate_key(2048).as_pem(private=True).decode(),
    }
    return json.dumps({**good, **changes}).encode()


def test_google_needs_no_address(desk: Desk) -> None:
    (provider,) = desk.without("--oidc-issuer-url").load(GOOGLE).settings.providers
    assert (provider.oidc_issuer_url, provider.google_service_account) == ("", None)


def test_the_file_of_a_service_account_is_read_and_not_shown(desk: Desk) -> None:
    desk.files["account.json"] = account()
    (provider,) = desk.load(GOOGLE, GROUP, ADMIN, FILE).settings.providers
    found = provider.google_service_account
    assert found is not None
    assert (found.email, found.key_id, found.key.kind) == ("s@p.example", "k7", "RSA")
    assert "PRIVATE KEY" not in repr(provider)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"no",
        b"[" * 100_000,
        account(type="authorized_user"),
        account(private_key="no key"),
        account(private_key=7),
        account(client_email=None),
    ],
)
def test_what_is_no_service_account_is_refused(content: bytes, desk: Desk) -> None:
    desk.files["account.json"] = content
    assert "no key of a service account" in desk.mistake(GOOGLE, GROUP, ADMIN, FILE)


def test_a_file_that_is_not_there_is_named(desk: Desk) -> None:
    assert "cannot read account.json" in desk.mistake(GOOGLE, GROUP, ADMIN, FILE)


@pytest.mark.parametrize("asks", [GROUP, "--google-use-organization-id"])
def test_the_directory_is_not_asked_without_rights(asks: str, desk: Desk) -> None:
    assert "without credentials" in desk.mistake(GOOGLE, ADMIN, asks)
    assert "--google-admin-email" in desk.mistake(GOOGLE, MACHINE, asks)
    assert desk.mistakes(GOOGLE, MACHINE, ADMIN, asks) == []


def test_one_way_to_the_directory_is_enough(desk: Desk) -> None:
    desk.files["account.json"] = account()
    assert "two ways" in desk.mistake(GOOGLE, GROUP, ADMIN, FILE, MACHINE)


def test_an_unknown_scope_is_refused(desk: Desk) -> None:
    scope = "--google-admin-api-user-scope=all"
    assert "is not accepted" in desk.mistake(GOOGLE, ADMIN, MACHINE, scope)
