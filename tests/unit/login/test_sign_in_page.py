"""The page that asks to sign in, and its shortcut."""

from typing import Any

import pytest

from sidegate.core.errors import SignInError, TooManyAttempts, WrongPassword
from sidegate.core.messages import Exchange, Plan, Respond
from sidegate.login.form import Form
from sidegate.login.sign_in_page import Again, SignInPage
from sidegate.pages import answers
from tests.unit.login.fakes import Kit, a_session, cookies, exchange, field, posted, response_of
from tests.unit.login.slow import SlowSessions
from tests.unit.login.test_start import start_of

FORM = "application/x-www-form-urlencoded"


def page_of(kit: Kit, *, skips: bool = False, **more: Any) -> SignInPage:
    return SignInPage(
        providers=kit.providers,
        choice=kit.choice,
        start=start_of(kit),
        loops=kit.loops,
        sessions=kit.sessions,
        returns=kit.returns,
        pages=kit.pages,
        failures=kit.failures,
        skip_provider_button=skips,
        **more,
    )


def with_passwords(
    kit: Kit, error: SignInError | None = None, *, skips: bool = False
) -> SignInPage:
    """Return the page of a gate with users, where every form ends with this error."""

    def by_password(made: Exchange, form: Form, return_url: str, again: Again) -> Plan:
        assert made.asker
        if error is not None:
            return Respond(again(error))
        return Respond(answers.text(200, f"{form.first('username')} to {return_url}"))

    token = lambda _: ("token-1", ["visitor=1"])  # noqa: E731 - short
    return page_of(kit, skips=skips, by_password=by_password, form_token=token)


def test_the_page_links_to_the_start_and_ends_the_old_session() -> None:
    made = exchange("/oauth2/sign_in?rd=/x%3Fa=%22b", cookie="session=1")
    response = response_of(page_of(Kit()).answer(made))
    assert response.status == 200
    assert b"<title>Sign In</title>" in response.body
    assert b'href="/oauth2/start?rd=/x%3Fa%3D%2522b"' in response.body  # a quote has to be encoded
    assert cookies(response) == ["session=; Max-Age=0; Domain=app.example.com"]


def test_another_site_cannot_end_a_session_through_the_page() -> None:
    made = exchange(
        "/oauth2/sign_in",
        cookie="session=1",
        sec_fetch_site="cross-site",
        sec_fetch_mode="navigate",
    )
    assert cookies(response_of(page_of(Kit()).answer(made))) == []


@pytest.mark.parametrize(
    ("target", "rd"),
    [
        ("/report?year=2026&m=1", "/report%3Fyear%3D2026%26m%3D1"),
        ("/?q=%zz", "/%3Fq%3D%25zz"),
        ("//evil.test/x", "/"),
        ("/oauth2/unknown", "/"),
    ],
)
def test_a_browser_that_is_turned_away_comes_back_to_what_it_asked_for(
    target: str, rd: str
) -> None:
    response = page_of(Kit()).turn_away(exchange(target, cookie="session=1"))
    assert response.status == 403
    assert f'href="/oauth2/start?rd={rd}"'.encode() in response.body
    assert cookies(response) == []


def test_without_the_button_the_browser_goes_straight_to_the_provider() -> None:
    kit = Kit()
    response = page_of(kit, skips=True).turn_away(exchange("/report"))
    assert response.status == 302
    assert (field(response, "Location") or "").startswith("https://idp.test/auth")
    assert kit.attempts.sealed[0].return_url == "/report"


# With a file of users


def test_the_page_has_a_form_bound_to_this_browser() -> None:
    for response in (
        response_of(with_passwords(Kit()).answer(exchange("/oauth2/sign_in?rd=/report"))),
        with_passwords(Kit()).turn_away(exchange("/report")),
    ):
        assert b'<form method="post" action="/oauth2/sign_in">' in response.body
        assert b'name="token" value="token-1"' in response.body
        assert b'name="rd" value="/report"' in response.body
        assert b'href="/oauth2/start?rd=/report"' in response.body
        assert "visitor=1" in cookies(response)


