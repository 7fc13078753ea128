"""Who runs in circles is told so; who opens many tabs, or signs in again, is not."""

import pytest

from sidegate.core.messages import Response
from sidegate.core.ports import Attempt
from tests.unit.login.fakes import Kit, a_session, cookies, exchange, field, response_of
from tests.unit.login.test_begin import begin_of
from tests.unit.login.test_callback import callback_of
from tests.unit.login.test_sign_in_page import page_of
from tests.unit.login.test_sign_out import answer as sign_out


class Browser:
    """A browser that keeps every cookie but, where told, the session's."""

    def __init__(self, *, keeps_session: bool) -> None:
        self.kit = Kit()
        self.kit.sessions.held = a_session()
        self.keeps_session = keeps_session
        self.jar: dict[str, str] = {}

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.jar.items())

    def take(self, response: Response) -> Response:
        for line in cookies(response):
            name, _, value = line.partition(";")[0].partition("=")
            if "Max-Age=0" in line:
                self.jar.pop(name, None)
            elif name != "session" or self.keeps_session:
                self.jar[name] = value
        return response

    def starts(self, rd: str = "/x") -> Response:
        made = exchange(f"/oauth2/start?rd={rd}", cookie=self.cookie)
        return self.take(response_of(begin_of(self.kit).answer(made)))

    def comes_back(self, attempt: Attempt) -> Response:
        made = exchange(f"/oauth2/callback?state={attempt.state}&code=c", cookie=self.cookie)
        return self.take(response_of(callback_of(self.kit).answer(made)))

    def signs_in(self, rd: str = "/x") -> Response:
        """Begin, and come back from the provider unless the gate has something else to say."""
        response = self.starts(rd)
        return self.comes_back(self.kit.attempts.sealed[-1]) if response.status == 302 else response


ELSEWHERE = "https://other.example.com.test/"


def circles(browser: Browser, rd: str) -> Response:
    """Sign in three times; return the answer to the fourth attempt."""
    for _ in range(3):
        assert browser.signs_in(rd).status == 302
    return browser.starts(rd)


def test_a_session_that_comes_along_and_does_not_help_ends_on_a_page() -> None:
    response = circles(Browser(keeps_session=True), "/x")
    assert response.status == 403
    assert b"sign_in_loop" in response.body
    assert b"valid here" in response.body
    assert b'href="/oauth2/start?rd=/x"' in response.body


def test_a_session_that_cannot_be_read_is_named_as_the_cause() -> None:
    browser = Browser(keeps_session=True)
    browser.kit.sessions.held = None
    assert b"cookie_secret" in circles(browser, "/x").body


def test_a_host_that_the_cookies_leave_out_is_named_as_the_cause() -> None:
    browser = Browser(keeps_session=False)
    browser.kit = Kit(whitelist=("other.example.com.test",))
    response = circles(browser, ELSEWHERE)
    assert response.status == 403
    assert b"leaves out other.example.com.test" in response.body
    assert b"no session cookie" in response.body


def test_the_page_for_signing_in_ends_a_loop_too() -> None:
    browser = Browser(keeps_session=True)
    for _ in range(3):
        browser.signs_in()
    made = exchange("/x", cookie=browser.cookie)
    assert b"sign_in_loop" in page_of(browser.kit).turn_away(made).body


def test_after_the_page_somebody_may_try_again() -> None:
    browser = Browser(keeps_session=True)
    circles(browser, "/x")
    assert browser.signs_in().status == 302


def test_the_log_names_the_causes_and_the_metric_the_code() -> None:
    browser = Browser(keeps_session=True)
    circles(browser, "/x")
    assert browser.kit.events.heard[-1] == ("failure", "sign_in_loop", "")
    assert "valid here" in browser.kit.events.details[-1]


@pytest.mark.parametrize("tabs", [2, 8])
def test_many_tabs_at_once_are_no_loop(tabs: int) -> None:
    browser = Browser(keeps_session=True)
    for _ in range(tabs):
        browser.starts()
    for attempt in list(browser.kit.attempts.sealed):
        browser.jar["attempt"] = "sealed"
        assert field(browser.comes_back(attempt), "Location") == "/x"
    assert set(browser.jar) == {"session"}


def test_an_ordinary_sign_in_leaves_no_count_behind() -> None:
    browser = Browser(keeps_session=True)
    browser.signs_in()
    assert set(browser.jar) == {"session"}


def test_another_address_or_a_later_time_begins_a_new_count() -> None:
    browser = Browser(keeps_session=True)
    for number in range(6):
        assert browser.signs_in(f"/{number}").status == 302
    for _ in range(6):
        browser.kit.now += 61
        assert browser.signs_in().status == 302


def test_whoever_signs_out_in_between_is_in_no_loop() -> None:
    browser = Browser(keeps_session=True)
    for _ in range(6):
        assert browser.signs_in().status == 302
        made = exchange("/oauth2/sign_out", cookie=browser.cookie)
        assert browser.take(sign_out(browser.kit, made)).status == 302
    assert browser.jar == {}


def test_a_browser_without_its_sign_in_cookie_is_told_why_that_may_be() -> None:
    kit = Kit()
    made = exchange("/oauth2/callback?state=state-1&code=c")
    assert b"cookie_secure" not in response_of(callback_of(kit).answer(made)).body
    assert made.asker
    made.asker = type(made.asker)("10.1.1.1", "http", made.asker.host, trusted=False)
    assert b"cookie_secure" in response_of(callback_of(kit).answer(made)).body
