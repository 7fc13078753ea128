"""A site's own name, logo, colours and templates, in a real browser under the real policy."""

import pytest
from playwright.sync_api import expect

from tests.browser.gallery import LOGO
from tests.browser.test_sign_in import at_provider

pytestmark = pytest.mark.needs("chromium", "oidc-provider")

TEMPLATE = """{{define "sign_in.html"}}<!DOCTYPE html><html lang="en"><head><title>Own</title>
<style> h1 { color: rgb(1, 2, 3); } </style></head><body><h1>Welcome</h1>
<form method="GET" action="{{.ProxyPrefix}}/start">
<input type="hidden" name="rd" value="{{.Redirect}}">
<button type="submit">Sign in with {{.ProviderName}}</button></form>
<script>document.body.dataset.ran = "yes";</script></body></html>{{end}}
"""


def blocked(page):
    told = []
    page.on("console", lambda message: told.append(message.text))
    return lambda: [text for text in told if "Content Security Policy" in text]


def test_name_logo_colour_banner_and_footer_are_seen(gate, page, tmp_path):
    logo = tmp_path / "logo.svg"
    logo.write_bytes(LOGO.content)
    opened = gate(
        "--brand-name=Example Corp",
        f"--custom-sign-in-logo={logo}",
        "--accent-color=#5a2ca0",
        "--banner=Staff <b>only</b>.",
        '--footer=<a href="https://example.com/imprint">Imprint</a>',
    )
    told = blocked(page)
    page.goto(opened.url, wait_until="networkidle")
    expect(page).to_have_title("Sign In - Example Corp")
    expect(page.locator(".name")).to_have_text("Example Corp")
    assert page.locator(".logo").evaluate("at => at.complete && at.naturalWidth") > 0
    expect(page.locator(".button")).to_have_css("background-color", "rgb(90, 44, 160)")
    expect(page.locator(".banner")).to_have_text("Staff only.")
    expect(page.get_by_role("link", name="Imprint")).to_be_visible()
    assert told() == []


def test_an_svg_with_its_own_address_runs_nothing(gate, page, tmp_path):
    logo = tmp_path / "logo.svg"
    logo.write_bytes(LOGO.content)
    opened = gate(f"--custom-sign-in-logo={logo}")
    answer = page.goto(f"{opened.url}/oauth2/static/logo")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert page.evaluate("document.documentElement.tagName") == "svg"


def test_a_template_of_oauth2_proxy_works_with_its_form_style_and_script(
    gate, oidc_provider, page, tmp_path
):
    (tmp_path / "sign_in.html").write_text(TEMPLATE)
    opened = gate(f"--custom-templates-dir={tmp_path}", idp=oidc_provider)
    told = blocked(page)
    page.goto(f"{opened.url}/reports")
    expect(page.locator("h1")).to_have_css("color", "rgb(1, 2, 3)")
    assert page.evaluate("document.body.dataset.ran") == "yes"
    page.get_by_role("button").click()
    at_provider(page, "alice")
    expect(page.locator("#path")).to_have_text("/reports")
    assert told() == []
