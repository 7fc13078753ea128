"""A person at a browser without scripts: follows redirects, fills in forms, keeps cookies."""

import ssl
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self
from urllib.parse import urljoin

import httpx

BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Site": "same-origin",
}
MOST_FORMS = 6


@dataclass
class Form:
    """A form of a page: where it goes, how, and what its fields hold."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)


class Forms(HTMLParser):
    """Collects the forms of a page, and links that start a sign-in as if they were forms."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take forms, the inputs and buttons in them, and links to the start of a sign-in."""
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "/oauth2/start" in given.get("href", ""):
            self.found.append(Form(given["href"], "GET"))
        elif tag == "form":
            self.found.append(Form(given.get("action", ""), given.get("method", "get").upper()))
        elif tag in {"input", "button"} and given.get("name") and self.found:
            self.found[-1].values.setdefault(given["name"], given.get("value", ""))


class Person:
    """Somebody with a browser of their own.

    `seen` are values that only this browser and the servers may know: cookies, codes, states.
    """

    def __init__(self, name: str, base_url: str = "", trusts: ssl.SSLContext | None = None) -> None:
        self.name = name
        self.http = httpx.Client(
            base_url=base_url,
            headers=BROWSER,
            follow_redirects=True,
            timeout=30,
            verify=trusts or True,
        )
        self.http.event_hooks = {"response": [self._look]}
        self.seen: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def get(self, url: str, **options: object) -> httpx.Response:
        """Open an address."""
        return self.http.get(url, **options)

    def sign_in(self, url: str = "/oauth2/start?rd=/") -> httpx.Response:
        """Open an address, sign in wherever it leads, and return the page at the end."""
        return self.fill_in(self.get(url))

    def fill_in(self, page: httpx.Response) -> httpx.Response:
        """Submit the forms of a page and of those that follow, until one has none."""
        ways = ("/oauth2/start", "/interaction/", "/login-actions/")
        for _ in range(MOST_FORMS):
            forms = [form for form in Forms(page.text).found if _leads(form, page, ways)]
            if not forms:
                return page
            page = self.submit(page, forms[0])
            ways = ways[-2:]  # back at the gate's page means refused: once is enough
        raise AssertionError(f"still a form at {page.url}: {page.text[:500]}")

    def submit(self, page: httpx.Response, form: Form) -> httpx.Response:
        """Fill in who we are and submit."""
        mine = {"login": self.name, "username": self.name, "password": "password"}
        values = {name: mine.get(name, value) for name, value in form.values.items()}
        target = urljoin(str(page.url), form.action or str(page.url))
        if form.method == "GET":
            return self.http.get(target, params=values or None)
        return self.http.post(target, data=values)

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies this browser would send to loopback."""
        return {cookie.name: cookie.value or "" for cookie in self.http.cookies.jar}

    def _look(self, response: httpx.Response) -> None:
        for name in ("code", "state"):
            self.seen.update(response.url.params.get_list(name))
        for cookie in self.http.cookies.jar:
            cookie.secure = False  # as in browsers: loopback is a safe place
        self.seen.update(value for value in self.cookies.values() if len(value) > 20)


def _leads(form: Form, page: httpx.Response, ways: tuple[str, ...]) -> bool:
    where = urljoin(str(page.url), form.action or str(page.url))
    return any(way in where for way in ways)
