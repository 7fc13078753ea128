"""Paths: what is open, and what an application could make of it.

- An ambiguous path never matches a rule that opens, nor one that says "program".
- Of a path that is not ambiguous, every way of reading it gives the same segments: decoded once,
  twice or not at all, normalised, with backslashes folded and parameters cut off.
- The target that is accepted is origin-form, and is one target for a browser's URL parser as well.
"""

import posixpath
import re
import unicodedata
from urllib.parse import unquote

from ada_url import URL
from hypothesis import example, given
from hypothesis import strategies as st

from sidegate.core.errors import BadRequest
from sidegate.gate.routes import Routes
from sidegate.http1.target import decoded, is_ambiguous, origin_form
from tests.fuzz.budget import fuzzed

PIECES = [
    "/",
    "//",
    "/.",
    "/..",
    "/../",
    "/./",
    "\\",
    ";",
    ";a=b",
    "..;",
    "%2e",
    "%2E%2e",
    "%2f",
    "%5c",
    "%252e",
    "%25",
    "%3b",
    "%3f",
    "%23",
    "%00",
    "%0a",
    "%7f",
    "%c0%ae",
    "%c0%af",
    "%e0%80%af",
    "%ef%bc%8f",
    "%ef%bc%8e",
    "%e2%80%a5",
    "%u002f",
    "%",
    "%2",
    "%zz",
    "%20",
    "%41",
    "%c3%a9",
    "%ed%a0%80",
    "open",
    "Open",
    "smuggled",
    "admin",
    "api",
    "a",
    ".",
    "..",
    "...",
    "~",
    "+",
    "*",
    ":",
    "@",
    "&",
    "=",
    "(",
]
PATHS = st.lists(st.sampled_from(PIECES) | st.text("/.%25efEF;\\a", max_size=3), max_size=7).map(
    lambda parts: "/" + "".join(parts)
)
ROUTES = Routes(["^/open(/|$)", "GET=^/api/", "!=^/smuggled", "^/[^/]+/a$"], ["^/api/"])


def backslashes(path: str) -> str:
    return path.replace("\\", "/")


def without_parameters(path: str) -> str:
    return re.sub(r";[^/]*", "", path)


def look_alikes(path: str) -> str:
    """Return what a program sees that takes look-alikes of letters for the letters."""
    return unicodedata.normalize("NFKC", path)


READERS = {
    "once": unquote,
    "twice": lambda path: unquote(unquote(path)),
    "normalised": lambda path: posixpath.normpath(unquote(path)),
    "normalised before": lambda path: unquote(posixpath.normpath(path)),
    "normalised twice": lambda path: posixpath.normpath(unquote(unquote(path))),
    "Windows": lambda path: posixpath.normpath(backslashes(unquote(path))),
    "servlets": lambda path: posixpath.normpath(unquote(without_parameters(path))),
    "servlets that decode first": lambda path: without_parameters(unquote(path)),
    "a browser": lambda path: unquote(URL("http://a" + path).pathname),
    "no query": lambda path: unquote(path).partition("?")[0].partition("#")[0],
    "C": lambda path: unquote(path).partition("\0")[0],
}


def segments(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


@fuzzed(1200)
@given(path=PATHS)
@example(path="/open/%2e%2e/smuggled")
@example(path="/open/x%23/../smuggled")
def test_an_ambiguous_path_opens_nothing_and_any_other_is_read_by_all_alike(path: str) -> None:
    raw = path.encode()
    is_open = ROUTES.is_public(b"GET", raw)
    if is_ambiguous(raw):
        assert not is_open
        assert not ROUTES.is_api(raw)
        return
    meant = segments(decoded(raw))
    readings = {name: segments(reader(path)) for name, reader in READERS.items()}
    assert readings == dict.fromkeys(READERS, meant)
    assert segments(look_alikes(decoded(raw))) == list(map(look_alikes, meant))
    assert ROUTES.is_public(b"GET", raw) == is_open  # the answer that was remembered


TARGETS = st.lists(
    st.sampled_from([*PIECES, "http://", "HTTPS://", "app.test", "evil.test", "?", "#", "@", ":80"])
    | st.characters(max_codepoint=0xFF),
    max_size=6,
).map("".join)


@fuzzed(800)
@given(target=TARGETS, host=st.sampled_from(["app.test", "app.test:80", ""]))
@example(target="http://app.test?x", host="app.test")
def test_a_target_is_one_path_of_the_host_or_is_refused(target: str, host: str) -> None:
    raw = target.encode("latin-1")
    try:
        accepted = origin_form(raw, b"GET", host.encode())
    except BadRequest:
        return
    assert accepted.startswith(b"/")
    assert raw.endswith((accepted, accepted[1:]))
    assert all(0x21 <= byte < 0x7F and byte != 0x23 for byte in accepted)
    if not target.startswith("/"):
        assert URL(target).host in (host, host.removesuffix(":80"))
