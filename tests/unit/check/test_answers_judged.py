"""What a gate answers says what is wrong with it."""

import pytest

from sidegate.check.answers_judged import (
    Answer,
    of_gate,
    of_metrics,
    of_page,
    of_plain,
    of_start,
)

URL = "https://app.test/"
CALLBACK = "https://app.test/oauth2/callback"
PROVIDER = (
    "https://login.test/authorize?redirect_uri=https%3A%2F%2Fapp.test%2Foauth2%2Fcallback"
    "&code_challenge_method=S256&state=x"
)
COOKIE = "_csrf=x; Path=/; HttpOnly; Secure; SameSite=Lax"


def start(location: str = PROVIDER, cookie: str = COOKIE, status: int = 302) -> set[str]:
    answer = Answer(status, [("location", location), ("set-cookie", cookie)])
    return {one.id for one in of_start(URL, answer, CALLBACK)}


def test_a_sign_in_as_it_should_be():
    assert start() == set()


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"location": PROVIDER.replace("https%3A", "http%3A")}, "live-callback"),
        ({"location": PROVIDER.replace("app.test", "10.0.0.1")}, "live-callback"),
        ({"location": PROVIDER.replace("S256", "plain")}, "live-no-pkce"),
        ({"location": "/oauth2/sign_in"}, "live-no-sign-in"),
        ({"status": 200}, "live-no-sign-in"),
        ({"cookie": COOKIE.replace("; Secure", "")}, "live-cookie"),
        ({"cookie": COOKIE.replace("HttpOnly", "httponlyish")}, "live-cookie"),
        ({"cookie": COOKIE.replace("; SameSite=Lax", "")}, "live-cookie"),
    ],
)
def test_a_sign_in_that_is_not(given, found):
    assert start(**given) == {found}


def test_other_answers():
    strict = Answer(302, [("strict-transport-security", "max-age=1")])
    assert list(of_page(URL, strict)) == []
    assert [one.id for one in of_page(URL, Answer(302, []))] == ["live-no-hsts"]
    assert list(of_page("http://app.test/", Answer(302, []))) == []
    assert list(of_gate(URL, Answer(401, []))) == []
    assert [one.id for one in of_gate(URL, Answer(202, []))] == ["live-no-gate"]
    assert list(of_metrics(URL, Answer(200, [], b"<html>"))) == []
    assert list(of_metrics(URL, Answer(403, [], b"# HELP"))) == []
    assert [one.id for one in of_metrics(URL, Answer(200, [], b"# HELP a"))] == [
        "live-metrics-public"
    ]


@pytest.mark.parametrize(
    ("status", "location", "count"),
    [(301, "https://app.test/", 0), (404, "", 0), (200, "", 1), (302, "http://app.test/x", 1)],
)
def test_plain_http_may_only_lead_to_https(status, location, count):
    assert len(list(of_plain(URL, Answer(status, [("location", location)])))) == count
