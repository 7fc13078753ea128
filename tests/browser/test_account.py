"""Somebody looks at what is held about them, takes it along, and leaves: without scripts too."""

import json

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_sign_in import sign_in, signed_in
from tests.integration.redis_servers import RedisServer

pytestmark = pytest.mark.needs("chromium", "oidc-provider")


def test_somebody_sees_themselves_takes_it_along_and_signs_out(gate, oidc_provider, page):
    opened = gate(idp=oidc_provider)
    signed_in(page, opened.url)
    answer = page.goto(f"{opened.url}/oauth2/account")
    assert answer.status == 200
    assert "no-store" in answer.headers["cache-control"]
    expect(page.locator("main")).to_contain_text("alice@example.com")
    expect(page.locator("main")).to_contain_text("nobody here knows where else")
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download as JSON").click()
    assert taken.value.suggested_filename == "account.json"
    document = json.loads(taken.value.path().read_text(encoding="utf-8"))
    assert document["person"]["email"] == "alice@example.com"
    page.get_by_role("button", name="Sign out", exact=True).click()
    assert page.goto(f"{opened.url}/oauth2/account").status == 403


@pytest.mark.needs("redis")
def test_somebody_ends_the_session_of_another_browser_without_scripts(
    gate, oidc_provider, browser: Browser
):
    server = RedisServer()
    flags = (
        "--session-store-type=redis",
        f"--redis-connection-url=redis://127.0.0.1:{server.port}",
    )
    opened = gate(*flags, idp=oidc_provider)
    here, there = (browser.new_context(java_script_enabled=is_on) for is_on in (False, True))
    page, phone = here.new_page(), there.new_page()
    for one in (page, phone):
        one.goto(opened.url)
        sign_in(one, "alice")
    page.goto(f"{opened.url}/oauth2/account")
    expect(page.locator("main")).to_contain_text("Chrome, Linux (this browser)")
    page.get_by_role("button", name="End this session").click()
    expect(page.get_by_role("status")).to_have_text("That session has ended.")
    expect(page.get_by_role("button", name="End this session")).to_have_count(0)
    assert phone.goto(opened.url).status == 403
    assert page.goto(opened.url).status == 200
    here.close()
    there.close()
    server.end()
