"""A password is checked once, and whoever fails too often waits."""

import asyncio
from collections.abc import Iterable

import msgspec
import pytest

from sidegate.config.settings import PasswordSettings
from sidegate.core.errors import SignInBusy, SignInError, TooManyAttempts, WrongPassword
from sidegate.core.identity import Identity, Session, Tokens
from sidegate.core.messages import Asker, Exchange
from sidegate.login.password_check import PasswordCheck
from tests.unit.login.fakes import NOW, Accounts, Kit, exchange

SETTINGS = PasswordSettings(
    htpasswd_file="users",
    htpasswd_user_groups=("hg",),
    htpasswd_limit_per_user=3,
    htpasswd_limit_per_address=5,
    htpasswd_limit_period=60.0,
    display_htpasswd_form=True,
)


class Desk:
    """A check, and people who come to it from addresses."""

    def __init__(self, **changes: int) -> None:
        self.kit = Kit()
        self.accounts = Accounts(u1="p1", u2="p2")
        self.now = NOW
        self.check = PasswordCheck(
            msgspec.structs.replace(SETTINGS, **changes),
            accounts=self.accounts,
            clock=lambda: self.now,
            randomness=self.kit.randomness,
            on_event=self.kit.events,
        )

    def ask(self, user: str, password: str, client: str = "192.0.2.1") -> Session | SignInError:
        return asyncio.run(self._ask(made_by(client), user, password))

    def ask_at_once(self, asked: Iterable[tuple[str, str]]) -> list[Session | SignInError]:
        async def all_of_them() -> list[Session | SignInError]:
            return await asyncio.gather(*(self._ask(made_by("192.0.2.1"), *a) for a in asked))

        return asyncio.run(all_of_them())

    async def _ask(self, made: Exchange, user: str, password: str) -> Session | SignInError:
        self.last = made
        try:
            return await self.check.session(made, user, password, 3600)
        except SignInError as error:
            return error


def made_by(client: str) -> Exchange:
    made = exchange("/oauth2/sign_in", "POST")
    made.asker = Asker(client, "https", "app.example.com", trusted=False)
    return made


def test_the_right_password_makes_a_session_without_tokens() -> None:
    desk = Desk()
    session = desk.ask("u1", "p1")
    assert isinstance(session, Session)
    assert session.identity == Identity("u1", groups=("hg",))
    assert session.is_by_password
    assert session.tokens == Tokens()
    assert (session.created_at, session.refreshed_at, session.ends_at) == (NOW, NOW, NOW + 3600)
    assert desk.last.user == "u1"
    other = desk.ask("u1", "p1")
    assert isinstance(other, Session)
    assert other.id != session.id
    assert desk.kit.events.heard[0] == ("attempt", "", "")


def test_a_wrong_password_and_an_unknown_user_are_the_same_to_everybody_but_the_log() -> None:
    desk = Desk()
    errors = [desk.ask("u1", "bad"), desk.ask("nobody", "bad"), desk.ask("u1", "")]
    assert {type(error) for error in errors} == {WrongPassword}
    assert len({str(error) for error in errors}) == 1
    assert desk.last.reason == "wrong_password"
    assert desk.last.user == ""
    failures = [heard for heard in desk.kit.events.heard if heard[0] == "failure"]
    assert failures == [
        ("failure", "wrong_password", "u1"),
        ("failure", "wrong_password", ""),  # may be a password in the wrong field
        ("failure", "wrong_password", "u1"),
    ]


def test_a_user_whose_passwords_were_wrong_waits_from_every_address() -> None:
    desk = Desk()
    for number in range(3):
        assert isinstance(desk.ask("u1", "bad", f"192.0.2.{number}"), WrongPassword)
    refused = desk.ask("u1", "p1", "192.0.2.99")
    assert isinstance(refused, TooManyAttempts)
    assert refused.wait == 20
    assert desk.kit.events.heard[-1] == ("failure", "rate_limited", "u1")
    assert desk.accounts.asked == 3
    assert isinstance(desk.ask("u2", "p2"), Session)
    desk.now += 20
    assert isinstance(desk.ask("u1", "p1"), Session)


def test_an_unknown_user_waits_as_a_known_one_does() -> None:
    desk = Desk()
    for number in range(3):
        desk.ask("nobody", "bad", f"192.0.2.{number}")
    assert isinstance(desk.ask("nobody", "bad", "192.0.2.99"), TooManyAttempts)


def test_an_address_that_was_wrong_waits_for_every_user() -> None:
    desk = Desk()
    for number in range(5):
        assert isinstance(desk.ask(f"x{number}", "bad"), WrongPassword)
    assert isinstance(desk.ask("u2", "p2"), TooManyAttempts)
    assert isinstance(desk.ask("u2", "p2", "192.0.2.2"), Session)


def test_the_addresses_of_one_ipv6_network_are_one() -> None:
    desk = Desk()
    for number in range(5):
        desk.ask(f"x{number}", "bad", f"2001:db8::{number}")
    assert isinstance(desk.ask("u2", "p2", "2001:db8::99"), TooManyAttempts)


def test_where_no_address_is_known_only_the_user_waits() -> None:
    desk = Desk()
    for number in range(20):
        assert isinstance(desk.ask(f"x{number}", "bad", "@"), WrongPassword)


def test_who_is_right_never_waits() -> None:
    desk = Desk()
    for _ in range(20):
        assert isinstance(desk.ask("u1", "p1"), Session)


def test_a_refusal_for_one_reason_does_not_count_for_the_other() -> None:
    desk = Desk()
    for _ in range(20):
        desk.ask("u1", "bad")
    # Three failures of u1 were counted for the address too, the refusals after them were not.
    assert isinstance(desk.ask("u2", "p2"), Session)


def test_an_address_that_has_to_wait_makes_no_user_wait() -> None:
    desk = Desk()
    for number in range(5):
        desk.ask(f"x{number}", "bad")
    for _ in range(20):
        assert isinstance(desk.ask("u2", "bad"), TooManyAttempts)
    assert isinstance(desk.ask("u2", "p2", "192.0.2.2"), Session)


def test_guesses_at_the_same_moment_are_counted_before_they_fail() -> None:
    desk = Desk(htpasswd_limit_per_address=50)
    outcomes = desk.ask_at_once([("u1", f"guess{number}") for number in range(20)])
    assert sum(isinstance(outcome, WrongPassword) for outcome in outcomes) == 3
    assert desk.accounts.asked == 3


def test_a_gate_that_has_no_time_counts_nothing() -> None:
    desk = Desk()
    desk.accounts.busy = True
    for _ in range(20):
        assert isinstance(desk.ask("u1", "p1"), SignInBusy)
    desk.accounts.busy = False
    assert isinstance(desk.ask("u1", "p1"), Session)


def test_no_password_is_in_what_is_told() -> None:
    desk = Desk()
    for _ in range(5):
        desk.ask("u1", "s3cret-password")
    assert "s3cret" not in repr((desk.kit.events.heard, desk.kit.events.details))


@pytest.mark.parametrize("user", ["x" * 8000, "\ud800", "\0"])
def test_any_name_may_be_asked_about(user: str) -> None:
    assert isinstance(Desk().ask(user, "bad"), WrongPassword)
