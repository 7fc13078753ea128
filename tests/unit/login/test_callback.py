"""The callback's order, seen from outside: the code is redeemed for nobody but its browser."""

import dataclasses

import pytest

from sidegate.core.errors import BadRequest, EmailUnverified, GrantRejected, ProviderUnavailable
from sidegate.core.identity import Identity
from sidegate.core.messages import Exchange, ReadBody, Response
from sidegate.core.ports import Attempt
from sidegate.core.secret import Secret
from sidegate.login.callback import Callback
from tests.unit.login.fakes import (
    ISSUER,
    NOW,
    Kit,
    Refusing,
    a_session,
    cookies,
    exchange,
    field,
    response_of,
)
from tests.unit.login.slow import SlowSessions

FORM = "application/x-www-form-urlencoded"
ATTEMPT = Attempt(
    state="state-1",
    nonce="nonce-1",
    verifier=Secret("verifier-1"),
    return_url="/deep?q=1",
    redirect_uri="https://app.example.com/oauth2/callback",
    provider="oidc",
    created_at=NOW,
)


def callback_of(
    kit: Kit,
    *,
    rule: str | None = None,
    cookie_expire: float = 0,
    form_post: bool = False,
    is_strict: bool = False,
) -> Callback:
    kit.attempts.sealed.append(ATTEMPT)
    return Callback(
        providers=kit.providers,
        attempts=kit.attempts,
        sessions=kit.sessions,
        rules=Refusing(rule),
        failures=kit.failures,
        loops=kit.loops,
        pages=kit.pages,
        cookie_expire=cookie_expire,
        places=kit.callbacks,
        form_post=["oidc"] if form_post else [],
        choice=kit.choice,
        is_strict=is_strict,
        clock=kit.clock,
        randomness=kit.randomness,
        on_event=kit.events,
    )


def coming_back(query: str = "state=state-1&code=c1", cookie: str = "attempt=x") -> Exchange:
    return exchange(f"/oauth2/callback?{query}", cookie=cookie)


def posted(
    kit: Kit, body: str = "state=state-1&code=c1", query: str = "", kind: str = FORM
) -> tuple[Exchange, Response]:
    """Let the provider's page post its answer, which a gate with `form_post` reads."""
    made = exchange(
        f"/oauth2/callback{query}",
        "POST",
        length=len(body),
        content_type=kind,
        cookie="attempt=x",
        origin="https://idp.test",
        sec_fetch_site="cross-site",
    )
    plan = callback_of(kit, form_post=True).answer(made)
    if isinstance(plan, ReadBody):
        assert plan.limit == 65536
        plan = plan.then(body.encode())
    return made, response_of(plan)


def failed(kit: Kit, made: Exchange, response: Response, code: str) -> None:
    """Check what every failure has: page, code, event, the way back, and no session."""
    assert made.reason == code
    assert kit.events.heard[-1][:2] == ("failure", code)
    assert code.encode() in response.body
    assert b"/oauth2/start?rd=" in response.body
    assert "no-store" in (field(response, "Cache-Control") or "")
    assert kit.sessions.saved == []


def test_a_good_callback_makes_a_session_and_goes_back() -> None:
    kit = Kit()
    made = coming_back()
    response = response_of(callback_of(kit).answer(made))
    (session,) = kit.sessions.saved
    assert (response.status, field(response, "Location")) == (302, "/deep?q=1")
    assert cookies(response) == [
        f"session={session.id}; Domain=app.example.com",
        "attempt=; Max-Age=0; State=stat; Domain=app.example.com",
    ]
    assert kit.provider.redeemed == ["c1"]
    assert (session.created_at, session.refreshed_at) == (NOW, NOW)
    assert session.ends_at == NOW + 168 * 3600
    assert (session.provider_session_id, len(session.id)) == ("idp-sid", 43)
    assert kit.sessions.replaced == [b"attempt=x"]  # so that the session of before ends
    assert (made.user, made.session, made.provider) == ("alice@example.com", session, "oidc")
    assert kit.events.heard == [("success", "", "alice@example.com")]


def test_what_failed_behind_a_sign_in_is_told() -> None:
    kit = Kit()
    kit.provider.trouble = "provider_unavailable"
    response_of(callback_of(kit).answer(coming_back()))
    assert kit.events.heard == [("success", "", "alice@example.com")]
    assert kit.events.details == ["provider_unavailable"]


