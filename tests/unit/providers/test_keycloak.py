"""Roles of Keycloak become groups, from verified tokens only."""

from typing import Any

import pytest
from joserfc.jwk import RSAKey

from sidegate.core.errors import IdTokenRejected
from sidegate.core.identity import Identity
from sidegate.providers.keycloak import KeycloakProvider
from tests.unit.oidc.tokens import CLIENT_ID, claims, sign
from tests.unit.providers.script import reply
from tests.unit.providers.test_oidc import HEADER, ME, Stage

SUBJECT = "248289761001"
ROLES = {
    "realm_access": {"roles": ["admin", "user"]},
    "resource_access": {"app": {"roles": ["editor"]}, "account": {"roles": ["admin"]}},
}
AS_GROUPS = ("role:admin", "role:user", "role:app:editor", "role:account:admin")


@pytest.fixture
def stage(rsa: RSAKey) -> Stage:
    return Stage(rsa, KeycloakProvider).discover()


def access_token(key: RSAKey, **changes: Any) -> str:
    told = {"aud": "account", "azp": CLIENT_ID, "typ": "Bearer", "nonce": None, **ROLES}
    return sign(key, HEADER, claims(**{**told, **changes}))


def groups(stage: Stage, told: dict[str, Any], token: str) -> tuple[str, ...]:
    stage.answers(claims(**told), access_token=token)
    return stage.redeem().identity.groups


def test_the_button_names_it(stage: Stage) -> None:
    assert stage.provider.display_name == "Keycloak"


def test_roles_of_the_access_token_follow_the_groups_which_stay_as_they_are(stage: Stage) -> None:
    told = {"groups": ["/engineering", "/engineering/backend"]}
    assert groups(stage, told, access_token(stage.rsa)) == (
        "/engineering",
        "/engineering/backend",
        *AS_GROUPS,
    )


def test_roles_of_the_id_token_count_once_beside_those_of_the_access_token(stage: Stage) -> None:
    told = {"realm_access": {"roles": ["admin", "auditor"]}}
    found = groups(stage, told, access_token(stage.rsa))
    assert sorted(found) == sorted({*AS_GROUPS, "role:auditor"})


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"azp": "other", "aud": "other"},
        {"sub": "bob"},
        {"exp": 1},
    ],
)
def test_an_access_token_that_is_not_of_this_sign_in_ends_it(
    stage: Stage, changes: dict[str, Any]
) -> None:
    with pytest.raises(IdTokenRejected, match="access token"):
        groups(stage, {}, access_token(stage.rsa, **changes))


def test_a_forged_access_token_ends_the_sign_in(stage: Stage, other_rsa: RSAKey) -> None:
    with pytest.raises(IdTokenRejected, match="signature of the access token"):
        groups(stage, {}, access_token(other_rsa))


def test_an_opaque_access_token_tells_no_roles(stage: Stage) -> None:
    assert groups(stage, {"groups": ["/staff"]}, "opaque") == ("/staff",)


def test_a_group_with_the_name_of_a_role_is_no_role(stage: Stage) -> None:
    token = access_token(stage.rsa, realm_access=None, resource_access=None)
    assert groups(stage, {"groups": ["role:admin", "staff"]}, token) == ("staff",)


@pytest.mark.parametrize(
    "odd",
    [
        {"realm_access": "admin", "resource_access": ["app"]},
        {"realm_access": {"roles": "admin"}, "resource_access": {"app": {"roles": [1, None]}}},
        {"realm_access": {}, "resource_access": {"app": None}},
    ],
)
def test_what_is_no_list_of_names_is_no_role(stage: Stage, odd: dict[str, Any]) -> None:
    assert groups(stage, {}, access_token(stage.rsa, **odd)) == ()


def test_a_role_that_would_end_a_header_is_refused(stage: Stage) -> None:
    token = access_token(stage.rsa, realm_access={"roles": ["a\r\nX: 1"]})
    with pytest.raises(IdTokenRejected, match="role"):
        groups(stage, {}, token)


@pytest.mark.parametrize("told", [None, claims(nonce=None, groups=["/staff"])])
def test_a_refresh_takes_and_gives_roles_and_doubles_none(
    stage: Stage, told: dict[str, Any] | None
) -> None:
    before = Identity(SUBJECT, "alice@example.com", "", ("/staff", "role:admin", "role:gone"))
    token = access_token(stage.rsa, resource_access=None)
    stage.answers(told, access_token=token)
    assert stage.refresh(before).identity.groups == ("/staff", "role:admin", "role:user")


def test_a_refresh_that_tells_nothing_of_roles_leaves_none(rsa: RSAKey) -> None:
    stage = Stage(rsa, KeycloakProvider).with_userinfo()
    before = Identity(SUBJECT, "alice@example.com", "", ("/staff", "role:admin"))
    stage.answers(None, access_token="opaque")
    stage.fetch.expect(ME, reply({"sub": SUBJECT, "groups": ["/staff", "role:auditor"]}))
    assert stage.refresh(before).identity.groups == ("/staff",)


def test_a_token_that_a_program_brings_has_its_roles_too(stage: Stage) -> None:
    person = stage.provider.person(claims(**ROLES), {})
    assert person.groups == AS_GROUPS


def test_a_token_of_another_issuer_has_no_role_by_the_name_of_a_group(stage: Stage) -> None:
    person = stage.provider.stranger(claims(groups=["role:admin", "staff"]))
    assert person.groups == ("staff",)


def test_roles_that_only_userinfo_tells_do_not_count(rsa: RSAKey) -> None:
    stage = Stage(rsa, KeycloakProvider).with_userinfo()
    stage.answers(claims())
    stage.fetch.expect(ME, reply({"sub": SUBJECT, **ROLES}))
    assert stage.redeem().identity.groups == ()
