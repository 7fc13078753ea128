"""How somebody asks for erasure is one way, safe and signed."""

import pytest

from tests.unit.config.conftest import Desk

URL = "--erasure-request-url=https://desk.test/erasure"
SECRET = "--erasure-request-secret-file=webhook"


@pytest.mark.parametrize(
    ("flags", "what"),
    [
        (["--erasure-link=http://desk.test/"], "loopback hosts only"),
        (["--erasure-link=javascript:alert(1)"], "not an http or https URL"),
        (["--erasure-link=mailto:nobody"], "not an http or https URL"),
        (["--erasure-link=mailto:a@b.test x"], "not an http or https URL"),
        (["--erasure-request-url=http://desk.test/", SECRET], "loopback hosts only"),
        (["--erasure-link=https://a.test/", URL, SECRET], "two ways"),
        ([URL], "required with erasure_request_url"),
        ([URL, "--erasure-request-secret-file=short"], "24 are the least"),
        ([URL, "--erasure-request-secret-file=empty"], "is empty"),
        ([URL, "--erasure-request-secret-file=broken"], "no base64 after whsec_"),
    ],
)
def test_mistakes(desk: Desk, flags: list[str], what: str) -> None:
    desk.files |= {
        "webhook": b"w" * 32,
        "short": b"whsec_YWJj",
        "empty": b"\n",
        "broken": b"whsec_" + b"?" * 40,
    }
    assert what in desk.mistake(*flags)


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"0123456789abcdef01234567\n", b"0123456789abcdef01234567"),
        (b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", None),
    ],
)
def test_a_secret_is_text_or_base64_as_standard_webhooks_have_it(
    desk: Desk, content: bytes, key: bytes | None
) -> None:
    desk.files["webhook"] = content
    found = desk.load(URL, SECRET).settings.account.erasure_request_secret.reveal()
    assert len(found) == 24
    assert key in (None, found)


@pytest.mark.parametrize(
    "link", ["https://desk.test/form?a=1", "mailto:privacy@desk.test", "http://localhost/x"]
)
def test_a_link_is_kept_as_it_is(desk: Desk, link: str) -> None:
    account = desk.load(f"--erasure-link={link}").settings.account
    assert (account.erasure_link, account.account_page) == (link, True)


def test_without_the_page_nobody_sees_a_way_to_ask(desk: Desk) -> None:
    loaded = desk.load("--account-page=false", "--erasure-link=https://desk.test/")
    assert any("does nothing without account_page" in told for told in loaded.warnings)


def test_a_secret_in_a_flag_is_warned_of(desk: Desk) -> None:
    loaded = desk.load(URL, f"--erasure-request-secret={'w' * 32}")
    assert any("erasure-request-secret-file" in told for told in loaded.warnings)
