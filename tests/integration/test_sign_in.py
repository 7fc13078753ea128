"""People sign in at a certified identity provider and reach the application."""

import json
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from tests.integration.people import Forms
from tests.integration.processes import until

pytestmark = pytest.mark.needs("oidc-provider")


WITH_GROUPS = "--scope=openid email profile groups"


def fields_of(response):
    """Return what the application was told, by lower-case name, all values of each."""
    told = {}
    for name, value in json.loads(response.text):
        told.setdefault(name.lower(), []).append(value)
    return told


def test_somebody_signs_in_and_comes_back_to_where_they_wanted(gate, oidc_provider):
    with gate(idp=oidc_provider).person("alice") as alice:
        page = alice.sign_in("/oauth2/start?rd=/report%3Fyear%3D2026")
        assert page.text == "hello from /report"
        assert page.url.query == b"year=2026"
        assert alice.get("/other").text == "hello from /other"


def test_the_sign_in_page_leads_to_the_provider_and_back(gate, oidc_provider):
    with gate(idp=oidc_provider).person("alice") as alice:
        page = alice.get("/deep/link")
        assert page.status_code == 403
        assert len(Forms(page.text).found) == 1
        assert alice.fill_in(page).text == "hello from /deep/link"


def test_without_the_page_the_browser_is_sent_on_at_once(gate, oidc_provider):
    opened = gate("--skip-provider-button", idp=oidc_provider)
    with opened.person("alice") as alice:
        assert alice.sign_in("/deep/link").text == "hello from /deep/link"


def test_the_application_is_told_who_it_is_exactly_once(gate, oidc_provider):
    forged = {
        "X-Forwarded-Email": "root@example.com",
        "x_forwarded_user": "root",
        "X-Auth-Request-Groups": "root",
    }
    with gate(WITH_GROUPS, idp=oidc_provider).person("alice") as alice:
        alice.sign_in()
        told = fields_of(alice.get("/fields", headers=forged))
    for family in ("x-forwarded", "x-auth-request"):
        assert told[f"{family}-email"] == ["alice@example.com"]
        assert told[f"{family}-user"] == ["alice"]
        assert told[f"{family}-preferred-username"] == ["alice"]
        assert told[f"{family}-groups"] == ["engineering,admins"]
    assert "root" not in json.dumps(told)


def test_neither_our_cookies_nor_tokens_reach_the_application(gate, oidc_provider, app):
    with gate(idp=oidc_provider).person("alice") as alice:
        alice.http.cookies.set("theme", "dark", domain="127.0.0.1")
        alice.sign_in()
        told = fields_of(alice.get("/fields"))
        ours = [value for name, value in alice.cookies.items() if name.startswith("_oauth2_proxy")]
    assert ours
    received = b"".join(app.requests).decode("latin-1")
    assert [value for value in ours if value in received] == []
    assert "theme=dark" in told["cookie"][0]
    assert "x-forwarded-access-token" not in told


def test_a_forged_identity_does_not_pass_on_a_public_route(gate, oidc_provider):
    opened = gate("--skip-auth-route=^/fields$", idp=oidc_provider)
    with opened.person("mallory") as mallory:
        told = fields_of(mallory.get("/fields", headers={"X-Forwarded-Email": "alice@example.com"}))
    assert "x-forwarded-email" not in told


def test_another_domain_is_refused_after_the_sign_in(gate, oidc_provider, app):
    with gate(idp=oidc_provider).person("bob") as bob:
        assert bob.sign_in("/oauth2/start?rd=/secret").status_code == 403
        assert bob.get("/secret").status_code == 403
    assert app.requests == []


@pytest.mark.parametrize(("group", "status"), [("admins", 200), ("directors", 403)])
def test_only_an_allowed_group_gets_in(gate, oidc_provider, group, status):
    with gate(WITH_GROUPS, f"--allowed-group={group}", idp=oidc_provider).person("alice") as alice:
        alice.sign_in()
        assert alice.get("/").status_code == status


def test_an_api_client_gets_401_as_json(gate, oidc_provider):
    with gate("--api-route=^/api/", idp=oidc_provider).person("alice") as alice:
        for path, accept in (("/api/x", "*/*"), ("/x", "application/json")):
            answer = alice.get(path, headers={"Accept": accept})
            assert answer.status_code == 401
            assert answer.headers["content-type"].startswith("application/json")


