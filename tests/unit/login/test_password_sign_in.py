"""A form with a name and a password signs in, or comes again with the reason why not."""

import pytest

from sidegate.core.errors import SignInError
from sidegate.core.messages import Exchange, Response
from sidegate.login.form import Form
from sidegate.login.password_form import PasswordForm
from sidegate.login.password_sign_in import PasswordSignIn
from tests.unit.login.fakes import (
    HOST,
    NOW,
    Refusing,
    Visitors,
    cookies,
    exchange,
    field,
    response_of,
)
from tests.unit.login.test_password_check import Desk

RIGHT = b"username=u1&password=p1"


class Counter(Desk):
    """The desk with the form before it."""

    def __init__(self, rule: str | None = None, cookie_expire: float = 3600.0) -> None:
        super().__init__()
        self.again: list[SignInError] = []
        kit = self.kit
        self.form = PasswordForm(visitors=Visitors(), tokens=kit.tokens)
        self.sign_in = PasswordSignIn(
            check=self.check,
            form=self.form,
            sessions=kit.sessions,
            rules=Refusing(rule),
            failures=kit.failures,
            cookie_expire=cookie_expire,
            on_event=kit.events,
        )

    def send(self, body: bytes, return_url: str = "/", **fields: str) -> Response:
        self.made: Exchange = exchange("/oauth2/sign_in", "POST", **fields)
        return response_of(self.sign_in.answer(self.made, Form(body), return_url, self._again))

    def send_from_page(self, body: bytes, return_url: str) -> Response:
        token, _ = self.form.token(exchange())
        sent = body + b"&token=" + token.encode()
        browser = {"user_agent": "Mozilla/5.0", "sec_fetch_site": "same-origin"}
        return self.send(sent, return_url, cookie="visitor=v1", **browser)

    def _again(self, error: SignInError) -> Response:
        self.again.append(error)
        return Response(error.status)


def test_the_right_password_begins_a_session_and_leads_back() -> None:
    counter = Counter()
    response = counter.send(RIGHT, "/report")
    assert (response.status, field(response, "Location")) == (302, "/report")
    (session,) = counter.kit.sessions.saved
    assert cookies(response) == [f"session={session.id}; Domain={HOST}"]
    assert session.identity.user == "u1"
    assert session.ends_at == NOW + 3600
    assert counter.made.user == "u1"
    assert counter.kit.events.heard == [("attempt", "", ""), ("success", "", "u1")]


def test_a_session_that_ends_with_the_browser_still_ends_after_a_week() -> None:
    counter = Counter(cookie_expire=0.0)
    counter.send(RIGHT)
    assert counter.kit.sessions.saved[0].ends_at == NOW + 168 * 3600


@pytest.mark.parametrize("return_url", ["/report", "https://b.example.com/x"])
def test_the_form_of_a_browser_leads_back_by_the_same_redirect(return_url: str) -> None:
    response = Counter().send_from_page(RIGHT, return_url)
    assert (response.status, field(response, "Location")) == (302, return_url)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"username=u1&password=bad", 401, "wrong_password"),
        (b"username=nobody&password=p1", 401, "wrong_password"),
        (b"username=u1", 401, "wrong_password"),
        (b"username=&password=p1", 400, "user_name_missing"),
        (b"", 400, "user_name_missing"),
    ],
)
def test_anything_else_shows_the_form_again(body: bytes, status: int, code: str) -> None:
    counter = Counter()
    assert counter.send(body).status == status
    assert [error.code for error in counter.again] == [code]
    assert counter.made.reason == code
    assert counter.kit.events.heard[-1][:2] == ("failure", code)
    assert counter.kit.sessions.saved == []


def test_a_foreign_form_is_refused_before_anything_is_compared() -> None:
    counter = Counter()
    response = counter.send(RIGHT, user_agent="Mozilla/5.0", sec_fetch_site="cross-site")
    assert response.status == 403
    assert counter.accounts.asked == 0
    assert counter.kit.events.heard == [("failure", "foreign_form", "")]


def test_somebody_outside_the_allowed_groups_is_refused_and_told_so() -> None:
    counter = Counter(rule="allowed_groups")
    response = counter.send(RIGHT, "/report")
    assert response.status == 403
    assert b"You do not have access" in response.body
    assert counter.kit.sessions.saved == []
    assert counter.kit.events.heard[-1] == ("failure", "not_authorized", "u1")


def test_nobody_of_the_file_needs_an_email_address() -> None:
    assert Counter(rule="email").send(RIGHT).status == 302