def test_a_posted_form_signs_in_and_its_return_address_counts_before_the_query() -> None:
    plan = with_passwords(Kit()).answer(exchange("/oauth2/sign_in?rd=/query", "POST", length=9))
    assert response_of(plan).body == b"None to /query"
    form = exchange("/oauth2/sign_in?rd=/query", "POST", length=9, content_type=FORM)
    response = posted(with_passwords(Kit()).answer(form), b"username=u1&rd=/body")
    assert response.body == b"u1 to /body"
    response = posted(with_passwords(Kit()).answer(form), b"username=u1&rd=https://evil.test/")
    assert response.body == b"u1 to /"


def test_without_a_file_a_posted_form_shows_the_page() -> None:
    form = exchange("/oauth2/sign_in", "POST", length=9, content_type=FORM)
    response = posted(page_of(Kit()).answer(form), b"username=u1&password=p1&rd=/report")
    assert response.status == 200
    assert b'href="/oauth2/start?rd=/report"' in response.body


def test_a_refused_form_comes_again_with_the_reason_and_the_session_stays() -> None:
    kit = Kit()
    form = exchange("/oauth2/sign_in", "POST", length=9, content_type=FORM, cookie="session=1")
    response = posted(with_passwords(kit, WrongPassword("x")).answer(form), b"rd=/report")
    assert response.status == 401
    assert b"<title>Sign In</title>" in response.body
    assert WrongPassword.public.encode() in response.body
    assert b'name="rd" value="/report"' in response.body
    assert cookies(response) == ["visitor=1"]
    assert field(response, "Retry-After") is None


def test_somebody_who_has_to_wait_is_told_how_long() -> None:
    page = with_passwords(Kit(), TooManyAttempts("x", 12))
    form = exchange("/oauth2/sign_in", "POST", length=9, content_type=FORM)
    response = posted(page.answer(form), b"")
    assert (response.status, field(response, "Retry-After")) == (429, "12")


def test_without_the_button_a_refused_form_still_comes_again() -> None:
    page = with_passwords(Kit(), WrongPassword("x"), skips=True)
    form = exchange("/oauth2/sign_in", "POST", length=9, content_type=FORM)
    assert posted(page.answer(form), b"").status == 401
    assert response_of(page.answer(exchange("/oauth2/sign_in"))).status == 302


def test_the_page_says_so_when_the_store_does_not_end_the_old_session() -> None:
    kit = Kit()
    kit.sessions = sessions = SlowSessions(a_session())
    sessions.is_down = True
    response = response_of(page_of(kit).answer(exchange("/oauth2/sign_in", cookie="session=1")))
    assert (response.status, cookies(response)) == (503, [])
    sessions.is_down = False
    response = response_of(page_of(kit).answer(exchange("/oauth2/sign_in", cookie="session=1")))
    assert (response.status, sessions.held) == (200, None)


# A form of somebody who is not signed in any more

SENT = {
    "sec_fetch_mode": "navigate",
    "sec_fetch_dest": "document",
    "origin": "https://app.example.com",
}


@pytest.mark.parametrize("skips", [False, True])
@pytest.mark.parametrize("fields", [SENT, {"user_agent": "Mozilla/5.0"}])
def test_whose_form_did_not_arrive_signs_in_beside_it_and_comes_back_to_the_page(
    fields: dict[str, str], *, skips: bool
) -> None:
    referer = "https://app.example.com/edit?id=7"
    made = exchange("/save", "POST", referer=referer, **fields)
    response = page_of(Kit(), skips=skips).turn_away(made)
    assert response.status == 403
    assert b"<h1>Your form was not sent</h1>" in response.body
    assert b'href="/oauth2/sign_in?rd=/edit%3Fid%3D7" target="_blank"' in response.body
    assert b'href="/oauth2/start?rd=/edit%3Fid%3D7"' in response.body


def test_nobody_is_sent_back_to_a_page_that_is_not_known() -> None:
    response = page_of(Kit()).turn_away(exchange("/save", "POST", **SENT))
    assert b'href="/oauth2/start?rd=/"' in response.body


@pytest.mark.parametrize(
    "fields",
    [
        {**SENT, "origin": "https://evil.test"},
        {**SENT, "sec_fetch_site": "cross-site"},
        {**SENT, "sec_fetch_site": "same-site"},
    ],
)
def test_nobody_is_told_how_to_send_again_what_another_site_sent(fields: dict[str, str]) -> None:
    response = page_of(Kit()).turn_away(exchange("/save", "POST", **fields))
    assert b"<h1>Sign in</h1>" in response.body


