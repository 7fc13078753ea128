"""A sign-in begins with fresh secrets in a cookie and a redirect to the provider."""

from sidegate.login.start import Start
from tests.unit.login.fakes import ISSUER, NOW, Kit, cookies, exchange, field


def start_of(kit: Kit) -> Start:
    return Start(
        attempts=kit.attempts,
        returns=kit.returns,
        failures=kit.failures,
        loops=kit.loops,
        redirect_url="",
        cookie_secure=True,
        callbacks=kit.callbacks,
        pages=kit.pages,
        clock=kit.clock,
        randomness=kit.randomness,
        on_event=kit.events,
    )


def test_the_browser_goes_to_the_provider_with_the_attempt_in_a_cookie() -> None:
    kit = Kit()
    response = start_of(kit).start(exchange(), "/deep?q=1", kit.provider)
    (attempt,) = kit.attempts.sealed
    assert response.status == 302
    assert field(response, "Location") == f"{ISSUER}/auth?state={attempt.state}"
    assert cookies(response) == ["attempt=sealed; Domain=app.example.com"]
    assert "no-store" in (field(response, "Cache-Control") or "")
    assert attempt.return_url == "/deep?q=1"
    assert attempt.redirect_uri == "https://app.example.com/oauth2/callback"
    assert (attempt.provider, attempt.created_at) == ("oidc", NOW)
    assert kit.events.heard == [("attempt", "", "")]


def test_state_nonce_and_verifier_are_new_for_every_attempt() -> None:
    kit = Kit()
    start = start_of(kit)
    start.start(exchange(), "/", kit.provider)
    start.start(exchange(), "/", kit.provider)
    attempts = kit.attempts.sealed
    secrets = {secret for a in attempts for secret in (a.state, a.nonce, a.verifier.reveal())}
    assert {len(secret) for secret in secrets} == {43}
    assert len(secrets) == 6


def test_while_the_provider_is_unknown_the_person_may_try_again() -> None:
    kit = Kit()
    kit.provider.unready = "not discovered"
    made = exchange("/oauth2/start?rd=/x")
    response = start_of(kit).start(made, "/x", kit.provider)
    assert response.status == 503
    assert field(response, "Retry-After") == "10"
    assert b'href="/oauth2/start?rd=/x"' in response.body
    assert b"not discovered" not in response.body
    assert made.reason == "provider_unavailable"
    assert kit.events.heard[-1] == ("failure", "provider_unavailable", "")
    assert cookies(response) == []


def test_a_hint_goes_on_to_the_provider() -> None:
    kit = Kit()
    response = start_of(kit).start(exchange(), "/", kit.provider, "alice")
    assert (field(response, "Location") or "").endswith("&login_hint=alice")


def test_behind_a_form_of_ours_a_page_leads_on() -> None:
    kit = Kit()
    response = start_of(kit).start(exchange(method="POST"), "/", kit.provider, by_form=True)
    assert response.status == 200
    assert (field(response, "Refresh") or "").startswith(f"0; url={ISSUER}/auth?state=")
    assert cookies(response) == ["attempt=sealed; Domain=app.example.com"]