def test_a_session_lasts_as_long_as_the_option_says() -> None:
    kit = Kit()
    response_of(callback_of(kit, cookie_expire=60).answer(coming_back()))
    assert kit.sessions.saved[0].ends_at == NOW + 60


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("code=c1", 403, "state_mismatch"),
        ("state=&code=c1", 403, "state_mismatch"),
        ("state=state-1", 400, "parameter_missing"),
        ("state=state-1&code=", 400, "parameter_missing"),
        ("state=state-1&code=c1&code=evil", 400, "duplicate_parameter"),
        ("state=state-1&state=state-1&code=c1", 400, "duplicate_parameter"),
        ("state=state-1&code=%zz", 400, "bad_request"),
        ("state=state-&code=c1", 403, "attempt_missing"),
        ("state=st%C3%A4te&code=c1", 403, "attempt_missing"),
        ("state=state-1&code=c1&iss=https://other.test", 403, "issuer_mismatch"),
        ("state=state-1&error=access_denied", 403, "provider_refused"),
        ("state=state-1&error=access_denied&code=c1", 403, "provider_refused"),
        ("error=access_denied", 403, "state_mismatch"),
    ],
)
def test_a_bad_callback_never_reaches_the_token_endpoint(
    query: str, status: int, code: str
) -> None:
    kit = Kit()
    made = coming_back(query)
    response = response_of(callback_of(kit).answer(made))
    assert response.status == status
    assert kit.provider.redeemed == []
    failed(kit, made, response, code)


def test_a_browser_without_the_cookie_of_the_attempt_is_turned_away() -> None:
    kit = Kit()
    made = coming_back(cookie="other=1")
    failed(kit, made, response_of(callback_of(kit).answer(made)), "attempt_missing")
    assert kit.provider.redeemed == []


@pytest.mark.parametrize("change", [{"state": "state-2"}, {"state": "zuständ"}, {"provider": "x"}])
def test_an_attempt_that_is_not_this_one_is_a_mismatch(change: dict[str, str]) -> None:
    kit = Kit()
    kit.attempts.opens = dataclasses.replace(ATTEMPT, **change)
    made = coming_back()
    failed(kit, made, response_of(callback_of(kit).answer(made)), "state_mismatch")
    assert kit.provider.redeemed == []


def test_the_issuer_is_compared_before_an_error_is_believed() -> None:
    kit = Kit()
    made = coming_back("state=state-1&error=access_denied&iss=https://other.test")
    failed(kit, made, response_of(callback_of(kit).answer(made)), "issuer_mismatch")


@pytest.mark.parametrize(
    ("error", "logged"),
    [
        ("access_denied", "access_denied"),
        ("%3Cb%3Ebad%0Acode", "unreadable"),
        ("ya29-Secret_Of.Somebody0", "unreadable"),
        ("x" * 65, "unreadable"),
    ],
)
def test_the_providers_text_is_shown_to_nobody_and_only_plain_codes_are_logged(
    error: str, logged: str
) -> None:
    kit = Kit()
    query = f"state=state-1&error={error}&error_description=Call%20555"
    response = response_of(callback_of(kit).answer(coming_back(query)))
    assert error.encode() not in response.body
    assert b"Call" not in response.body
    assert kit.events.details == [f"error={logged}"]


def test_a_failure_removes_the_cookie_of_the_attempt_and_keeps_the_way_back() -> None:
    kit = Kit()
    response = response_of(callback_of(kit).answer(coming_back("state=state-1&error=x")))
    assert cookies(response) == ["attempt=; Max-Age=0; State=stat; Domain=app.example.com"]
    assert b'href="/oauth2/start?rd=/deep%3Fq%3D1"' in response.body


def test_an_expired_attempt_is_removed() -> None:
    kit = Kit()
    kit.attempts.expired = True
    made = coming_back()
    response = response_of(callback_of(kit).answer(made))
    failed(kit, made, response, "attempt_expired")
    assert cookies(response) == ["attempt=; Max-Age=0; State=stat; Domain=app.example.com"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (GrantRejected("invalid_grant"), 403),
        (EmailUnverified("alice"), 403),
        (ProviderUnavailable("refused"), 503),
    ],
)
def test_a_failed_redeem_is_a_page(
    error: GrantRejected | EmailUnverified | ProviderUnavailable, status: int
) -> None:
    kit = Kit()
    kit.provider.fails = error
    made = coming_back()
    response = response_of(callback_of(kit).answer(made))
    assert response.status == status
    assert (field(response, "Retry-After") is not None) == (status == 503)
    assert len(cookies(response)) == 1
    failed(kit, made, response, error.code)


