"""What a person sees: signs in, works, comes back, signs out."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.needs("chromium", "oidc-provider")


START = "main .button, main button"


def sign_in(page: Page, name: str) -> None:
    """From the gate's own page through the provider's forms."""
    page.locator(START).first.click()
    at_provider(page, name)


def signed_in(page: Page, url: str) -> None:
    """Open an address and sign in as alice."""
    page.goto(url)
    sign_in(page, "alice")
    expect(page.locator("h1")).to_have_text("Hello alice")


def at_provider(page: Page, name: str, *, asked: bool = True) -> None:
    """Fill in the provider's forms: who it is and, the first time, that it may be told."""
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill("password")
    page.locator("button[type=submit]").click()
    if asked:
        page.get_by_role("button", name="Continue").click()


def test_somebody_signs_in_and_sees_the_application_with_their_name(gate, oidc_provider, page):
    opened = gate(idp=oidc_provider)
    answer = page.goto(f"{opened.url}/reports/7?year=2026#figures")
    assert answer.status == 403
    sign_in(page, "alice")
    expect(page.locator("h1")).to_have_text("Hello alice")
    expect(page.locator("#path")).to_have_text("/reports/7?year=2026")
    expect(page.locator("#identity")).to_contain_text("alice@example.com")


def test_a_websocket_and_events_work_in_the_page(gate, oidc_provider, page):
    page.goto(gate(idp=oidc_provider).url)
    sign_in(page, "alice")
    expect(page.locator("#websocket")).to_have_text("echoed hello")
    expect(page.locator("#events")).to_have_text("event 2")


def test_somebody_of_another_domain_sees_why_not_and_may_try_again(gate, oidc_provider, page):
    page.goto(gate(idp=oidc_provider).url)
    sign_in(page, "bob")
    expect(page.locator("h1")).not_to_contain_text("Hello")
    assert "/oauth2/callback" in page.url
    expect(page.get_by_role("link").or_(page.get_by_role("button")).first).to_be_visible()


def test_two_tabs_sign_in_at_once(gate, oidc_provider, page):
    opened = gate(idp=oidc_provider)
    other = page.context.new_page()
    for tab, path in ((page, "/first"), (other, "/second")):
        tab.goto(f"{opened.url}{path}")
        tab.locator(START).first.click()
    at_provider(other, "alice")
    expect(other.locator("#path")).to_have_text("/second")
    at_provider(page, "alice", asked=False)
    expect(page.locator("#path")).to_have_text("/first")


def test_a_session_split_over_cookies_comes_back(gate, oidc_provider, page):
    opened = gate(
        "--scope=openid email profile groups", "--pass-authorization-header", idp=oidc_provider
    )
    page.goto(opened.url)
    sign_in(page, "carol")
    expect(page.locator("h1")).to_have_text("Hello carol")
    names = [cookie["name"] for cookie in page.context.cookies()]
    assert len([name for name in names if re.fullmatch(r"_oauth2_proxy_\d+", name)]) > 1
    again = page.context.new_page()
    again.goto(f"{opened.url}/again")
    expect(again.locator("h1")).to_have_text("Hello carol")
    expect(again.locator("#websocket")).to_have_text("echoed hello")


def test_scripts_cannot_read_the_session(gate, oidc_provider, page):
    page.goto(gate(idp=oidc_provider).url)
    sign_in(page, "alice")
    expect(page.locator("h1")).to_have_text("Hello alice")
    assert "_oauth2_proxy" not in page.evaluate("document.cookie")


def test_signing_out_ends_it(gate, oidc_provider, page):
    opened = gate(idp=oidc_provider)
    page.goto(opened.url)
    sign_in(page, "alice")
    page.locator("#sign-out").click()
    expect(page.locator("h1")).not_to_contain_text("Hello")
    answer = page.goto(opened.url)
    assert answer.status == 403
    assert [c["name"] for c in page.context.cookies() if c["name"] == "_oauth2_proxy"] == []


def test_the_gates_pages_load_nothing_from_elsewhere_and_log_no_error(gate, oidc_provider, page):
    opened = gate(idp=oidc_provider)
    errors, strangers = [], []
    page.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else 0
    )
    page.on("request", lambda request: strangers.append(request.url))
    page.goto(f"{opened.url}/oauth2/sign_in", wait_until="networkidle")
    assert [url for url in strangers if not url.startswith(opened.url)] == []
    assert [text for text in errors if "Content Security Policy" in text] == []
