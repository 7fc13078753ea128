"""A person chooses among several providers, by button or address; the last choice comes first."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_sign_in import at_provider
from tests.integration.gates import start_gate
from tests.integration.processes import free_port

pytestmark = pytest.mark.needs("chromium", "oidc-provider")

TABLE = """
[[providers]]
id = "{name}"
name = "The {name} people"
oidc_issuer_url = "{client.issuer}"
client_id = "{client.client_id}"
client_secret = "{client.client_secret}"
for_email_domains = ["{name}.test"]
"""


@pytest.fixture
def opened(oidc_provider, app, tmp_path):
    """Yield a gate that knows one provider as two: `inner` and `outer`."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    names = ("inner", "outer")
    clients = [
        oidc_provider.register(url, redirect_uris=[f"{url}/oauth2/callback/{name}"])
        for name in names
    ]
    tables = [TABLE.format(name=n, client=c) for n, c in zip(names, clients, strict=True)]
    (tmp_path / "gate.toml").write_text("".join(tables))
    flags = (f"--config={tmp_path / 'gate.toml'}", f"--upstream={app.url}")
    gate = start_gate(tmp_path, port, clients[0], flags)
    try:
        gate.wait_ready()
        yield gate
    finally:
        gate.end()


def test_by_button_and_the_last_choice_comes_first(opened, page):
    page.goto(f"{opened.url}/reports/7#figures")
    buttons = page.locator("main a.button")
    expect(buttons).to_have_count(2)
    expect(buttons.first).to_contain_text("The inner people")
    buttons.nth(1).click()
    at_provider(page, "alice")
    expect(page.locator("h1")).to_have_text("Hello alice")
    assert page.url == f"{opened.url}/reports/7#figures"
    page.goto(f"{opened.url}/oauth2/sign_in")
    expect(page.locator("main a.button").first).to_contain_text("The outer people")


def test_by_email_address(opened, page):
    page.goto(f"{opened.url}/reports/7")
    page.get_by_label("Email address").fill("alice@outer.test")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/interaction/**")
    at_provider(page, "alice")
    expect(page.locator("h1")).to_have_text("Hello alice")
    expect(page.locator("#path")).to_have_text("/reports/7")


def test_an_address_that_nobody_knows_is_told_where_it_was_typed(opened, page):
    page.goto(opened.url)
    field = page.get_by_label("Email address")
    field.fill("alice@elsewhere.test")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).not_to_be_empty()
    expect(page.locator("main a.button")).to_have_count(2)
