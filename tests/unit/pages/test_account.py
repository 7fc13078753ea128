"""What somebody sees about themselves: all of it, as text, and nothing that opens anything."""

from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType

import pytest

from sidegate.core.account import REDIS, Held, Place
from sidegate.core.identity import Identity, Session, Tokens
from sidegate.core.messages import Response
from sidegate.core.secret import Secret
from sidegate.pages.account import AccountPages, FormTokensOfPage
from sidegate.pages.render import Pages
from tests.unit.pages.test_render import EVIL, Outline, fields

HOST = "app.example.com"
TOKENS = FormTokensOfPage("token-out", "token-page")
WHO = Identity(
    "sub-1", "a@example.com", "al", ("g1", "g2"), MappingProxyType({"team": ("red", "blue")})
)
CANARIES = ("canary-access", "canary-id", "canary-refresh", "canary-sid", "canary-session")
SESSION = Session(
    CANARIES[4],
    "oidc",
    WHO,
    Tokens(Secret(CANARIES[0]), Secret(CANARIES[1]), Secret(CANARIES[2])),
    0.0,
    60.0,
    86400.0,
    provider_session_id=CANARIES[3],
    idle_until=3600.0,
)
PLACES = (
    Place("n1", 0.0, 0.0, 86400.0, 120.0, "Firefox, Linux", is_this=True),
    Place("n2", 30.0, 0.0, 90000.0),
)
PAGES = AccountPages(Pages("/oauth2"), "/oauth2")


def shown(held: Held, pages: AccountPages = PAGES, said: str = "") -> str:
    return pages.account(held, HOST, TOKENS, said=said).body.decode()


def facts(page: str) -> dict[str, str]:
    rows = (row.split("</dd>")[0] for row in page.split("<dt>")[1:])
    return dict(row.split("</dt><dd>") for row in rows)


def test_who_it_is_and_until_when_is_shown() -> None:
    found = facts(shown(Held(SESSION, "Example ID")))
    assert found == {
        "Name at the provider": "sub-1",
        "Email address": "a@example.com",
        "User name": "al",
        "Groups": "g1, g2",
        "team": "red, blue",
        "Signed in with": "Example ID",
        "Signed in": '<time datetime="1970-01-01T00:00:00Z">1970-01-01 00:00 UTC</time>',
        "Last confirmed by the provider": '<time datetime="1970-01-01T00:01:00Z">'
        "1970-01-01 00:01 UTC</time>",
        "Ends if unused": '<time datetime="1970-01-01T01:00:00Z">1970-01-01 01:00 UTC</time>',
        "Ends in any case": '<time datetime="1970-01-02T00:00:00Z">1970-01-02 00:00 UTC</time>',
        "Kept in": "cookies of this browser, encrypted, and nowhere else",
        "Tokens of the provider": "access token, ID token, refresh token "
        "(encrypted, and shown to nobody)",
        "Session at the provider": "its name is kept, so that the provider can end this session",
    }


def test_what_is_not_held_is_not_shown() -> None:
    session = Session("id", "oidc", Identity("sub-1"), Tokens(), 0.0, 0.0, 1.0)
    found = facts(shown(Held(session, "Example ID")))
    assert list(found) == [
        "Name at the provider",
        "Signed in with",
        "Signed in",
        "Last confirmed by the provider",
        "Ends in any case",
        "Kept in",
        "Tokens of the provider",
    ]
    assert found["Tokens of the provider"] == "none"


def test_where_only_browsers_know_that_is_said() -> None:
    page = shown(Held(SESSION, "Example ID"))
    assert "nobody here knows where else you are signed in" in page
    assert "End this session" not in page


def test_every_session_but_this_one_can_be_ended() -> None:
    session = replace(SESSION, device="Firefox, Linux")
    page = shown(Held(session, "Example ID", REDIS, PLACES))
    assert page.count('value="end"') == 1
    assert '<input type="hidden" name="session" value="n2">' in page
    assert 'aria-describedby="n2"' in page
    assert '<p id="n2">' in page
    assert "<strong>Firefox, Linux</strong> (this browser)" in page
    assert "<strong>A browser</strong>" in page
    assert page.count("or a little later") == 1
    assert "There are more" not in page
    assert facts(page)["Browser"] == "Firefox, Linux"
    assert "There are more" in shown(Held(session, "Example ID", REDIS, PLACES, has_more=True))


def test_what_became_of_it_is_said_to_screen_readers_too() -> None:
    page = shown(Held(SESSION, "Example ID"), said="That session has ended.")
    assert '<p class="banner" role="status">That session has ended.</p>' in page
    assert 'role="status"' not in shown(Held(SESSION, "Example ID"))


def test_signing_out_goes_where_it_always_goes() -> None:
    page = shown(Held(SESSION, "Example ID"))
    form = page.split('<form method="post" action="/oauth2/sign_out">')[1].split("</form>")[0]
    assert 'value="token-out"' in form
    assert 'name="everywhere"' in form


@pytest.mark.parametrize(
    ("pages", "there", "missing"),
    [
        (AccountPages(Pages("/x"), "/x"), "ask whoever looks after", "Ask for erasure"),
        (
            AccountPages(Pages("/x"), "/x", erasure_link="mailto:a@b.test"),
            '<a href="mailto:a@b.test">Ask for erasure</a>',
            'value="ask"',
        ),
        (
            AccountPages(Pages("/x"), "/x", takes_requests=True),
            '<button class="quiet" name="do" value="ask">Ask for erasure</button>',
            "mailto",
        ),
    ],
)
def test_erasure_is_asked_for_as_the_site_has_it(
    pages: AccountPages, there: str, missing: str
) -> None:
    page = shown(Held(SESSION, "Example ID"), pages)
    assert there in page
    assert missing not in page


def every_page(text: str) -> Iterable[Response]:
    pages = AccountPages(Pages("/oauth2"), "/oauth2", takes_requests=True)
    who = Identity(text, text, text, (text,), MappingProxyType({text: (text,)}))
    places = [replace(place, device=text) for place in PLACES]
    held = Held(replace(SESSION, identity=who, device=text), text, REDIS, places, has_more=True)
    yield pages.account(held, text, TOKENS, said=text)
    yield pages.account(Held(SESSION, text), text, TOKENS)
    yield pages.ask_for_erasure(text, text, "token")
    yield pages.erasure_sent("number", text)


def test_whatever_a_provider_said_stays_text() -> None:
    for page in every_page(EVIL):
        body = page.body.decode()
        assert "<script" not in body
        assert "&lt;script&gt;" in body


@pytest.mark.parametrize("page", list(every_page(HOST)))
def test_a_page_is_well_formed_and_kept_by_nobody_and_runs_nothing(page: Response) -> None:
    outline = Outline(page.body)
    assert outline.faults == []
    assert set(outline.values("aria-describedby")) <= set(outline.values("id"))
    assert "no-store" in fields(page)["Cache-Control"]
    policy = fields(page)["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self' data:;")
    assert "form-action 'self';" in policy
    assert "script-src" not in policy
    assert page.status == 200


def test_no_page_holds_what_opens_anything() -> None:
    for page in every_page(HOST):
        for canary in CANARIES:
            assert canary not in page.body.decode()
