"""The page that asks to sign in, and its shortcut."""

import pytest

from sidegate.login.sign_in_page import SignInPage
from tests.unit.login.fakes import Kit, cookies, exchange, field
from tests.unit.login.test_start import start_of


def page_of(kit: Kit, *, skips: bool = False) -> SignInPage:
    return SignInPage(
        start=start_of(kit),
        loops=kit.loops,
        sessions=kit.sessions,
        returns=kit.returns,
        pages=kit.pages,
        skip_provider_button=skips,
    )


def test_the_page_links_to_the_start_and_ends_the_old_session() -> None:
    made = exchange("/oauth2/sign_in?rd=/x%3Fa=%22b", cookie="session=1")
    response = page_of(Kit()).answer(made)
    assert response.status == 200
    assert b"<title>Sign In</title>" in response.body
    assert b'href="/oauth2/start?rd=/"' in response.body  # a quote is not valid in an address
    assert cookies(response) == ["session=; Max-Age=0; Domain=app.example.com"]


def test_another_site_cannot_end_a_session_through_the_page() -> None:
    made = exchange(
        "/oauth2/sign_in",
        cookie="session=1",
        sec_fetch_site="cross-site",
        sec_fetch_mode="navigate",
    )
    assert cookies(page_of(Kit()).answer(made)) == []


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
