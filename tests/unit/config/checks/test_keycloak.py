"""Allowed roles of Keycloak are allowed groups of another name."""

from tests.unit.config.conftest import Desk


def test_roles_stand_beside_groups_each_once(desk: Desk) -> None:
    loaded = desk.load(
        "--provider=keycloak-oidc",
        "--allowed-group=/staff,role:admin",
        "--allowed-role=admin,app:editor",
    )
    assert loaded.settings.access.allowed_groups == ("/staff", "role:admin", "role:app:editor")


def test_another_provider_has_no_roles(desk: Desk) -> None:
    mistake = desk.mistake("--allowed-role=admin")
    assert mistake.startswith("flag --allowed-role")
    assert "keycloak-oidc" in mistake


def test_the_issuer_is_as_necessary_as_anywhere(desk: Desk) -> None:
    assert "--oidc-issuer-url" in desk.without("--oidc-issuer-url").mistake(
        "--provider=keycloak-oidc"
    )
