"""Keycloak and oidc-provider on one gate: each signs in its own people, and neither the other's."""

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.integration.gates import start_gate
from tests.integration.processes import free_port

pytestmark = [pytest.mark.needs("keycloak"), pytest.mark.needs("oidc-provider")]

TABLE = """
[[providers]]
id = "{name}"
name = "The {name}"
provider = "{kind}"
oidc_issuer_url = "{client.issuer}"
client_id = "{client.client_id}"
client_secret = "{client.client_secret}"
oidc_end_session = true
for_email_domains = ["{name}.test"]
"""


@pytest.fixture
def both(keycloak, oidc_provider, app, tmp_path: Path):
    """Yield a gate with both providers; the ids are `cloak` and `node`."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    node = oidc_provider.register(url, redirect_uris=[f"{url}/oauth2/callback/node"])
    tables = ("cloak", "keycloak-oidc", keycloak.client()), ("node", "oidc", node)
    text = "".join(TABLE.format(name=n, kind=k, client=c) for n, k, c in tables)
    (tmp_path / "gate.toml").write_text(text)
    flags = (f"--config={tmp_path / 'gate.toml'}", f"--upstream={app.url}", "--cookie-refresh=1ms")
    gate = start_gate(tmp_path, port, node, flags)
    gate.canaries.add(keycloak.client().client_secret)
    try:
        for name in ("cloak", "node"):
            said = f"was discovered: people can sign in ({name})"
            gate.process.wait_until(lambda said=said: said in gate.process.output, 20, said)
        yield gate
    finally:
        gate.end()


def start(name: str) -> str:
    return f"/oauth2/start/{name}?rd=/fields"


def user_of(page) -> str:
    """Return the subject that the application was told."""
    return {name.lower(): value for name, value in json.loads(page.text)}["x-forwarded-user"]


def test_people_sign_in_at_each_and_are_renewed_where_they_signed_in(both):
    people = {}
    for name in ("cloak", "node"):
        with both.person("alice") as alice:
            people[name] = user_of(alice.sign_in(start(name)))
            assert alice.cookies["_oauth2_proxy_provider"] == name
            assert user_of(alice.get("/fields")) == people[name]  # renewed at its own provider
    assert people["cloak"] != people["node"]


def test_the_page_offers_both_the_last_one_first(both):
    with both.person("alice") as alice:
        page = alice.get("/fields").text
        assert 0 < page.index("/oauth2/start/cloak?") < page.index("/oauth2/start/node?")
        alice.sign_in(start("node"))
        page = alice.get("/oauth2/sign_in").text
        assert 0 < page.index("/oauth2/start/node?") < page.index("/oauth2/start/cloak?")


def test_an_address_leads_to_the_provider_of_its_domain(both, keycloak):
    with both.person("alice") as alice:
        page = alice.http.post("/oauth2/start", data={"email": "al@cloak.test", "rd": "/fields"})
        where = page.headers["refresh"].partition("url=")[2]
        assert where.startswith(keycloak.issuer)
        assert dict(parse_qsl(urlsplit(where).query))["login_hint"] == "al@cloak.test"
        assert user_of(alice.sign_in(where))


def test_an_answer_of_one_provider_counts_for_no_other(both):
    """The state of a sign-in at one comes back to the callback of the other."""
    with both.person("alice") as alice:
        alice.http.follow_redirects = False
        for begun, back in (("cloak", "node"), ("node", "cloak")):
            asked = urlsplit(alice.get(start(begun)).headers["location"]).query
            query = {"code": "a-code-of-nobody", "state": dict(parse_qsl(asked))["state"]}
            answer = alice.get(f"/oauth2/callback/{back}?{urlencode(query)}")
            assert answer.status_code == 403
        assert alice.get("/fields").status_code == 403
    said = "the callback of another provider"
    both.process.wait_until(lambda: both.process.output.count(said) == 2, 20, said)


def test_signing_out_ends_the_session_at_the_right_provider(both, keycloak, oidc_provider):
    for name, issuer in (("cloak", keycloak.issuer), ("node", oidc_provider.issuer)):
        with both.person("alice") as alice:
            alice.sign_in(start(name))
            left = alice.http.get("/oauth2/sign_out", follow_redirects=False)
            assert left.headers["location"].startswith(issuer)
            assert "id_token_hint=" in left.headers["location"]
