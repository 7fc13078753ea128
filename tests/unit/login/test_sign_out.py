"""Who may end a session, and where the browser goes then."""

import re
from dataclasses import replace

import pytest

from sidegate.core.errors import ProviderUnavailable
from sidegate.core.identity import Session
from sidegate.core.messages import Exchange, ReadBody, Response
from sidegate.login.sign_out import SignOut
from tests.unit.login.fakes import Kit, a_session, cookies, exchange, field, response_of
from tests.unit.login.slow import SlowSessions

CLEARED = ["session=; Max-Age=0; Domain=app.example.com"]


def kit_with_session() -> Kit:
    kit = Kit()
    kit.sessions.held = a_session()
    return kit


def sign_out_of(kit: Kit) -> SignOut:
    return SignOut(
        providers=kit.providers,
        sessions=kit.sessions,
        returns=kit.returns,
        pages=kit.pages,
        failures=kit.failures,
        loops=kit.loops,
        tokens=kit.tokens,
        clock=kit.clock,
        on_event=kit.events,
    )


def answer(kit: Kit, made: Exchange, body: bytes = b"rd=/from-body") -> Response:
    plan = sign_out_of(kit).answer(made)
    if isinstance(plan, ReadBody):
        plan = plan.then(body)
    return response_of(plan)


def asks(method: str = "GET", query: str = "", **fields: str) -> Exchange:
    return exchange(f"/oauth2/sign_out{query}", method, cookie="session=1", **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"sec_fetch_site": "same-origin", "sec_fetch_mode": "navigate"},
        {"sec_fetch_site": "same-site", "sec_fetch_mode": "navigate"},
        {"sec_fetch_site": "none", "sec_fetch_mode": "navigate"},
    ],
)
def test_a_person_who_goes_there_is_signed_out(fields: dict[str, str]) -> None:
    kit = kit_with_session()
    made = asks(**fields)
    response = answer(kit, made)
    assert (response.status, field(response, "Location")) == (302, "/")
    assert cookies(response) == CLEARED
    assert kit.events.heard == [("sign_out", "", "alice@example.com")]
    assert made.user == "alice@example.com"


@pytest.mark.parametrize(
    "fields",
    [
        {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"},
        {"sec_fetch_site": "cross-site", "sec_fetch_mode": "no-cors"},
        {"sec_fetch_site": "same-origin", "sec_fetch_mode": "no-cors"},
        {"sec_fetch_site": "same-site", "sec_fetch_mode": "no-cors"},
        {"sec_fetch_site": "nonsense", "sec_fetch_mode": "navigate"},
        {"sec_fetch_site": ""},
    ],
)
def test_another_site_gets_a_page_that_asks(fields: dict[str, str]) -> None:
    kit = kit_with_session()
    response = answer(kit, asks(query="?rd=/bye", **fields))
    assert response.status == 200
    assert cookies(response) == []
    assert kit.events.heard == []
    assert b'<form method="post" action="/oauth2/sign_out">' in response.body
    assert b'name="rd" value="/bye"' in response.body
    token = re.search(rb'name="token" value="([^"]+)"', response.body)
    assert token
    assert kit.tokens.holds(token[1].decode(), "sign_out", "sid")


def test_another_site_sees_nothing_to_end_where_nobody_is_signed_in() -> None:
    response = answer(Kit(), asks(query="?rd=/bye", sec_fetch_site="cross-site"))
    assert response.status == 200
    assert b"You are signed out" in response.body
    assert b'href="/oauth2/start?rd=/bye"' in response.body


def test_a_post_of_another_site_comes_without_cookies_and_is_asked_back_all_the_same() -> None:
    made = exchange("/oauth2/sign_out?rd=/bye", "POST", sec_fetch_site="cross-site")
    response = answer(kit_with_session(), made)
    assert (response.status, cookies(response)) == (403, [])
    assert b'name="token" value=""' in response.body


@pytest.mark.parametrize(
    "fields",
    [
        {"origin": "https://app.example.com"},
        {"origin": "https://APP.example.com:443"},
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "same-origin", "origin": "null"},
        {},
    ],
)
def test_a_post_of_our_own_origin_signs_out(fields: dict[str, str]) -> None:
    kit = kit_with_session()
    response = answer(kit, asks("POST", **fields))
    assert (response.status, cookies(response)) == (302, CLEARED)


