"""A page is told from a call by what a browser says, by what is accepted, or by where it is asked.

Each kind of call is a row as browsers send it; Chromium's own are in `tests/browser/test_calls.py`.
"""

import pytest

from sidegate.core.messages import RequestHead
from sidegate.pages.negotiate import is_behind_a_page, is_document, is_part, wants_json

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def head(**fields: str) -> RequestHead:
    made = RequestHead()
    made.index = {name.replace("_", "-").encode(): value.encode() for name, value in fields.items()}
    return made


def fetched(mode: str, dest: str, accept: str = "*/*", **more: str) -> RequestHead:
    return head(
        sec_fetch_mode=mode,
        sec_fetch_dest=dest,
        sec_fetch_site="same-origin",
        accept=accept,
        **more,
    )


PAGES = {
    "a browser's page": fetched("navigate", "document", HTML),
    "a page in a frame": fetched("navigate", "iframe", HTML),
    "a page that a service worker asks for": fetched("navigate", "empty", HTML),
    "a form that is sent": fetched("navigate", "document", HTML, origin="https://app.test"),
    "an old browser": head(accept=HTML, user_agent="Mozilla/5.0"),
    "an app of Android that shows a page": head(accept=HTML, x_requested_with="com.example.app"),
    "curl": head(accept="*/*", user_agent="curl/8.5.0"),
    "nothing at all": head(),
    "a type that only looks like JSON": head(accept="application/jsonp"),
    "JSON with a parameter, as oauth2-proxy": head(accept="application/json;q=1"),
    "any application type, as oauth2-proxy": head(accept="application/*"),
    "another JSON, as oauth2-proxy": head(accept="application/problem+json"),
    "somebody's own X-Requested-With, as oauth2-proxy": head(x_requested_with="XMLHttpRequest"),
}
PARTS = {
    "fetch": fetched("cors", "empty"),
    "fetch of HTML, as htmx does": fetched("cors", "empty", "text/html"),
    "fetch in its own origin": fetched("same-origin", "empty"),
    "fetch without an answer": fetched("no-cors", "empty"),
    "EventSource": fetched("cors", "empty", "text/event-stream"),
    "an image": fetched("no-cors", "image", "image/avif,image/webp,*/*;q=0.8"),
    "a style": fetched("no-cors", "style", "text/css,*/*;q=0.1"),
    "a script": fetched("no-cors", "script"),
    "a module": fetched("cors", "script"),
    "a font": fetched("cors", "font"),
    "a video": fetched("no-cors", "video"),
    "a worker": fetched("same-origin", "worker"),
    "a manifest": fetched("cors", "manifest"),
    "a beacon": fetched("no-cors", "empty", origin="https://app.test"),
    "a ping of a link": fetched("no-cors", "empty", content_type="text/ping"),
    "an object in a page": fetched("navigate", "object", HTML),
    "an embedded page": fetched("navigate", "embed", HTML),
    "a WebSocket": fetched("websocket", "websocket", "*/*", upgrade="websocket"),
    "a WebSocket of an old browser": head(upgrade="WebSocket", origin="https://app.test"),
    "a prefetch of a link": fetched("no-cors", "empty", sec_purpose="prefetch"),
    "a prefetched page": fetched("navigate", "document", HTML, sec_purpose="prefetch"),
    "a prerendered page": fetched("navigate", "document", HTML, sec_purpose="prefetch;prerender"),
    "a prefetch of an old browser": head(accept=HTML, purpose="prefetch"),
    "a preview of Safari": head(accept=HTML, purpose="preview"),
    "a prefetch of Firefox": head(accept=HTML, x_moz="prefetch"),
}
PROGRAMS = {
    "a program": head(accept="application/json"),
    "a program that would take a page": head(accept="text/html, application/json"),
    "a program with tabs": head(accept="text/html ,\tapplication/json\t"),
}
SCRIPTS = {
    "XHR of an old browser": head(accept="*/*", x_requested_with="XMLHttpRequest"),
    "jQuery that wants HTML": head(
        accept="text/html, */*; q=0.01", x_requested_with="XMLHttpRequest"
    ),
    "EventSource of an old browser": head(accept="text/event-stream"),
}


def asks_for_json(asked: RequestHead) -> bool:
    return wants_json(asked, is_api=False, force=False)


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_is_no_call(kind: str) -> None:
    assert not asks_for_json(PAGES[kind])
    assert not is_part(PAGES[kind])


@pytest.mark.parametrize("kind", PARTS)
def test_what_nobody_looks_at_as_a_page_is_a_call_and_begins_nothing(kind: str) -> None:
    assert asks_for_json(PARTS[kind])
    assert is_part(PARTS[kind])
    assert not is_document(PARTS[kind])


@pytest.mark.parametrize("kind", [*PROGRAMS, *SCRIPTS])
def test_a_program_or_script_is_a_call_by_what_it_accepts(kind: str) -> None:
    assert asks_for_json({**PROGRAMS, **SCRIPTS}[kind])


def test_an_api_route_and_the_option_decide_before_it() -> None:
    assert wants_json(PAGES["a browser's page"], is_api=True, force=False)
    assert wants_json(head(), is_api=False, force=True)


def test_only_what_a_tab_shows_is_a_document() -> None:
    shown = [kind for kind, asked in PAGES.items() if is_document(asked)]
    assert shown == ["a browser's page", "a form that is sent"]


@pytest.mark.parametrize("kind", PROGRAMS)
def test_no_page_is_behind_a_program(kind: str) -> None:
    assert not is_behind_a_page(PROGRAMS[kind])


@pytest.mark.parametrize("kind", ["fetch", "an image", "a WebSocket of an old browser"])
def test_a_page_is_behind_what_a_browser_fetches(kind: str) -> None:
    assert is_behind_a_page(PARTS[kind])
    assert all(is_behind_a_page(asked) for asked in SCRIPTS.values())
