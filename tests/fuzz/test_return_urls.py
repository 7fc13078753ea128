"""Return addresses, judged beside a parser that reads URLs as browsers do (WHATWG URL).

- Whatever is accepted leads, from every page of the application, to its own origin or to a host
  on the whitelist, also after what browsers do to a Location and what a page's base makes of it.
- What is accepted is the very text that was judged, can stand in a field, and is judged the same
  by the place where a sign-in ends.
- A path that is accepted never leads into the gate's own endpoints.
"""

import json
from pathlib import Path
from urllib.parse import unquote

from ada_url import URL
from hypothesis import example, given
from hypothesis import strategies as st

from sidegate.login.form import Form, quoted
from sidegate.login.return_url import Whitelist, validate
from tests.fuzz.budget import fuzzed

ROWS = json.loads((Path(__file__).parents[1] / "conformance" / "redirects.json").read_text())
KNOWN = [row["redirect"] for row in ROWS["redirect_valid"]]
BASES = [
    "https://app.example.com/",
    "https://app.example.com/any/path?x=//evil.test#y",
    "https://app.example.com:8443/oauth2/callback",
    "http://app.example.com/a//b",
]
PIECES = [
    *("/", "//", "///", "\\", "\\\\", "/\\", "/.", "/..", "/./", "/../", "/.//", "/..//", "/%2e//"),
    *(
        "\t",
        "\n",
        "\r",
        " ",
        "\0",
        "\x01",
        "\x0b",
        "\x7f",
        "\xa0",
        "\xad",
        "\u212a",
        "\ud83d\ude00",
    ),
    *("http:", "https:", "HTTPS://", "https://", "http:/", "://", "javascript:", "data:", "ftp://"),
    *("@", ":@", "user:pw@", ":", "?", "#", ".", "..", ";", ",", "&", "=", "[", "]", "|", "%"),
    *("%2f", "%5c", "%09", "%0a", "%00", "%2e", "%2E%2e", "%40", "\u3002", "\uff0f", "\uff0e"),
    *(
        "app.example.com",
        "example.com",
        ".example.com",
        "sub.example.com",
        "evil.test",
        "localhost",
    ),
    *(
        "ex\u0430mple.com",
        "example.com.",
        "xn--",
        "127.0.0.1",
        "1.127.0.0.1",
        "0x7f.1",
        "2130706433",
    ),
    *("[::1]", "[::ffff:7f00:1]", ":80", ":443", ":8080", ":08080", ":99999", ":0"),
    *("oauth2", "/oauth2/", "/oauth2/sign_out", "path", "x", "é"),
]
HOSTS = [
    "example.com",
    "sub.example.com",
    "localhost",
    "127.0.0.1",
    "1.127.0.0.1",
    "[::1]",
    "x.com",
]
URLS = (
    st.lists(st.sampled_from(PIECES) | st.text(max_size=2), max_size=7).map("".join)
    | st.tuples(st.sampled_from(KNOWN), st.sampled_from(PIECES), st.integers(0, 30)).map(
        lambda parts: parts[0][: parts[2]] + parts[1] + parts[0][parts[2] :]
    )
    | st.tuples(
        st.sampled_from(["/", "https://", "http://"]),
        st.lists(st.sampled_from(PIECES), max_size=4).map("".join),
    ).map("".join)
    | st.tuples(
        st.sampled_from(["https://", "http://"]),
        st.sampled_from(HOSTS),
        st.sampled_from(["", ":80", ":443", ":8080", ":08080"]),
        st.sampled_from(["", "/", "?", "#", *PIECES]),
    ).map("".join)
)
WHITELISTS: list[tuple[str, ...]] = [
    (),
    ("example.com",),
    (".example.com",),
    ("*.example.com:8080", "localhost:*"),
    ("sub.example.com:*", "127.0.0.1", "[::1]:8080"),
    (".127.0.0.1", ".com", "*"),
]
PREFIXES = ["/oauth2", "/auth/gate", "/"]


def may_lead_to(url: URL, base: URL, whitelist: tuple[str, ...]) -> bool:
    """Say whether a browser may be sent there, by a reading of the whitelist of our own."""
    if url.origin == base.origin:
        return True
    return url.protocol in ("http:", "https:") and any(covers(entry, url) for entry in whitelist)


def covers(entry: str, url: URL) -> bool:
    if entry in (".127.0.0.1", ".com", "*"):  # a part of an address, all there is: nothing
        return entry == ".127.0.0.1" and url.hostname == "127.0.0.1"
    host, colon, port = entry.rpartition(":")
    if not colon or entry.endswith("]"):
        host, port = entry, ""
    default = {"http:": "80", "https:": "443"}[url.protocol]
    if port != "*" and (port or default) != (url.port or default):
        return False
    bare = host.lstrip("*").lstrip(".")
    return url.hostname == bare or (host != bare and url.hostname.endswith("." + bare))


def readings(text: str) -> list[str]:
    """Return what a browser may make of a Location before it parses it."""
    return [text, text.encode("latin-1", "replace").decode("utf-8", "replace"), text.strip()]


@fuzzed(1500)
@given(
    candidate=URLS,
    whitelist=st.sampled_from(WHITELISTS),
    prefix=st.sampled_from(PREFIXES),
    base=st.sampled_from(BASES),
)
@example(candidate="/\t/evil.test", whitelist=(), prefix="/oauth2", base=BASES[0])
@example(candidate="/.//evil.test", whitelist=(), prefix="/oauth2", base=BASES[0])
@example(
    candidate="https://1.127.0.0.1", whitelist=(".127.0.0.1",), prefix="/oauth2", base=BASES[0]
)
def test_nobody_is_sent_to_a_host_that_is_not_listed(
    candidate: str, whitelist: tuple[str, ...], prefix: str, base: str
) -> None:
    accepted = validate(candidate, Whitelist(whitelist), prefix)
    if accepted is None:
        return
    assert unquote(accepted) == unquote(candidate)
    assert accepted.isascii()
    assert accepted.isprintable()
    for reading in readings(accepted):
        url = URL(reading, base=base)
        assert may_lead_to(url, URL(base), whitelist), (url.href, whitelist)
        assert not url.username
        assert not url.password
        if accepted.startswith("/"):
            assert url.origin == URL(base).origin
            assert not url.pathname.startswith(prefix.rstrip("/") + "/") or prefix == "/"
    assert Form(f"rd={quoted(accepted)}".encode()).first("rd") == accepted