@pytest.mark.parametrize(
    "fields",
    [
        {"origin": "https://other.example.com"},
        {"origin": "http://app.example.com"},
        {"origin": "https://app.example.com:8443"},
        {"origin": "https://app.example.com.evil.test"},
        {"origin": "null"},
        {"origin": ""},
        {"sec_fetch_site": "cross-site", "origin": "https://app.example.com"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_a_post_of_another_origin_ends_nothing(fields: dict[str, str]) -> None:
    kit = kit_with_session()
    response = answer(kit, asks("POST", **fields))
    assert (response.status, cookies(response), kit.events.heard) == (403, [], [])


def posts(kit: Kit, token: str, **fields: str) -> Response:
    """Send the form of the page that asks back, in a browser that names no origin."""
    made = exchange(
        "/oauth2/sign_out",
        "POST",
        length=1,
        cookie="session=1",
        user_agent="Mozilla/5.0",
        content_type="application/x-www-form-urlencoded",
        **fields,
    )
    return answer(kit, made, f"rd=/bye&token={token}".encode())


@pytest.mark.parametrize(
    ("query", "wanted", "leads_to"),
    [
        ("?rd=/bye", "/other", "/bye"),
        ("?rd=https://evil.test/", "/other", "/other"),
        ("", "/other", "/other"),
        ("", "https://evil.test/", "/"),
        ("", "/oauth2/sign_out", "/"),
    ],
)
def test_a_proxy_may_say_where_to_go_where_the_form_does_not(
    query: str, wanted: str, leads_to: str
) -> None:
    made = asks(query=query, x_auth_request_redirect=wanted)
    assert field(answer(kit_with_session(), made), "Location") == leads_to


@pytest.mark.parametrize("origin", [{}, {"origin": "null"}, {"sec_fetch_site": "same-origin"}])
def test_the_form_of_the_page_signs_out(origin: dict[str, str]) -> None:
    kit = kit_with_session()
    response = posts(kit, kit.tokens.make("sign_out", "sid"), **origin)
    assert (response.status, field(response, "Location")) == (302, "/bye")
    assert cookies(response) == CLEARED


@pytest.mark.parametrize("owner", ["", "of-another-session"])
def test_without_its_token_a_form_of_an_old_browser_ends_nothing(owner: str) -> None:
    kit = kit_with_session()
    response = posts(kit, kit.tokens.make("sign_out", owner))
    assert (response.status, cookies(response), kit.events.heard) == (403, [], [])


def test_a_stolen_token_is_of_no_use_to_another_site() -> None:
    kit = kit_with_session()
    response = posts(kit, kit.tokens.make("sign_out", "sid"), sec_fetch_site="cross-site")
    assert (response.status, cookies(response)) == (403, [])


def test_after_our_form_the_way_to_the_provider_is_a_page_not_a_redirect() -> None:
    kit = kit_with_session()
    kit.provider.end_session = "https://idp.test/logout"
    response = posts(kit, kit.tokens.make("sign_out", "sid"))
    there = "https://idp.test/logout?to=https://app.example.com/bye"
    assert (response.status, cookies(response)) == (200, CLEARED)
    assert field(response, "Refresh") == f"0; url={there}"
    assert f'href="{there}"'.encode() in response.body


def test_rd_of_the_body_counts_before_the_query() -> None:
    made = exchange(
        "/oauth2/sign_out?rd=/from-query",
        "POST",
        length=12,
        content_type="application/x-www-form-urlencoded; charset=utf-8",
    )
    assert field(answer(Kit(), made), "Location") == "/from-body"


@pytest.mark.parametrize(
    ("rd", "location"),
    [("/bye", "/bye"), ("https://a.example.com/", "https://a.example.com/"), ("//evil.test", "/")],
)
def test_rd_is_followed_when_it_is_valid(rd: str, location: str) -> None:
    assert field(answer(Kit(), asks(query=f"?rd={rd}")), "Location") == location


def test_the_provider_is_told_and_brings_the_person_back() -> None:
    kit = kit_with_session()
    kit.provider.end_session = "https://idp.test/logout"
    response = answer(kit, asks(query="?rd=/bye"))
    assert field(response, "Location") == ("https://idp.test/logout?to=https://app.example.com/bye")


def test_an_unknown_provider_does_not_keep_anybody_signed_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kit = kit_with_session()

    def unknown(session: Session | None, return_to: str) -> str | None:
        raise ProviderUnavailable(return_to + repr(session))

    monkeypatch.setattr(kit.provider, "end_session_url", unknown)
    response = answer(kit, asks())
    assert (field(response, "Location"), cookies(response)) == ("/", CLEARED)


def test_a_broken_query_ends_nothing() -> None:
    response = answer(kit_with_session(), asks(query="?rd=%zz"))
    assert (response.status, cookies(response)) == (400, [])


def test_nobody_is_told_that_they_are_signed_out_when_the_store_does_not_take_it() -> None:
    kit = Kit()
    kit.sessions = sessions = SlowSessions(a_session())
    sessions.is_down = True
    response = answer(kit, asks())
    assert (response.status, field(response, "Retry-After")) == (503, "5")
    assert cookies(response) == []
    assert b'href="/oauth2/sign_out"' in response.body
    assert kit.events.heard == [("failure", "store_unavailable", "")]
    sessions.is_down = False
    assert answer(kit, asks()).status == 302
    assert (sessions.held, kit.events.heard[1][0]) == (None, "sign_out")


# Everywhere


def test_a_post_of_our_own_ends_all_sessions_of_the_person() -> None:
    kit = kit_with_session()
    response = answer(kit, asks("POST", "?everywhere", sec_fetch_site="same-origin"))
    assert (response.status, cookies(response)) == (302, CLEARED)
    assert kit.sessions.ended == [("oidc", "sub-1", "")]
    assert kit.events.heard == [("sign_out_everywhere", "", "alice@example.com")]


def test_the_button_of_the_page_ends_all_of_them() -> None:
    kit = kit_with_session()
    page = answer(kit, asks(query="?everywhere", sec_fetch_site="cross-site"))
    assert b'name="everywhere" value="1"' in page.body
    response = posts(kit, kit.tokens.make("sign_out", "sid") + "&everywhere=1")
    assert (response.status, cookies(response)) == (302, CLEARED)
    assert kit.sessions.ended == [("oidc", "sub-1", "")]


def test_a_link_to_everywhere_asks_first_and_blames_nobody() -> None:
    kit = kit_with_session()
    own = {"sec_fetch_site": "same-origin", "sec_fetch_mode": "navigate"}
    response = answer(kit, asks(query="?everywhere&rd=/bye", **own))
    assert (response.status, cookies(response), kit.sessions.ended) == (200, [], [])
    assert b"Another site" not in response.body
    assert b'name="rd" value="/bye"' in response.body


def test_a_post_of_another_site_ends_nothing_anywhere() -> None:
    kit = kit_with_session()
    response = answer(kit, asks("POST", "?everywhere", sec_fetch_site="cross-site"))
    assert (response.status, kit.sessions.ended) == (403, [])


def test_nobody_is_signed_out_everywhere_when_nobody_knows_who_it_is() -> None:
    kit = Kit()
    response = answer(kit, asks("POST", "?everywhere", sec_fetch_site="same-origin"))
    assert (response.status, kit.sessions.ended, kit.events.heard) == (200, [], [])


def test_a_store_that_does_not_answer_ends_nothing_and_says_so() -> None:
    kit = Kit()
    kit.sessions = sessions = SlowSessions(a_session())
    sessions.is_down = True
    response = answer(kit, asks("POST", "?everywhere", sec_fetch_site="same-origin"))
    assert (response.status, cookies(response)) == (503, [])
    assert [kind for kind, _, _ in kit.events.heard] == ["failure"]


def test_somebody_signs_out_at_the_provider_of_their_session_and_at_no_other() -> None:
    kit = Kit(staff=())
    kit.provider.end_session, kit.others["staff"].end_session = "https://a.test", "https://b.test"
    kit.sessions.held = replace(a_session(), provider="staff")
    location = field(answer(kit, asks()), "Location") or ""
    assert location.startswith("https://b.test")


def test_nobody_knows_at_which_of_several_somebody_without_a_session_signs_out() -> None:
    kit = Kit(staff=())
    kit.provider.end_session = "https://a.test"
    made = exchange("/oauth2/sign_out", "POST")
    assert field(answer(kit, made), "Location") == "/"