def test_a_refused_person_is_named_in_the_log_and_the_rule_is_not_shown() -> None:
    kit = Kit()
    made = coming_back()
    response = response_of(callback_of(kit, rule="allowed_groups").answer(made))
    failed(kit, made, response, "not_authorized")
    assert kit.events.heard == [("failure", "not_authorized", "alice@example.com")]
    assert kit.events.details == ["rule allowed_groups"]
    assert b"allowed_groups" not in response.body
    assert made.user == ""


def test_a_missing_address_is_said_so() -> None:
    kit = Kit()
    kit.provider.identity = Identity("sub-1")
    made = coming_back()
    response = response_of(callback_of(kit, rule="email_domains").answer(made))
    failed(kit, made, response, "email_missing")


@pytest.mark.parametrize(
    ("rule", "email"), [("email_domains", "alice@example.com"), ("allowed_groups", "")]
)
def test_only_who_lacks_the_address_that_a_rule_asks_for_is_told_so(rule: str, email: str) -> None:
    kit = Kit()
    kit.provider.identity = Identity("sub-1", email)
    made = coming_back()
    response = response_of(callback_of(kit, rule=rule).answer(made))
    failed(kit, made, response, "not_authorized")


def test_a_finished_callback_again_just_goes_on() -> None:
    kit = Kit()
    kit.sessions.held = a_session()
    response = response_of(callback_of(kit).answer(coming_back(cookie="session=1")))
    assert (response.status, field(response, "Location")) == (302, "/")
    assert kit.events.heard == []
    assert kit.provider.redeemed == []


def test_only_with_form_post_the_callback_takes_a_post() -> None:
    (only,) = callback_of(Kit()).rows()
    assert only[:2] == ("", (b"GET",))
    (only,) = callback_of(Kit(), form_post=True).rows()
    assert only[:2] == ("", (b"GET", b"POST"))


def test_a_posted_answer_of_another_site_signs_in_and_goes_on_with_a_get() -> None:
    kit = Kit()
    _, response = posted(kit, kind="Application/X-WWW-Form-Urlencoded; charset=utf-8")
    assert (response.status, field(response, "Location")) == (303, "/deep?q=1")
    assert kit.provider.redeemed == ["c1"]
    assert len(kit.sessions.saved) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("code=c1", "state_mismatch"),
        ("state=state-1", "parameter_missing"),
        ("state=state-1&code=c1&code=c2", "duplicate_parameter"),
        ("state=state-2&code=c1", "attempt_missing"),
        ("state=state-1&code=c1&iss=https://evil.test", "issuer_mismatch"),
        ("state=state-1&error=access_denied&error_description=<b>", "provider_refused"),
        ("state=%zz", "bad_request"),
    ],
)
def test_a_posted_answer_is_checked_as_one_in_the_query(body: str, code: str) -> None:
    kit = Kit()
    made, response = posted(kit, body)
    failed(kit, made, response, code)
    assert kit.provider.redeemed == []
    assert b"<b>" not in response.body


@pytest.mark.parametrize("query", ["?code=c1", "?state=state-1", "?x=1"])
def test_an_answer_comes_in_the_body_or_the_address_never_in_both(query: str) -> None:
    kit = Kit()
    made, response = posted(kit, query=query)
    failed(kit, made, response, "duplicate_parameter")
    assert response.status == 400
    assert kit.provider.redeemed == []


@pytest.mark.parametrize("kind", ["", "text/plain", "multipart/form-data; boundary=x"])
def test_a_posted_answer_is_a_form(kind: str) -> None:
    with pytest.raises(BadRequest):
        posted(Kit(), kind=kind)


def test_a_posted_answer_that_was_used_before_goes_on_with_a_get() -> None:
    kit = Kit()
    kit.sessions.held = a_session()
    made = exchange("/oauth2/callback", "POST", content_type=FORM, cookie="session=1")
    plan = callback_of(kit, form_post=True).answer(made)
    assert isinstance(plan, ReadBody)
    response = response_of(plan.then(b"state=used&code=c1"))
    assert (response.status, field(response, "Location")) == (303, "/")