def test_a_public_route_needs_nobody_and_opens_nothing_else(gate, oidc_provider):
    opened = gate("--skip-auth-route=GET=^/public/", idp=oidc_provider)
    with opened.wire() as wire:
        assert wire.got("GET /public/logo").status == 200
        detour = wire.got("GET /public/../private")
        assert (detour.status, detour.fields["location"]) == (301, "/private")
        assert wire.got("POST /public/logo").status in {401, 403}


def test_userinfo_and_auth_know_the_session(gate, oidc_provider):
    with gate(idp=oidc_provider).person("alice") as alice:
        assert alice.get("/oauth2/userinfo").status_code == 401
        assert alice.get("/oauth2/auth").status_code == 401
        alice.sign_in()
        assert alice.get("/oauth2/userinfo").json()["email"] == "alice@example.com"
        assert alice.get("/oauth2/auth").status_code == 202


def test_a_replayed_callback_gets_somebody_else_a_page_and_no_session(gate, oidc_provider):
    opened = gate(idp=oidc_provider)
    with opened.person("alice") as alice, opened.person("mallory") as mallory:
        page = alice.sign_in()
        callback = next(str(r.url) for r in page.history if r.url.path == "/oauth2/callback")
        answer = mallory.get(callback)
        assert answer.status_code == 403
        assert "/oauth2/start" in answer.text
        assert mallory.get("/oauth2/userinfo").status_code == 401
        assert alice.get(callback).text == "hello from /"


def test_two_tabs_sign_in_at_once(gate, oidc_provider):
    with gate(idp=oidc_provider).person("alice") as alice:
        first = alice.get("/oauth2/start?rd=/first")
        second = alice.get("/oauth2/start?rd=/second")
        assert alice.fill_in(second).text == "hello from /second"
        assert alice.fill_in(first).text == "hello from /first"


def test_a_large_session_is_split_over_cookies_and_works(gate, oidc_provider):
    opened = gate(WITH_GROUPS, "--pass-authorization-header", idp=oidc_provider)
    with opened.person("carol") as carol:
        carol.sign_in()
        names = [name for name in carol.cookies if name.startswith("_oauth2_proxy_")]
        assert len([name for name in names if name[-1].isdigit()]) > 1
        told = fields_of(carol.get("/fields"))
        assert told["authorization"][0].startswith("Bearer ")
        assert len(told["x-forwarded-groups"][0].split(",")) == 150


def test_a_broken_cookie_is_nobody(gate, oidc_provider):
    with gate(idp=oidc_provider).wire() as wire:
        for junk in ("x", "a.b.c", "%00", '"' * 50, "A" * 5000):
            assert wire.got("GET /", f"Cookie: _oauth2_proxy={junk}").status in {401, 403}


def test_signing_out_ends_the_session_here(gate, oidc_provider):
    with gate(idp=oidc_provider).person("alice") as alice:
        alice.sign_in()
        alice.http.follow_redirects = False
        assert alice.get("/oauth2/sign_out").status_code == 302
        assert alice.get("/").status_code == 403


def test_signing_out_leads_through_the_provider_where_asked(gate, oidc_provider):
    with gate("--oidc-end-session", idp=oidc_provider).person("alice") as alice:
        alice.sign_in()
        alice.http.follow_redirects = False
        where = alice.get("/oauth2/sign_out").headers["location"]
        assert where.startswith(f"{oidc_provider.issuer}/session/end?")
        assert alice.get(where).status_code == 200


def test_another_site_cannot_sign_somebody_out(gate, oidc_provider):
    with gate(idp=oidc_provider).person("alice") as alice:
        alice.sign_in()
        alice.get("/oauth2/sign_out", headers={"Sec-Fetch-Site": "cross-site"})
        assert alice.get("/oauth2/userinfo").status_code == 200


def test_many_requests_at_once_refresh_once(gate, oidc_provider):
    opened = gate("--cookie-refresh=2s", idp=oidc_provider)
    with opened.person("alice") as alice:
        alice.sign_in()
        due = monotonic() + 2.2
        before = oidc_provider.count("refresh_token")
        until(lambda: monotonic() > due, 5, "the session to be due")
        cookie = "; ".join(f"{name}={value}" for name, value in alice.cookies.items())

    def ask(_number):
        with opened.wire() as wire:
            return wire.got("GET /", f"Cookie: {cookie}").status

    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(ask, range(12))) == {200}
    assert oidc_provider.count("refresh_token") == before + 1
