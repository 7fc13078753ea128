"""Writes pictures of every page to `docs/images`: `python -m tests.browser.screenshots FOLDER`.

Each page on a phone and on a desk, in light and in dark; one of them also with a brand.
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS
from tests.browser.gallery import ADDRESS, BRANDED, PAGES, PLAIN, show
from tests.browser.png import smaller
from tests.parts import browser_path

SIZES = {"phone": {"width": 360, "height": 640}, "desktop": {"width": 800, "height": 560}}
SCHEMES = ("light", "dark")


def main(folder: Path) -> None:
    """Write all pictures, and remove those of pages that are no more, the dashboard's but."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in set(folder.glob("*.png")) - set(folder.glob("dashboard-*")):
        old.unlink()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        for size, viewport in SIZES.items():
            for scheme in SCHEMES:
                for prefix, pages in (("", PLAIN), ("branded-", BRANDED)):
                    context = browser.new_context(color_scheme=scheme, viewport=viewport)
                    show(context, pages)
                    page = context.new_page()
                    for name in PAGES if not prefix else ["sign-in-two-providers"]:
                        page.goto(ADDRESS + name)
                        picture = smaller(page.screenshot(full_page=True))
                        (folder / f"{prefix}{name}-{size}-{scheme}.png").write_bytes(picture)
                    context.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
