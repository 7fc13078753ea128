"""Every page can be used by everybody: axe-core finds nothing, in light and in dark."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.gallery import ADDRESS, BRANDED, PAGES, PLAIN, show
from tests.parts import TOOLS

pytestmark = pytest.mark.needs("chromium", "axe-core")

AXE = TOOLS / "axe-core" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """() => axe.run({resultTypes: ["violations", "incomplete"]}).then(found =>
  [...found.violations, ...found.incomplete].map(one =>
    `${one.id}: ${one.nodes.map(node => node.html + " " + node.failureSummary).join(" | ")}`))"""
SCHEMES = ("light", "dark")
BRANDS = {"plain": PLAIN, "branded": BRANDED}
PHONE = {"width": 360, "height": 640}


@pytest.fixture(params=[(brand, scheme) for brand in BRANDS for scheme in SCHEMES], ids="-".join)
def shown(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """Yield a page of a browser that finds the gallery, in one brand and scheme."""
    brand, scheme = request.param
    context = browser.new_context(color_scheme=scheme, viewport=PHONE)
    show(context, BRANDS[brand])
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_nothing_is_blocked_or_cut_off(shown, name):
    told = []
    shown.on("console", lambda message: told.append(message.text))
    status = shown.goto(ADDRESS + name, wait_until="networkidle").status
    assert [
        text
        for text in told
        if not text.startswith(
            f"Failed to load resource: the server responded with a status of {status}"
        )
    ] == []
    shown.evaluate(AXE.read_text(encoding="utf-8"))
    assert shown.evaluate(RUN) == []
    assert shown.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("name", PAGES)
def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(shown, name):
    shown.goto(ADDRESS + name)
    reachable = shown.locator("a[href], button, input:not([type=hidden])")
    for number in range(reachable.count()):
        shown.keyboard.press("Tab")
        expect(reachable.nth(number)).to_be_focused()
        assert reachable.nth(number).evaluate("at => getComputedStyle(at).outlineStyle") != "none"


def test_text_may_be_twice_as_large(shown):
    shown.goto(ADDRESS + "sign-in-eight-providers")
    shown.evaluate("document.documentElement.style.fontSize = '200%'")
    assert shown.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
