"""A real browser on the real parts of the integration tests, and the demo's application."""

import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.foreign import ForeignSite
from tests.integration.conftest import gate, oidc_provider  # noqa: F401 - fixtures
from tests.integration.processes import LOOPBACK, Process, free_port, listens
from tests.parts import browser_path

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


class ExampleApplication:
    """The application of the demo, in a process of its own."""

    def __init__(self) -> None:
        port = free_port()
        self.url = f"http://{LOOPBACK}:{port}"
        self.process = Process([sys.executable, "-m", "sidegate.demo.application", str(port)])
        self.process.wait_until(lambda: listens(port), 20, "the example application")

    def end(self) -> None:
        """Stop it."""
        assert self.process.end() == 0
        self.process.forget()


@pytest.fixture
def app() -> Iterator[ExampleApplication]:
    """Yield the application behind the gate."""
    application = ExampleApplication()
    yield application
    application.end()


@pytest.fixture
def foreign() -> Iterator[ForeignSite]:
    """Yield a site that wishes nobody well."""
    site = ForeignSite()
    yield site
    site.end()


# Not for the whole session: while Playwright runs, no other test of this thread can have a loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield a browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Yield a page of somebody who was never here before."""
    context = browser.new_context()
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()
