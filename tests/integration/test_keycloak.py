"""People sign in at Keycloak, which insists on PKCE."""

import json

import pytest

pytestmark = pytest.mark.needs("keycloak")


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
