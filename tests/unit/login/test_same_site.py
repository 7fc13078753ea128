"""What the browser says about who sent it here is read narrowly."""

import pytest

from sidegate.login.ports import asker_of
from sidegate.login.same_site import is_own_navigation, is_own_post, is_sent_from_another_site
from tests.unit.login.fakes import exchange

OLD_BROWSER = "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko"


@pytest.mark.parametrize("site", ["same-origin", "same-site", "none"])
def test_only_a_navigation_counts_as_going_there(site: str) -> None:
    assert is_own_navigation(exchange(sec_fetch_site=site, sec_fetch_mode="navigate").head)
    assert not is_own_navigation(exchange(sec_fetch_site=site, sec_fetch_mode="cors").head)
    assert not is_own_navigation(exchange(sec_fetch_site=site).head)


def test_what_a_browser_fetches_ahead_is_no_going_there() -> None:
    ahead = {"sec_fetch_site": "same-origin", "sec_fetch_mode": "navigate"}
    assert not is_own_navigation(exchange(**ahead, sec_purpose="prefetch").head)
    assert not is_own_navigation(exchange(purpose="prefetch", user_agent=OLD_BROWSER).head)


def test_a_navigation_of_a_browser_that_tells_nothing_is_believed() -> None:
    assert is_own_navigation(exchange(user_agent=OLD_BROWSER).head)


def test_a_program_may_post_and_an_old_browser_needs_the_token_of_a_form() -> None:
    program, browser = exchange(user_agent="curl/8.9"), exchange(user_agent=OLD_BROWSER)
    assert is_own_post(program.head, asker_of(program))
    assert not is_own_post(browser.head, asker_of(browser))
    assert is_own_post(browser.head, asker_of(browser), has_token=True)


@pytest.mark.parametrize("fields", [{"origin": "null"}, {"sec_fetch_site": "none"}])
def test_where_no_origin_is_named_the_token_decides(fields: dict[str, str]) -> None:
    made = exchange(**fields)
    assert not is_own_post(made.head, asker_of(made))
    assert is_own_post(made.head, asker_of(made), has_token=True)


@pytest.mark.parametrize(
    "fields",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "nonsense"},
        {"origin": "https://evil.test"},
        {"origin": ""},
        {"sec_fetch_site": "none", "origin": "https://evil.test"},
    ],
)
def test_a_token_does_not_open_what_a_browser_says_is_foreign(fields: dict[str, str]) -> None:
    made = exchange(**fields)
    assert not is_own_post(made.head, asker_of(made), has_token=True)


def test_fetch_metadata_counts_before_the_origin() -> None:
    made = exchange(sec_fetch_site="cross-site", origin="https://app.example.com")
    assert not is_own_post(made.head, asker_of(made))


@pytest.mark.parametrize(
    ("origin", "own"),
    [
        ("https://app.example.com", True),
        ("https://app.example.com:443", True),
        ("https://app.example.com:80", False),
        ("https://example.com", False),
        ("http://app.example.com", False),
        ("null", False),
    ],
)
def test_the_origin_must_be_ours_to_the_letter(origin: str, *, own: bool) -> None:
    made = exchange(origin=origin)
    assert is_own_post(made.head, asker_of(made)) is own


@pytest.mark.parametrize(
    ("fields", "foreign"),
    [
        ({"sec_fetch_site": "cross-site"}, True),
        ({"sec_fetch_site": "same-site"}, False),
        ({"sec_fetch_site": "none"}, False),
        ({"user_agent": OLD_BROWSER}, True),
        ({"user_agent": "curl/8.9"}, False),
        ({}, False),
    ],
)
def test_what_may_come_from_another_site_is_known(fields: dict[str, str], *, foreign: bool) -> None:
    assert is_sent_from_another_site(exchange(**fields).head) is foreign
