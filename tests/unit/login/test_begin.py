"""Where a sign-in begins: at the only provider, at the one that is meant, or with a question."""

import pytest

from sidegate.core.messages import Response
from sidegate.login.begin import UNKNOWN, Begin
from tests.unit.login.fakes import Kit, cookies, exchange, field, posted, response_of
from tests.unit.login.test_sign_in_page import page_of
from tests.unit.login.test_start import start_of

FORM = "application/x-www-form-urlencoded"


def begin_of(kit: Kit) -> Begin:
    return Begin(
        providers=kit.providers,
        choice=kit.choice,
        start=start_of(kit),
        page=page_of(kit),
        returns=kit.returns,
        failures=kit.failures,
    )


def several() -> Kit:
    return Kit(corp=("corp.test",), staff=(".staff.test", "*.example.org"))


def asked(kit: Kit, query: str = "") -> Response:
    return response_of(begin_of(kit).answer(exchange(f"/oauth2/start{query}")))


def sends(kit: Kit, body: str) -> Response:
    made = exchange("/oauth2/start", "POST", length=len(body), content_type=FORM)
    return posted(begin_of(kit).answer(made), body.encode())


def test_the_only_provider_needs_no_question() -> None:
    kit = Kit()
    response = asked(kit, "?rd=/deep&provider=other")
    assert response.status == 302
    assert (kit.attempts.sealed[0].provider, kit.attempts.sealed[0].return_url) == ("oidc", "/deep")


def test_a_foreign_rd_is_not_where_the_sign_in_ends() -> None:
    kit = Kit()
    asked(kit, "?rd=https://evil.test/")
    assert kit.attempts.sealed[0].return_url == "/"


def test_a_broken_query_is_refused() -> None:
    assert asked(Kit(), "?rd=%zz").status == 400


@pytest.mark.parametrize("query", ["", "?provider=x", "?provider=", "?login_hint=a@else.test"])
def test_of_several_somebody_is_asked(query: str) -> None:
    kit = several()
    response = asked(kit, query)
    assert (response.status, kit.attempts.sealed) == (200, [])
    for one in ("oidc", "corp", "staff"):
        assert f'href="/oauth2/start/{one}?rd=/'.encode() in response.body


@pytest.mark.parametrize(
    ("query", "provider"),
    [
        ("?provider=staff", "staff"),
        ("?provider=staff&login_hint=al@corp.test", "staff"),
        ("?login_hint=al@corp.test", "corp"),
        ("?login_hint=al@deep.Staff.test", "staff"),
        ("?login_hint=al@example.org", "staff"),
    ],
)
def test_a_query_that_names_one_goes_straight_on(query: str, provider: str) -> None:
    kit = several()
    location = field(asked(kit, f"{query}&rd=/x"), "Location") or ""
    assert location.startswith(f"https://{provider}.test/auth?")
    (attempt,) = kit.attempts.sealed
    assert (attempt.provider, attempt.return_url) == (provider, "/x")
    assert attempt.redirect_uri == f"https://app.example.com/oauth2/callback/{provider}"


def test_every_provider_has_an_address_of_its_own() -> None:
    kit = several()
    starts = dict(begin_of(kit).by_id())
    assert list(starts) == ["oidc", "corp", "staff"]
    response = response_of(starts["corp"](exchange("/oauth2/start/corp?rd=/x&login_hint=al")))
    assert (field(response, "Location") or "").endswith("&login_hint=al")
    assert kit.attempts.sealed[0].return_url == "/x"


@pytest.mark.parametrize("hint", ["a%0d%0ab", "%00", "a" * 321, "%e2%80%ae"])
def test_a_hint_that_cannot_be_a_name_goes_nowhere(hint: str) -> None:
    location = field(asked(Kit(), f"?login_hint={hint}"), "Location") or ""
    assert "login_hint" not in location
    assert location


def test_an_address_on_the_page_leads_to_its_provider() -> None:
    kit = several()
    response = sends(kit, "email=+Al%40corp.test+&rd=/x")
    assert response.status == 200
    refresh = field(response, "Refresh") or ""
    assert refresh.startswith("0; url=https://corp.test/auth?")
    assert refresh.endswith("&login_hint=Al@corp.test")
    assert cookies(response) == ["attempt=sealed; Domain=app.example.com"]
    assert kit.attempts.sealed[0].return_url == "/x"


@pytest.mark.parametrize("written", ["al%40else.test", "@corp.test", "corp.test", ""])
def test_an_address_that_leads_nowhere_is_told_on_the_page(written: str) -> None:
    kit = several()
    response = sends(kit, f"email={written}&rd=/x")
    assert UNKNOWN.encode() in response.body
    assert b'name="rd" value="/x"' in response.body
    assert kit.attempts.sealed == []


def test_no_address_is_asked_for_where_none_leads_anywhere() -> None:
    assert b'name="email"' not in asked(Kit(corp=())).body
    assert b'name="email"' in asked(several()).body


def test_the_hint_stays_on_the_page() -> None:
    assert (
        b'/oauth2/start/corp?rd=/&amp;login_hint=al"'
        in asked(several(), "?login_hint=al&rd=/").body
    )
