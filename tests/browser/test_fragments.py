"""The fragment of an address survives a sign-in, and nobody but the browser ever has it."""

import bcrypt
import pytest
from playwright.sync_api import expect

from tests.browser.test_sign_in import START, at_provider, sign_in

pytestmark = pytest.mark.needs("chromium", "oidc-provider")

SECRET = "#figures?from=canary"
SKIP = "--skip-provider-button"


def watched(page):
    """Return a list of what goes over the wire: addresses, and bodies of forms."""
    sent = []
    page.on(
        "request", lambda asked: sent.append(f"{asked.url.partition('#')[0]} {asked.post_data}")
    )
    return sent


@pytest.mark.parametrize("flags", [(), (SKIP,)], ids=["button", "skip"])
def test_it_is_there_after_the_sign_in(gate, oidc_provider, page, flags):
    opened = gate(*flags, idp=oidc_provider)
    opened.canaries.add("canary")
    sent = watched(page)
    page.goto(f"{opened.url}/reports/7?year=2026{SECRET}")
    if not flags:
        page.locator(START).first.click()
    at_provider(page, "alice")
    page.wait_for_url(f"{opened.url}/reports/7?year=2026{SECRET}")
    expect(page.locator("h1")).to_have_text("Hello alice")
    assert [one for one in sent if "canary" in one or "figures" in one] == []
    assert page.evaluate("sessionStorage.length") == 0


def test_it_is_there_after_a_password_too(gate, page, tmp_path):
    users = tmp_path / "users"
    users.write_text(f"u1:{bcrypt.hashpw(b'p1', bcrypt.gensalt(4)).decode()}\n")
    opened = gate(f"--htpasswd-file={users}")
    sent = watched(page)
    page.goto(f"{opened.url}/reports{SECRET}")
    for password in ("wrong", "p1"):
        page.get_by_label("User name").fill("u1")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{opened.url}/reports{SECRET}")
    expect(page.locator("h1")).to_have_text("Hello u1")
    assert [one for one in sent if "canary" in one] == []


@pytest.mark.parametrize("flags", [(), (SKIP,)], ids=["button", "skip"])
def test_without_scripts_all_works_but_the_fragment(gate, oidc_provider, browser, flags):
    opened = gate(*flags, idp=oidc_provider)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{opened.url}/reports")
    if not flags:
        page.locator(START).first.click()
    at_provider(page, "alice")
    expect(page.locator("#path")).to_have_text("/reports")
    context.close()


def test_two_tabs_keep_their_own(gate, oidc_provider, page):
    opened = gate(SKIP, idp=oidc_provider)
    other = page.context.new_page()
    for tab, part in ((page, "#one"), (other, "#two")):
        tab.goto(f"{opened.url}/same{part}")
        tab.locator("input[name=login]").wait_for()
    at_provider(other, "alice")
    other.wait_for_url(f"{opened.url}/same#two")
    at_provider(page, "alice", asked=False)
    page.wait_for_url(f"{opened.url}/same#one")


def test_an_address_without_one_stays_as_it_is(gate, oidc_provider, page):
    opened = gate(idp=oidc_provider)
    answers = []
    page.on("response", lambda answer: answers.append((answer.url, answer.status)))
    page.goto(f"{opened.url}/reports")
    sign_in(page, "alice")
    page.wait_for_url(f"{opened.url}/reports")
    assert {status for url, status in answers if "/oauth2/callback" in url} == {302}
