"""Each sign-in attempt is found by its state, once, in time, by the browser that began it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidegate.core.errors import AttemptExpired, AttemptMissing
from sidegate.core.ports import Attempt
from sidegate.core.secret import Secret
from sidegate.stores.attempts import PURPOSE, Attempts
from tests.unit.stores.kit import HOST, NOW, RING, Jar, bound, settings


def _attempts(**changes: object) -> Attempts:
    return Attempts(settings(**changes), bound(RING.sealer(PURPOSE)))


def _attempt(number: int = 1, return_url: str = "/deep?q=1", age: float = 0.0) -> Attempt:
    state = f"{number:08d}-and-the-rest"
    return Attempt(state, "nonce", Secret("v"), return_url, "https://a/cb", "oidc", NOW - age)


def test_two_tabs_sign_in_at_once() -> None:
    attempts, jar = _attempts(), Jar()
    for number in (1, 2):
        jar.take(attempts.seal_attempt(_attempt(number), HOST, jar.header))
    for number in (1, 2):
        attempt = _attempt(number)
        assert attempts.open_attempt(attempt.state, jar.header, NOW) == attempt
        jar.take(attempts.clear_attempt(attempt.state, HOST))
    assert jar.cookies == {}


def test_the_cookie_has_the_attributes_of_sign_in() -> None:
    (line,) = _attempts().seal_attempt(_attempt(), HOST, None)
    assert line.startswith("_oauth2_proxy_00000001_csrf=")
    assert line.endswith("; Path=/; Max-Age=900; HttpOnly; Secure; SameSite=Lax")
    (line,) = _attempts(cookie_csrf_samesite="none").seal_attempt(_attempt(), HOST, None)
    assert line.endswith("; SameSite=None")
    (line,) = _attempts(cookie_csrf_expire=0.0).seal_attempt(_attempt(), HOST, None)
    assert "Max-Age" not in line


def test_expired_and_missing_are_told_apart() -> None:
    attempts, jar = _attempts(), Jar()
    jar.take(attempts.seal_attempt(_attempt(), HOST, None))
    state = _attempt().state
    assert attempts.open_attempt(state, jar.header, NOW + 899)
    with pytest.raises(AttemptExpired):
        attempts.open_attempt(state, jar.header, NOW + 900)
    with pytest.raises(AttemptExpired):
        _attempts(cookie_csrf_expire=0.0).open_attempt(state, jar.header, NOW + 900)
    with pytest.raises(AttemptMissing):
        attempts.open_attempt(state, None, NOW)
    with pytest.raises(AttemptMissing):
        attempts.open_attempt("99999999", jar.header, NOW)


@pytest.mark.parametrize(("option", "longest"), [(60.0, 60), (0.0, 900), (3600.0, 3600)])
def test_an_attempt_ends_when_the_option_says_and_not_with_the_browser(
    option: float, longest: int
) -> None:
    attempts, jar = _attempts(cookie_csrf_expire=option), Jar()
    jar.take(attempts.seal_attempt(_attempt(), HOST, None))
    assert attempts.open_attempt(_attempt().state, jar.header, NOW + longest - 1)
    with pytest.raises(AttemptExpired):
        attempts.open_attempt(_attempt().state, jar.header, NOW + longest)


def test_of_two_cookies_of_one_name_the_newest_attempt_counts() -> None:
    attempts, old, new = _attempts(), Jar(), Jar()
    old.take(attempts.seal_attempt(_attempt(age=60), HOST, None))
    new.take(attempts.seal_attempt(_attempt(), HOST, None))
    for header in (old.header + b"; " + new.header, new.header + b"; " + old.header):
        assert attempts.open_attempt(_attempt().state, header, NOW) == _attempt()


@pytest.mark.parametrize(
    "name",
    [
        "_oauth2_proxy",
        "_oauth2_proxy_0000009_csrf",
        "_oauth2_proxy_000000009_csrf",
        "_oauth2_proxy_000000!9_csrf",
        "_oauth2_other_00000009_csrf",
        "_oauth2_proxy_00000009_crsf",
    ],
)
def test_what_is_no_cookie_of_an_attempt_makes_room_for_none(name: str) -> None:
    attempts, jar = _attempts(), Jar()
    jar.cookies[name] = "the application's"
    for number in range(5):
        jar.take(attempts.seal_attempt(_attempt(number), HOST, jar.header))
    assert jar.cookies[name] == "the application's"


def test_an_attempt_at_a_provider_that_is_not_configured_is_missing() -> None:
    attempts, jar = _attempts(), Jar()
    attempt = replace(_attempt(), provider="gone")
    jar.take(attempts.seal_attempt(attempt, HOST, None))
    with pytest.raises(AttemptMissing):
        attempts.open_attempt(attempt.state, jar.header, NOW)


def test_a_cookie_under_the_name_of_another_attempt_is_missing() -> None:
    attempts, jar = _attempts(), Jar()
    jar.take(attempts.seal_attempt(_attempt(1), HOST, None))
    swapped = jar.header.replace(b"00000001", b"00000002")
    with pytest.raises(AttemptMissing):
        attempts.open_attempt(_attempt(2).state, swapped, NOW)


def test_a_session_cookie_is_no_attempt() -> None:
    sealed = RING.sealer("session").seal(b"x", b"_oauth2_proxy_00000001_csrf")
    header = f"_oauth2_proxy_00000001_csrf={sealed}".encode()
    with pytest.raises(AttemptMissing):
        _attempts().open_attempt(_attempt().state, header, NOW)


@given(st.text(max_size=12), st.binary(max_size=80))
def test_any_state_and_header_is_an_attempt_or_missing(state: str, noise: bytes) -> None:
    attempts = _attempts()
    with pytest.raises(AttemptMissing):
        attempts.open_attempt(state, noise, NOW)
    assert all(line.isascii() for line in attempts.clear_attempt(state, HOST))


def test_the_oldest_attempts_make_room_for_a_new_one() -> None:
    attempts, jar = _attempts(), Jar()
    for number, age in ((1, 10.0), (2, 30.0), (3, 20.0), (4, 0.0)):
        jar.take(attempts.seal_attempt(_attempt(number, age=age), HOST, jar.header))
    assert sorted(name[14:22] for name in jar.cookies) == ["00000001", "00000003", "00000004"]


def test_an_unreadable_attempt_goes_first() -> None:
    attempts, jar = _attempts(), Jar()
    for number in (1, 2):
        jar.take(attempts.seal_attempt(_attempt(number, age=300), HOST, jar.header))
    jar.cookies["_oauth2_proxy_00000009_csrf"] = "junk"
    jar.take(attempts.seal_attempt(_attempt(3), HOST, jar.header))
    assert sorted(name[14:22] for name in jar.cookies) == ["00000001", "00000002", "00000003"]


def test_without_a_limit_nothing_is_cleared() -> None:
    attempts, jar = _attempts(cookie_csrf_per_request_limit=0), Jar()
    for number in range(20):
        jar.take(attempts.seal_attempt(_attempt(number), HOST, jar.header))
    assert len(jar.cookies) == 20


def test_a_return_address_too_long_for_a_cookie_becomes_the_root() -> None:
    attempts, jar = _attempts(), Jar()
    address = "/" + "".join(f"{number:x}-" for number in range(7000, 17000, 3))
    (line,) = attempts.seal_attempt(_attempt(return_url=address), HOST, None)
    assert len(line) <= 4093
    jar.take([line])
    assert attempts.open_attempt(_attempt().state, jar.header, NOW).return_url == "/"


def test_a_state_that_cannot_name_a_cookie_is_a_mistake_of_ours() -> None:
    broken = Attempt("a;b", "n", Secret("v"), "/", "https://a/cb", "oidc", NOW)
    with pytest.raises(ValueError, match="state"):
        _attempts().seal_attempt(broken, HOST, None)


def test_a_sign_in_cookie_that_no_key_opens_is_told_and_none_at_all_is_not() -> None:
    told: list[str] = []
    sealer = bound(RING.sealer("attempt"), b"")
    attempts, jar = Attempts(settings(), sealer, lambda: told.append("no")), Jar()
    jar.take(attempts.seal_attempt(_attempt(), HOST, None))
    state = _attempt().state
    attempts.open_attempt(state, jar.header, NOW)
    with pytest.raises(AttemptMissing):
        attempts.open_attempt(state, None, NOW)
    assert told == []
    with pytest.raises(AttemptMissing):
        attempts.open_attempt(state, jar.header[:-3] + b"xyz", NOW)
    assert told == ["no"]
