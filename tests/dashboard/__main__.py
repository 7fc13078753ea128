"""Draws the dashboard into a folder: `python -m tests.dashboard docs/images`."""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS
from tests.browser.png import smaller
from tests.browser.screenshots import SCHEMES
from tests.dashboard.drawing import WIDTH, page
from tests.dashboard.panels import dashboard
from tests.dashboard.scene import played
from tests.parts import browser_path

SECONDS = 180.0
NOTE = (
    "Drawn by sidegate's tests from deploy/prometheus/sidegate.dashboard.json and what a real "
    "Prometheus answers to its queries; not a screenshot of Grafana, which shows the same panels "
    "in its own hand. Rates over 10 s, alerts after seconds in place of minutes."
)


def main(folder: Path, seconds: float = SECONDS) -> None:
    """Play, ask, draw in light and in dark."""
    span = f"{seconds:.0f} s of a test with two gates and Redis"
    html = page(dashboard(), played(seconds), span, NOTE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        for scheme in SCHEMES:
            size = {"width": WIDTH, "height": 900}
            context = browser.new_context(color_scheme=scheme, viewport=size)
            view = context.new_page()
            view.set_content(html)
            picture = smaller(view.screenshot(full_page=True))
            (folder / f"dashboard-{scheme}.png").write_bytes(picture)
            context.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(float, sys.argv[2:]))
