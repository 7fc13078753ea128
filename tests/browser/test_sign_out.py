"""What a person sees of the end of a session, in every browser that they left somewhere."""

import base64
import json
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_sign_in import signed_in
from tests.integration.processes import until

pytestmark = pytest.mark.needs("chromium", "oidc-provider")

OPEN = """() => new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${location.host}/ws`);
    window.ended = new Promise((over) => { socket.onclose = (event) => over(event.code); });
    socket.onmessage = (event) => resolve(event.data);
    socket.onerror = () => reject(new Error("not opened"));
    socket.onopen = () => socket.send("hello");
})"""
FRAME = """(address) => new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.onload = resolve;
    frame.src = address;
    document.body.append(frame);
})"""
AGAIN = """() => new Promise((resolve) => {
    const socket = new WebSocket(`ws://${location.host}/ws`);
    socket.onopen = () => resolve("open");
    socket.onerror = () => resolve("refused");
})"""


def test_signing_out_everywhere_ends_the_session_of_another_browser(gate, oidc_provider, page):
    opened = gate(idp=oidc_provider)
    signed_in(page, opened.url)
    elsewhere = page.context.browser.new_context()
    phone = elsewhere.new_page()
    signed_in(phone, opened.url)
    page.goto(f"{opened.url}/oauth2/sign_out?everywhere")
    expect(page.locator("h1")).to_have_text("Sign out?")
    assert phone.goto(opened.url).status == 200
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page.locator("h1")).not_to_contain_text("Hello")
    assert page.goto(opened.url).status == 403
    assert phone.goto(opened.url).status == 403
    elsewhere.close()


def test_a_websocket_closes_at_the_sign_out_and_opens_no_more(gate, oidc_provider, page):
    opened = gate(idp=oidc_provider)
    signed_in(page, opened.url)
    assert page.evaluate(OPEN) == "hello"
    other = page.context.new_page()
    other.goto(f"{opened.url}/oauth2/sign_out")
    assert page.evaluate("() => window.ended") == 1006
    assert page.evaluate(AGAIN) == "refused"


def framed_by(page: Page, where: str, address: str) -> str:
    """Show an address in a frame of the page at `where`; return where the frame ended up."""
    page.goto(where)
    page.evaluate(FRAME, address)

    def shows() -> bool:
        page.evaluate("0")  # lets come in what the browser told meanwhile
        return page.frames[1].url not in ("", "about:blank")

    until(shows, 15, "the frame to show something")
    return page.frames[1].url


def test_a_frame_of_the_provider_ends_the_session_and_no_other_page_may_show_it(
    gate, oidc_provider, page, foreign
):
    told = {
        "backchannel_logout_uri": "{gate}/oauth2/backchannel-logout",
        "backchannel_logout_session_required": True,
    }
    flags = ("--frontchannel-logout", "--set-authorization-header")
    opened = gate(*flags, idp=oidc_provider, **told)
    signed_in(page, opened.url)
    token = page.request.get(f"{opened.url}/oauth2/auth").headers["authorization"]
    sid = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["sid"]
    provider = f"{oidc_provider.issuer}/count"
    address = f"{opened.url}/oauth2/frontchannel-logout?iss={quote(oidc_provider.issuer)}&sid="
    assert framed_by(page, provider, f"{address}another").startswith(address)
    assert page.goto(opened.url).status == 200
    assert framed_by(page, foreign.url, f"{address}another").startswith("chrome-error:")
    assert framed_by(page, provider, f"{address}{sid}").startswith(address)
    assert page.goto(opened.url).status == 403
