"""People sign in at Keycloak, which insists on PKCE."""

import json

import pytest

pytestmark = pytest.mark.needs("keycloak")

WITH_ROLES = ("--provider=keycloak-oidc", "--oidc-groups-claim=paths")


def groups_of(page):
    """Return the groups that the application was told."""
    told = {name.lower(): value for name, value in json.loads(page.text)}
    return told["x-forwarded-groups"].split(",")


def test_somebody_signs_in_and_the_application_knows_them(gate, keycloak):
    with gate(client=keycloak.client()).person("alice") as alice:
        page = alice.sign_in("/oauth2/start?rd=/fields")
        told = {name.lower(): value for name, value in json.loads(page.text)}
        assert told["x-forwarded-email"] == "alice@example.com"
        assert told["x-forwarded-preferred-username"] == "alice"
        assert told["x-forwarded-groups"] == "engineering"


def test_another_domain_is_refused_after_the_sign_in(gate, keycloak, app):
    with gate(client=keycloak.client()).person("bob") as bob:
        assert bob.sign_in().status_code == 403
    assert app.requests == []


def test_signing_out_signs_out_at_keycloak_too(gate, keycloak):
    with gate("--oidc-end-session", client=keycloak.client()).person("alice") as alice:
        alice.sign_in()
        alice.get("/oauth2/sign_out")
        page = alice.get("/oauth2/start?rd=/")
        assert "kc-form-login" in page.text


def test_roles_and_paths_of_groups_are_told_also_after_a_refresh(gate, keycloak):
    opened = gate(*WITH_ROLES, "--cookie-refresh=1ms", client=keycloak.client())
    with opened.person("alice") as alice:
        told = groups_of(alice.sign_in("/oauth2/start?rd=/fields"))
        assert {"/engineering", "role:auditor", "role:gate:editor"} <= set(told)
        assert groups_of(alice.get("/fields")) == told


@pytest.mark.parametrize("role", ["auditor", "gate:editor"])
def test_a_role_lets_its_owner_pass_and_nobody_else(role, gate, keycloak, app):
    opened = gate(
        *WITH_ROLES, f"--allowed-role={role}", "--email-domain=*", client=keycloak.client()
    )
    with opened.person("bob") as bob:
        assert bob.sign_in().status_code == 403
    assert app.requests == []
    with opened.person("alice") as alice:
        assert alice.sign_in("/oauth2/start?rd=/report").text == "hello from /report"
