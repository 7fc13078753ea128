"""Which cookies are the gate's own, and what is done with them whatever they carry."""

import pytest

from sidegate.stores.session_cookies import SessionCookies, is_theirs
from tests.unit.stores.kit import HOST, RING, Jar, bound, session, settings

COOKIES = SessionCookies(settings(), bound(RING.sealer("anything")))


def test_what_was_written_opens_and_nothing_else_does() -> None:
    jar = Jar()
    jar.take(COOKIES.write(b"ticket", "oidc", HOST, None, 60))
    assert COOKIES.open(jar.header) == [(b"ticket", {"oidc"})]
    assert COOKIES.open(b"x=1; _oauth2_proxy=ticket") == []
    assert SessionCookies(settings(), bound(RING.sealer("another"))).open(jar.header) == []


def test_a_session_is_of_its_provider_or_of_the_file_of_users() -> None:
    providers = frozenset({"oidc"})
    assert is_theirs(session(), providers)
    assert is_theirs(session(provider="htpasswd:1"), providers)
    assert not is_theirs(session(provider="other"), providers)


def test_only_pairs_with_our_name_are_a_key() -> None:
    assert COOKIES.ours(b"a=1; _oauth2_proxy=x; b=2;_oauth2_proxy_0=y") == (
        b" _oauth2_proxy=x;_oauth2_proxy_0=y"
    )
    assert COOKIES.ours(b"a=1") is None
    assert COOKIES.ours(None) is None


def test_only_cookies_of_the_application_are_left_for_it() -> None:
    assert COOKIES.strip(b"a=1; _oauth2_proxy=x; b=2; _oauth2_proxy_form=v") == b"a=1; b=2"
    assert COOKIES.strip(b"_oauth2_proxy_0=x") is None


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        (b"_oauth2_proxy", True),
        (b"_oauth2_proxy_0", True),
        (b"_oauth2_proxy_7", True),
        (b"_oauth2_proxy_aB3-_xyZ_csrf", True),
        (b"_oauth2_proxy_form", True),
        (b"_oauth2_proxy_rounds", True),
        (b"_oauth2_proxy_8", False),
        (b"_oauth2_proxy_forms", False),
        (b"_oauth2_proxy_00", False),
        (b"_oauth2_proxy_", False),
        (b"_oauth2_proxy2", False),
        (b"x_oauth2_proxy", False),
        (b"_OAUTH2_PROXY", False),
        (b"_oauth2_proxy_aB3-_xy_csrf", False),
        (b"_oauth2_proxy_aB3-_xy._csrf", False),
        (b"_oauth2_proxy_aB3-_xyZ_csrf2", False),
        (b"", False),
    ],
)
def test_only_exactly_our_names_are_ours(name: bytes, *, ours: bool) -> None:
    assert COOKIES.is_ours(name) is ours


@pytest.mark.parametrize("name", ["_oauth2_proxy_8", "_oauth2_proxy_10", "_oauth2_proxy_00"])
def test_pieces_that_oauth2_proxy_left_are_cleared_with_ours(name: str) -> None:
    cleared = COOKIES.clear_present(HOST, f"a=1; {name}=x; _oauth2_proxy_1=y".encode())
    assert [line.partition("=")[0] for line in cleared] == [name, "_oauth2_proxy_1"]


@pytest.mark.parametrize("name", ["_oauth2_proxy_100", "_oauth2_proxy_x", "_oauth2_proxy_", "10"])
def test_a_cookie_of_the_application_is_never_cleared(name: str) -> None:
    assert COOKIES.clear_present(HOST, f"{name}=x".encode()) == []
