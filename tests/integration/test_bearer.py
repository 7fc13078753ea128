"""Programs get in with tokens that a certified provider issued to us, and with no others."""

import httpx
import pytest

from tests.integration.processes import until

pytestmark = pytest.mark.needs("oidc-provider")

PROGRAMS = (
    "--skip-jwt-bearer-tokens",
    "--bearer-token-introspection",
    "--bearer-token-login-fallback=false",
)
FRESH = "--introspection-cache-ttl=0"
SHOWN = ("--pass-access-token", "--pass-authorization-header")
ANYBODY = "--email-domain=*"


def tokens_of(opened, name):
    """Sign somebody in and return their ID token and access token, as the application gets them."""
    with opened.person(name) as person:
        person.sign_in()
        told = {key.lower(): value for key, value in person.get("/fields").json()}
    tokens = told["authorization"].removeprefix("Bearer "), told["x-forwarded-access-token"]
    assert [token.count(".") for token in tokens] == [2, 0]  # a JWT and an opaque one
    opened.canaries.update(tokens)
    return tokens


def ask(opened, token, path="/fields", **fields):
    """Ask as a program: no cookies, a token, nothing else."""
    opened.canaries.add(token)
    fields["Authorization"] = f"Bearer {token}"
    return httpx.get(opened.url + path, headers=fields, timeout=20)


def test_an_id_token_and_an_opaque_token_get_their_owner_in(gate, oidc_provider):
    opened = gate(*PROGRAMS, *SHOWN, idp=oidc_provider)
    for token in tokens_of(opened, "alice"):
        answer = ask(opened, token)
        told = {key.lower(): value for key, value in answer.json()}
        assert told["x-forwarded-email"] == "alice@example.com"
        assert told["x-forwarded-user"] == "alice"
        assert told["authorization"] == f"Bearer {token}"
        assert "set-cookie" not in answer.headers
        assert ask(opened, token, "/oauth2/auth").status_code == 202
        assert ask(opened, token, "/oauth2/userinfo").json()["email"] == "alice@example.com"


def test_a_token_works_in_basic_for_programs_that_know_nothing_else(gate, oidc_provider):
    opened = gate(*PROGRAMS, *SHOWN, idp=oidc_provider)
    id_token, _ = tokens_of(opened, "alice")
    for pair in ((id_token, ""), ("anything", id_token)):
        assert httpx.get(opened.url, auth=pair).status_code == 200


def test_the_provider_is_asked_once_while_an_answer_counts(gate, oidc_provider):
    opened = gate(*PROGRAMS, *SHOWN, idp=oidc_provider)
    _, token = tokens_of(opened, "alice")
    before = oidc_provider.count("introspection")
    assert [ask(opened, token).status_code for _ in range(5)] == [200] * 5
    assert [ask(opened, "made-up").status_code for _ in range(5)] == [403] * 5
    assert oidc_provider.count("introspection") == before + 2


def test_a_revoked_token_gets_nobody_in(gate, oidc_provider):
    opened = gate(*PROGRAMS, *SHOWN, FRESH, idp=oidc_provider)
    _, token = tokens_of(opened, "alice")
    assert ask(opened, token).status_code == 200
    oidc_provider.revoke(opened.client, token)
    answer = ask(opened, token, Accept="application/json")
    assert (answer.status_code, answer.json()["error"]) == (401, "bearer_rejected")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_a_refresh_token_gets_nobody_in_though_it_is_active(gate, oidc_provider, app):
    client = oidc_provider.register(app.url)
    tokens = oidc_provider.tokens_of_person(client, "alice", f"{app.url}/oauth2/callback")
    opened = gate(*PROGRAMS, ANYBODY, client=client)
    app.requests.clear()
    assert ask(opened, tokens["refresh_token"]).status_code == 403
    assert app.requests == []
    assert ask(opened, tokens["access_token"]).status_code == 200


def test_an_expired_token_gets_nobody_in(gate, oidc_provider):
    client = oidc_provider.register("http://127.0.0.1:1", "short-lived")
    opened = gate(*PROGRAMS, ANYBODY, client=client)
    token = oidc_provider.token_of_program(client)
    assert ask(opened, token).status_code == 200
    until(lambda: ask(opened, token).status_code == 403, 20, "the token to expire")


def test_tokens_of_another_client_get_nobody_in(gate, oidc_provider, app):
    other = gate(*SHOWN, ANYBODY, idp=oidc_provider)
    opened = gate(*PROGRAMS, ANYBODY, idp=oidc_provider)
    tokens = [*tokens_of(other, "alice"), oidc_provider.token_of_program(other.client)]
    app.requests.clear()
    for token in tokens:
        assert ask(opened, token).status_code == 403
    assert app.requests == []


def test_a_rule_refuses_the_owner_of_a_token_like_anybody(gate, oidc_provider, app):
    anybody = gate(*SHOWN, ANYBODY, idp=oidc_provider)
    opened = gate(*PROGRAMS, client=anybody.client)
    tokens = tokens_of(anybody, "bob")
    app.requests.clear()
    for token in tokens:
        assert ask(opened, token).status_code == 403
        assert ask(opened, token, "/oauth2/auth").status_code == 401
    assert app.requests == []


def test_a_program_has_a_token_of_its_own(gate, oidc_provider):
    client = oidc_provider.register("http://127.0.0.1:1")
    opened = gate(*PROGRAMS, ANYBODY, client=client)
    answer = ask(opened, oidc_provider.token_of_program(client))
    assert dict(answer.json())["X-Forwarded-User"] == client.client_id


def test_the_provider_may_be_an_issuer_for_a_gate_of_another_client(gate, oidc_provider):
    other = gate(*SHOWN, idp=oidc_provider)
    pair = f"{oidc_provider.issuer}={other.client.client_id}"
    opened = gate(*PROGRAMS, f"--extra-jwt-issuers={pair}", idp=oidc_provider)
    id_token, _ = tokens_of(other, "alice")
    until(lambda: ask(opened, id_token).status_code == 200, 20, "the issuer to be discovered")


def test_a_dead_issuer_keeps_the_gate_ready_and_quick_for_others(gate, oidc_provider):
    dead = "--extra-jwt-issuers=http://127.0.0.1:1/dead=api"
    opened = gate(*PROGRAMS, *SHOWN, dead, idp=oidc_provider)
    id_token, _ = tokens_of(opened, "alice")
    assert ask(opened, id_token).status_code == 200
    assert httpx.get(f"{opened.url}/ready").status_code == 200
    told = "tokens of http://127.0.0.1:1/dead are not accepted yet"
    until(lambda: told in opened.process.output, 20, "the log to tell")


def test_with_the_fallback_a_browser_goes_on_with_its_cookies(gate, oidc_provider):
    opened = gate("--skip-jwt-bearer-tokens", idp=oidc_provider)
    with opened.person("alice") as alice:
        junk = {"Authorization": "Bearer eyJ.eyJ.junk"}
        assert alice.get("/", headers=junk).status_code == 403
        alice.sign_in()
        assert alice.get("/", headers=junk).status_code == 200
