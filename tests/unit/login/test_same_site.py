"""What the browser says about who sent it here is read narrowly."""

import pytest

from sidegate.login.ports import asker_of
from sidegate.login.same_site import is_own_navigation, is_own_post
from tests.unit.login.fakes import exchange


@pytest.mark.parametrize("site", ["same-origin", "same-site", "none"])
def test_only_a_navigation_counts_as_going_there(site: str) -> None:
    assert is_own_navigation(exchange(sec_fetch_site=site, sec_fetch_mode="navigate").head)
    assert not is_own_navigation(exchange(sec_fetch_site=site, sec_fetch_mode="cors").head)
    assert not is_own_navigation(exchange(sec_fetch_site=site).head)


def test_a_browser_that_tells_nothing_is_taken_at_its_word() -> None:
    made = exchange()
    assert is_own_navigation(made.head)
    assert is_own_post(made.head, asker_of(made))


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