def test_a_strict_session_cookie_is_followed_by_a_page_where_a_redirect_would_lose_it() -> None:
    kit = Kit()
    made = exchange(
        "/oauth2/callback?state=state-1&code=c1", cookie="attempt=x", sec_fetch_site="cross-site"
    )
    response = response_of(callback_of(kit, is_strict=True).answer(made))
    assert (response.status, field(response, "Refresh")) == (200, "0; url=/deep?q=1")
    assert b'href="/deep?q=1"' in response.body
    assert len(cookies(response)) == 2
    of_our_site = response_of(callback_of(Kit(), is_strict=True).answer(coming_back()))
    assert of_our_site.status == 302


def test_a_fragment_that_the_browser_kept_is_put_back_by_a_page() -> None:
    kit = Kit()
    callback = callback_of(kit)
    kit.attempts.sealed[-1] = dataclasses.replace(ATTEMPT, return_url="/deep?q=1#sidegate:kept")
    response = response_of(callback.answer(coming_back()))
    assert (response.status, field(response, "Refresh")) == (200, None)
    assert b'data-onward href="/deep?q=1"' in response.body
    assert len(cookies(response)) == 2


def test_a_session_that_the_store_does_not_take_is_no_sign_in() -> None:
    kit = Kit()
    kit.sessions = sessions = SlowSessions()
    sessions.is_down = True
    response = response_of(callback_of(kit).answer(coming_back()))
    assert (response.status, field(response, "Retry-After")) == (503, "5")
    assert kit.events.heard == [("failure", "store_unavailable", "alice@example.com")]
    assert cookies(response) == ["attempt=; Max-Age=0; State=stat; Domain=app.example.com"]


@pytest.mark.parametrize("down", [False, True])
def test_a_callback_that_was_finished_before_asks_the_store_who_is_signed_in(*, down: bool) -> None:
    kit = Kit()
    kit.sessions = sessions = SlowSessions(a_session())
    sessions.is_down = down
    made = exchange("/oauth2/callback?state=gone&code=c", cookie="session=1")
    assert response_of(callback_of(kit).answer(made)).status == (503 if down else 302)


def two() -> Kit:
    kit = Kit(staff=())
    kit.attempts.opens = dataclasses.replace(ATTEMPT, provider="staff")
    return kit


def test_an_answer_is_redeemed_at_the_provider_of_its_attempt() -> None:
    kit = two()
    response = response_of(callback_of(kit).answer(coming_back(), place="/staff"))
    assert response.status == 302
    assert (kit.provider.redeemed, kit.others["staff"].redeemed) == ([], ["c1"])
    assert kit.sessions.saved[0].provider == "staff"
    assert any(line.startswith("_oauth2_proxy_provider=staff; ") for line in cookies(response))


@pytest.mark.parametrize("place", ["", "/oidc"])
def test_an_answer_at_the_callback_of_another_provider_is_refused(place: str) -> None:
    kit = two()
    response = response_of(callback_of(kit).answer(coming_back(), place=place))
    assert response.status == 403
    assert kit.events.heard[-1][:2] == ("failure", "state_mismatch")
    assert kit.sessions.saved == kit.others["staff"].redeemed == kit.provider.redeemed == []


def test_an_answer_with_the_issuer_of_another_provider_is_refused() -> None:
    kit = two()
    query = f"state=state-1&code=c1&iss={ISSUER}"
    response = response_of(callback_of(kit).answer(coming_back(query), place="/staff"))
    assert response.status == 403
    assert kit.events.heard[-1][:2] == ("failure", "issuer_mismatch")
    assert kit.others["staff"].redeemed == []


def test_an_attempt_at_a_provider_that_is_gone_is_refused() -> None:
    kit = Kit()
    kit.attempts.opens = dataclasses.replace(ATTEMPT, provider="gone")
    assert response_of(callback_of(kit).answer(coming_back())).status == 403


def test_each_provider_has_its_callback_and_its_methods() -> None:
    rows = [row[:2] for row in callback_of(Kit(staff=()), form_post=True).rows()]
    assert rows == [("", (b"GET", b"POST")), ("/staff", (b"GET",))]


def test_one_provider_is_no_choice_to_remember() -> None:
    response = response_of(callback_of(Kit()).answer(coming_back()))
    assert not any("_provider=" in line for line in cookies(response))
