"""A page of the provider ends a session that it can name, and no other page ends anything."""

import pytest

from sidegate.core.errors import BadRequest
from sidegate.core.identity import Session, Tokens
from sidegate.core.messages import Exchange, Response
from sidegate.login.frontchannel_logout import FrontchannelLogout
from tests.unit.login.fakes import (
    ALICE,
    ISSUER,
    NOW,
    Events,
    Sessions,
    exchange,
    field,
    response_of,
)
from tests.unit.login.fakes import cookies as set_cookies
from tests.unit.login.slow import SlowSessions
from tests.unit.login.test_backchannel_logout import Provider

WHO = Session("s", "oidc", ALICE, Tokens(), NOW, NOW, NOW + 9, provider_session_id="p1")
CLEARED = ["session=; Max-Age=0; Domain=app.example.com"]
NAMED = f"?iss={ISSUER}&sid=p1"


class Stage:
    def __init__(self, sessions: Sessions, provider: Provider | None = None) -> None:
        self.sessions = sessions
        self.events = Events()
        self.logout = FrontchannelLogout(
            providers=[provider or Provider()],
            sessions=sessions,
            clock=lambda: NOW,
            on_event=self.events,
        )

    def gets(self, query: str, **fields: str) -> Response:
        made: Exchange = exchange(f"/oauth2/frontchannel-logout{query}", **fields)
        return response_of(self.logout.answer(made))


def test_the_session_that_the_browser_brings_ends_when_it_is_the_one() -> None:
    stage = Stage(Sessions(WHO))
    response = stage.gets(NAMED, cookie="session=1")
    assert (response.status, response.body, set_cookies(response)) == (200, b"", CLEARED)
    assert stage.sessions.ended == [("oidc", "", "p1")]
    assert stage.events.heard == [("frontchannel_logout", "", "")]
    assert stage.events.details == ["p1"]


def test_only_the_provider_may_show_it_in_a_frame_and_nobody_keeps_it() -> None:
    provider = Provider(issuer="https://idp.test:8443/realms/one")
    issuer = "https://idp.test:8443/realms/one"
    response = Stage(Sessions(), provider).gets(f"?iss={issuer}&sid=p1")
    policy = "default-src 'none'; frame-ancestors https://idp.test:8443"
    assert field(response, "Content-Security-Policy") == policy
    assert field(response, "X-Frame-Options") is None
    assert "no-store" in (field(response, "Cache-Control") or "")


def test_another_session_of_the_browser_goes_on() -> None:
    stage = Stage(Sessions(WHO))
    response = stage.gets(f"?iss={ISSUER}&sid=p2", cookie="session=1")
    assert (response.status, set_cookies(response), stage.sessions.ended) == (200, [], [])


def test_without_cookies_a_store_that_finds_sessions_is_asked() -> None:
    stage = Stage(Sessions())
    stage.sessions.finds_all = True
    assert stage.gets(NAMED).status == 200
    assert stage.sessions.ended == [("oidc", "", "p1")]


def test_nothing_is_remembered_of_a_name_that_anybody_may_have_made_up() -> None:
    stage = Stage(Sessions())
    assert stage.gets(NAMED).status == 200
    assert (stage.sessions.ended, stage.events.heard) == ([], [])


@pytest.mark.parametrize(
    "query", ["", "?", f"?iss={ISSUER}", "?sid=p1", f"?iss={ISSUER}&sid=", "?iss=https://x&sid=p1"]
)
def test_without_both_names_nothing_happens_and_no_frame_is_allowed(query: str) -> None:
    stage = Stage(Sessions(WHO))
    response = stage.gets(query, cookie="session=1")
    assert (response.status, stage.sessions.ended) == (400, [])
    assert field(response, "X-Frame-Options") == "DENY"


def test_a_name_that_comes_twice_is_refused() -> None:
    with pytest.raises(BadRequest):
        Stage(Sessions(WHO)).gets(f"{NAMED}&sid=p2", cookie="session=1")


def test_a_store_that_does_not_answer_is_no_success() -> None:
    sessions = SlowSessions(WHO)
    sessions.is_down = True
    response = Stage(sessions).gets(NAMED, cookie="session=1")
    assert (response.status, field(response, "Retry-After")) == (503, "5")