def test_a_program_that_posts_is_answered_as_ever() -> None:
    response = page_of(Kit()).turn_away(exchange("/save", "DELETE"))
    assert b"<h1>Sign in</h1>" in response.body
    assert b'href="/oauth2/start?rd=/save"' in response.body


# The fragment of an address

SHOWN = {"sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}


def test_without_the_button_a_document_passes_a_page_that_keeps_the_fragment() -> None:
    kit = Kit()
    response = page_of(kit, skips=True).turn_away(exchange("/report?y=1", **SHOWN))
    assert response.status == 403
    assert b'data-start href="/oauth2/start?rd=/report%3Fy%3D1"' in response.body
    assert b"sessionStorage" in response.body
    assert cookies(response) == []
    assert kit.events.heard == []


def test_whoever_does_not_say_to_be_a_document_goes_straight_on() -> None:
    for fields in ({}, {**SHOWN, "sec_fetch_dest": "iframe"}):
        response = page_of(Kit(), skips=True).turn_away(exchange("/report", **fields))
        assert response.status == 302


@pytest.mark.parametrize("field_of", [{}, {"sec_fetch_site": "same-origin"}])
def test_the_address_for_a_call_leads_back_to_its_page(field_of: dict[str, str]) -> None:
    page = page_of(Kit())
    sign_in = "https://app.example.com/oauth2/sign_in"
    assert page.address_for(exchange("/api", **field_of)) == sign_in
    with_page = exchange("/api", referer="https://app.example.com/a#b", **field_of)
    assert page.address_for(with_page) == f"{sign_in}?rd=/a%23b"


# Several providers


def several() -> Kit:
    return Kit(corp=("corp.test",), staff=())


LAST = "_oauth2_proxy_provider=staff"


def test_there_is_a_button_for_each_provider_and_the_last_one_comes_first() -> None:
    response = response_of(
        page_of(several()).answer(exchange("/oauth2/sign_in?rd=/x", cookie=LAST))
    )
    places = [response.body.index(b"/start/%s?rd=/x" % one) for one in (b"staff", b"oidc", b"corp")]
    assert places == sorted(places)


def test_without_a_page_somebody_who_is_turned_away_goes_where_they_signed_in_last() -> None:
    kit = several()
    response = page_of(kit, skips=True).turn_away(exchange("/deep", cookie=LAST))
    assert (response.status, kit.attempts.sealed[0].provider) == (302, "staff")
    assert kit.attempts.sealed[0].return_url == "/deep"


def test_without_a_page_and_without_a_last_time_they_choose() -> None:
    response = page_of(several(), skips=True).turn_away(exchange("/deep"))
    assert response.status == 403
    assert b"/oauth2/start/corp?rd=/deep" in response.body


def test_who_asks_for_the_page_may_choose_anew() -> None:
    made = exchange("/oauth2/sign_in", cookie=LAST)
    assert response_of(page_of(several(), skips=True).answer(made)).status == 200


@pytest.mark.parametrize("query", ["provider=corp", "login_hint=al@corp.test"])
def test_the_page_is_left_out_for_whoever_names_a_provider(query: str) -> None:
    kit = several()
    made = exchange(f"/oauth2/sign_in?rd=/x&{query}", cookie="session=1")
    response = response_of(page_of(kit).answer(made))
    assert (response.status, kit.attempts.sealed[0].provider) == (302, "corp")
    assert "session=; Max-Age=0; Domain=app.example.com" in cookies(response)


def test_the_query_of_an_application_names_no_provider() -> None:
    kit = several()
    made = exchange("/deep?provider=corp&login_hint=al@corp.test")
    assert page_of(kit).turn_away(made).status == 403
    assert kit.attempts.sealed == []


def test_a_document_passes_the_page_that_keeps_the_fragment_on_its_way_to_the_last_one() -> None:
    made = exchange("/deep", cookie=LAST, **SHOWN)
    response = page_of(several(), skips=True).turn_away(made)
    assert response.status == 403
    assert b'data-start href="/oauth2/start/staff?rd=/deep"' in response.body
