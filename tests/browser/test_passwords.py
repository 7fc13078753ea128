"""What a person sees who signs in with a name and a password."""

import bcrypt
import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def users(tmp_path):
    path = tmp_path / "users"
    path.write_text(f"u1:{bcrypt.hashpw(b'p1', bcrypt.gensalt(4)).decode()}\n")
    return path


def sign_in(page: Page, password: str) -> None:
    page.get_by_label("User name").fill("u1")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_wrong_password_is_told_and_the_right_one_leads_on(gate, users, page):
    errors = []
    page.on("console", lambda message: errors.append(message.text))
    page.goto(f"{gate(f'--htpasswd-file={users}').url}/reports/7?year=2026")
    sign_in(page, "bad")
    expect(page.get_by_role("alert")).to_have_text("The user name or the password is wrong.")
    sign_in(page, "p1")
    expect(page.locator("h1")).to_have_text("Hello u1")
    expect(page.locator("#path")).to_have_text("/reports/7?year=2026")
    assert [text for text in errors if "Content Security Policy" in text] == []


def test_two_tabs_can_use_their_forms_one_after_the_other(gate, users, page):
    opened = gate(f"--htpasswd-file={users}")
    other = page.context.new_page()
    page.goto(f"{opened.url}/first")
    other.goto(f"{opened.url}/second")
    for tab, path in ((page, "/first"), (other, "/second")):
        sign_in(tab, "p1")
        expect(tab.locator("#path")).to_have_text(path)


def test_the_way_on_may_lead_to_another_host(gate, users, page):
    opened = gate(f"--htpasswd-file={users}", "--whitelist-domain=localhost:*")
    elsewhere = f"http://localhost:{opened.port}/oauth"
    page.goto(f"{opened.url}/oauth2/sign_in?rd={elsewhere}")
    sign_in(page, "p1")
    expect(page).to_have_url(elsewhere)


def test_a_form_of_another_site_signs_nobody_in(gate, users, page):
    opened = gate(f"--htpasswd-file={users}")
    page.route(
        "http://evil.test/",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f"""<form method="post" action="{opened.url}/oauth2/sign_in">
            <input name="username" value="u1"><input name="password" value="p1">
            <button>Win</button></form>""",
        ),
    )
    page.goto("http://evil.test/")
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("came from elsewhere")
    assert "_oauth2_proxy" not in [cookie["name"] for cookie in page.context.cookies()]
