"""What other sites cannot do to somebody signed in, and what people do that must stay smooth."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_sign_in import START, at_provider, sign_in

pytestmark = pytest.mark.needs("chromium", "oidc-provider")

HELLO = "Hello alice"
FORM_POST = "--auth-request-response-mode=form_post"


def elsewhere(url: str) -> str:
    """Return the address of the same server under the name of another site."""
    return url.replace("127.0.0.1", "localhost")


def signed_in(opened, page, url=""):
    page.goto(url or opened.url)
    sign_in(page, "alice")
    expect(page.locator("h1")).to_have_text(HELLO)


def is_signed_in(opened, page):
    return page.goto(opened.url).status == 200


def test_another_site_cannot_sign_anybody_out(gate, oidc_provider, page, foreign):
    opened = gate(idp=oidc_provider)
    signed_in(opened, page)
    page.goto(foreign.shows(f"{opened.url}/oauth2/sign_out"), wait_until="networkidle")
    assert is_signed_in(opened, page)
    page.goto(foreign.posts(f"{opened.url}/oauth2/sign_out"))
    page.locator("#send").click()
    expect(page.locator("h1")).to_have_text("Sign out?")
    assert is_signed_in(opened, page)


def test_whoever_wants_to_be_signed_out_by_a_foreign_form_needs_one_more_click(
    gate, oidc_provider, page, foreign
):
    opened = gate(idp=oidc_provider)
    signed_in(opened, page)
    page.goto(foreign.posts(f"{opened.url}/oauth2/sign_out"))
    page.locator("#send").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.locator("h1")).to_have_text("Sign in")
    assert not is_signed_in(opened, page)


def test_whoever_follows_a_foreign_link_to_sign_out_is_asked_and_may(
    gate, oidc_provider, page, foreign
):
    opened = gate("--oidc-end-session", idp=oidc_provider)
    signed_in(opened, page)
    page.goto(foreign.shows(f"{opened.url}/oauth2/sign_out?rd=/bye"))
    page.locator("#link").click()
    expect(page.locator("h1")).to_have_text("Sign out?")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url(f"{oidc_provider.issuer}/**")  # on to the provider, to sign out there too
    assert not is_signed_in(opened, page)


def test_another_site_cannot_post_to_a_protected_application(gate, oidc_provider, page, foreign):
    lax = ("--cookie-secure=true", "--cookie-samesite=none")
    opened = gate("--csrf-protect-upstream", *lax, idp=oidc_provider)
    signed_in(opened, page)
    page.goto(foreign.posts(f"{opened.url}/pay"))
    page.locator("#send").click()
    expect(page.locator("code").first).to_have_text("cross_site_request")
    page.goto(opened.url)
    page.evaluate("fetch('/pay', {method: 'POST'}).then(answer => document.title = answer.status)")
    expect(page).to_have_title("200")


def test_without_that_protection_such_a_post_arrives(gate, oidc_provider, page, foreign):
    opened = gate("--cookie-secure=true", "--cookie-samesite=none", idp=oidc_provider)
    signed_in(opened, page)
    page.goto(foreign.posts(f"{opened.url}/pay"))
    page.locator("#send").click()
    expect(page.locator("#path")).to_have_text("/pay")


@pytest.mark.parametrize("site", ["same", "another"])
def test_a_sign_in_by_form_post_works_from_the_same_and_another_site(
    gate, oidc_provider, page, site
):
    opened = gate(FORM_POST, "--cookie-secure=true", idp=oidc_provider)
    url = opened.url if site == "same" else elsewhere(opened.url)
    answers = []
    page.on("request", lambda asked: answers.append((asked.method, asked.url)))
    signed_in(opened, page, f"{url}/deep?q=1")
    expect(page.locator("#path")).to_have_text("/deep?q=1")
    assert ("POST", f"{url}/oauth2/callback") in answers
    assert not any("code=" in address for _, address in answers)


def test_somebody_who_says_no_at_the_provider_sees_why_and_may_start_again(
    gate, oidc_provider, page
):
    opened = gate(FORM_POST, "--cookie-secure=true", idp=oidc_provider)
    page.goto(f"{elsewhere(opened.url)}/deep")
    page.locator(START).first.click()
    page.get_by_role("link", name="Cancel").click()
    expect(page.locator("code").first).to_have_text("provider_refused")
    page.get_by_role("link", name="Start again").click()
    at_provider(page, "alice")
    expect(page.locator("#path")).to_have_text("/deep")


def test_a_strict_session_cookie_arrives_from_a_provider_of_another_site(gate, oidc_provider, page):
    flags = ("--cookie-samesite=strict", "--cookie-csrf-samesite=lax", "--skip-provider-button")
    opened = gate(*flags, idp=oidc_provider)
    page.goto(f"{elsewhere(opened.url)}/deep")
    at_provider(page, "alice")
    expect(page.locator("#path")).to_have_text("/deep")


def test_after_the_attempt_expired_one_click_brings_somebody_in(gate, oidc_provider, page):
    opened = gate(idp=oidc_provider)
    page.goto(f"{opened.url}/deep")
    page.locator(START).first.click()
    page.locator("input[name=login]").fill("alice")
    for cookie in page.context.cookies(opened.url):
        if cookie["name"].endswith("_csrf"):  # as the browser does when its Max-Age is over
            page.context.clear_cookies(name=cookie["name"])
    page.locator("input[name=password]").fill("password")
    page.locator("button[type=submit]").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("code").first).to_have_text("attempt_missing")
    page.get_by_role("link", name="Start again").click()
    expect(page.locator("h1")).to_have_text(HELLO)


def test_going_back_after_signing_in_leads_to_the_application(gate, oidc_provider, page):
    opened = gate(idp=oidc_provider)
    callbacks = []
    page.on("request", lambda asked: callbacks.append(asked.url) if "code=" in asked.url else None)
    signed_in(opened, page)
    page.goto(callbacks[0])
    expect(page.locator("h1")).to_have_text(HELLO)
    expect(page.locator("#path")).to_have_text("/")


def test_a_loop_of_sign_ins_ends_on_a_page_that_names_the_cause(gate, oidc_provider, page):
    flags = ("--proxy-prefix=/app/oauth2", "--cookie-path=/app", "--skip-provider-button")
    opened = gate(*flags, idp=oidc_provider)
    page.goto(f"{opened.url}/outside")
    at_provider(page, "alice")
    expect(page.locator("code").first).to_have_text("sign_in_loop")
    expect(page.locator("li").first).to_contain_text("cookie_path")


def test_many_tabs_that_sign_in_at_once_are_no_loop(gate, oidc_provider, page):
    opened = gate("--skip-provider-button", idp=oidc_provider)
    signed_in_before(opened, page)
    page.context.clear_cookies(name="_oauth2_proxy")
    tabs = [page.context.new_page() for _ in range(5)]
    for tab in tabs:
        tab.goto(f"{opened.url}/same", wait_until="commit")
    for tab in tabs:
        expect(tab.locator("#path")).to_have_text("/same")


def signed_in_before(opened, page):
    """Sign in where the gate sends everybody to the provider at once."""
    page.goto(opened.url)
    at_provider(page, "alice")
    expect(page.locator("h1")).to_have_text(HELLO)
