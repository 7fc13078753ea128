"""Pages and calls, as Chromium makes them: who is led to sign in, and who is told in JSON."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_sign_in import at_provider

pytestmark = pytest.mark.needs("chromium", "oidc-provider")

# Public, so that a page of the application can be shown to somebody who is not signed in.
OPEN = "--skip-auth-route=^/open$"
FETCH = """([url, options]) => fetch(url, options).then(async answer => ({
  status: answer.status, kind: answer.headers.get("content-type"), body: await answer.text(),
  address: answer.headers.get("x-sign-in-url")}), error => ({status: 0, body: String(error)}))"""


def test_a_script_gets_json_with_an_address_that_leads_back_to_its_page(gate, oidc_provider, page):
    opened = gate(OPEN, "--skip-provider-button", idp=oidc_provider)
    page.goto(f"{opened.url}/open")
    answer = page.evaluate(FETCH, ["/api/x", {}])
    assert (answer["status"], answer["kind"]) == (401, "application/json")
    assert answer["address"] == f"{opened.url}/oauth2/sign_in?rd=/open"
    page.goto(answer["address"])
    at_provider(page, "alice")
    expect(page.locator("#path")).to_have_text("/open")


@pytest.mark.parametrize(
    "code",
    [
        "new Image().src = '/asked'",
        "document.head.append(Object.assign(document.createElement('script'), {src: '/asked'}))",
        "document.body.append(Object.assign(document.createElement('embed'), {src: '/asked'}))",
        "new EventSource('/asked')",
        "fetch('/asked', {mode: 'no-cors'})",
        "navigator.sendBeacon('/asked', 'x')",
        "{const asked = new XMLHttpRequest(); asked.open('GET', '/asked'); asked.send()}",
        """const link = document.createElement('link'); link.rel = 'prefetch';
        link.href = '/asked'; document.head.append(link)""",
    ],
)
def test_what_is_no_page_begins_no_sign_in(gate, oidc_provider, page, code):
    opened = gate(OPEN, "--skip-provider-button", idp=oidc_provider)
    page.goto(f"{opened.url}/open")
    with page.expect_response("**/asked") as asked:
        page.evaluate(f"() => {{ {code} }}")
    assert asked.value.status == 401
    assert [c["name"] for c in page.context.cookies() if "csrf" in c["name"]] == []


def test_a_page_in_a_frame_is_a_page(gate, oidc_provider, page):
    opened = gate(OPEN, idp=oidc_provider)
    page.goto(f"{opened.url}/open")
    with page.expect_response("**/asked") as asked:
        page.evaluate(
            "() => { document.body.append(Object.assign(document.createElement('iframe'),"
            " {src: '/asked'})) }"
        )
    assert asked.value.status == 403
    assert asked.value.headers["content-type"].startswith("text/html")


def test_a_page_of_a_named_origin_reads_the_answer_and_may_ask_before(gate, page, foreign):
    origin = foreign.url.rstrip("/")
    put = {"method": "PUT", "credentials": "include", "headers": {"x-token": "1"}}
    opened = gate(f"--cors-allowed-origin={origin}")
    stranger = gate()
    page.goto(foreign.shows("/"))
    answer = page.evaluate(FETCH, [f"{opened.url}/api/x", put])
    assert answer["status"] == 401
    assert answer["address"] == f"{opened.url}/oauth2/sign_in"
    assert page.evaluate(FETCH, [f"{stranger.url}/api/x", put])["status"] == 0


def test_a_form_that_did_not_arrive_is_sent_again_after_a_sign_in_beside_it(
    gate, oidc_provider, page
):
    opened = gate(OPEN, "--skip-provider-button", idp=oidc_provider)
    page.goto(f"{opened.url}/open")
    page.evaluate(
        """() => { document.body.innerHTML = '<form method="post" action="/save">'
        + '<input name="text" value="long"><button id="send">Send</button></form>' }"""
    )
    page.locator("#send").click()
    expect(page.locator("h1")).to_have_text("Your form was not sent")
    with page.context.expect_page() as beside:
        page.get_by_role("link", name="Sign in in a new tab").click()
    at_provider(beside.value, "alice")
    expect(beside.value.locator("#path")).to_have_text("/open")
    with page.expect_request("**/save") as again:
        page.reload()
    assert (again.value.method, again.value.post_data) == ("POST", "text=long")
    expect(page.locator("#path")).to_have_text("/save")


def test_a_form_of_another_site_is_not_offered_to_be_sent_again(gate, page, foreign):
    opened = gate()
    page.goto(foreign.posts(f"{opened.url}/save"))
    page.locator("#send").click()
    expect(page.locator("h1")).to_have_text("Sign in")
