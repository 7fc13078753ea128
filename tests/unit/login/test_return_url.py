"""The one validator of return addresses: what it lets through is where a browser really goes."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidegate.core.messages import Asker, Exchange, Peer, RequestHead
from sidegate.login.form import Form
from sidegate.login.return_url import ReturnUrls, Whitelist, encode_target, validate

LISTED = Whitelist([".example.com", "port.test:8443", "any.test:*", "[::1]:8080", "10.0.0.7"])


def is_accepted(candidate: str, whitelist: Whitelist = LISTED) -> bool:
    accepted = validate(candidate, whitelist, "/oauth2")
    same = accepted is None or unquote(accepted) == unquote(candidate)
    assert same, "what is returned is what was judged"
    return accepted is not None


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/path?a=b&c=d",
        "/a/b/c#frag",
        "/a%20b",
        "/.well-known/x",
        "/a:b",
        "/~user",
        "/a@b",
        "/search?next=https://other.test/",
        "/oauth2",
        "/oauth2x/y",
        "/oauth2/account",
        "/%2e%2E/x",
        "/x/%2e/y",
        "https://example.com/",
        "https://a.b.example.com/x?y=1",
        "http://app.example.com/x",
        "https://APP.EXAMPLE.COM/",
        "https://port.test:8443/",
        "https://any.test/",
        "https://any.test:9/",
        "http://[::1]:8080/",
        "http://10.0.0.7/",
        "https://example.com?@evil.test/",
    ],
)
def test_a_safe_address_passes_unchanged(address: str) -> None:
    assert is_accepted(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "//evil.test",
        "/\\evil.test",
        "/\t/evil.test",
        "/\n/evil.test",
        "/x\r\nSet-Cookie: a=b",
        "/.//evil.test",
        "/..//evil.test",
        "/a//b",
        "/x/../y",
        "/%2e%2e//evil.test",
        "/x/%2E%2e/oauth2/start",
        "/\x85/evil.test",
        "\u3000//evil.test",
        " //evil.test",
        "https://ex\u0430mple.com/",
        "https://example.com\uff0f.evil.test/",
        "/oauth2/start",
        "/oauth2/sign_out?rd=/",
        "/oauth2/account?download",
        "/oauth2/account/",
        "/oauth2/accounts",
        "https://evil.test/",
        "https://evilexample.com/",
        "https://example.com.evil.test/",
        "https://app.example.com@evil.test/",
        "https://user@app.example.com/",
        "https://app.example.com:8443/",
        "https://app.example.com./",
        "https://..example.com/",
        "https://port.test/",
        "https://any.test:0/",
        "https://any.test:65536/",
        "https://any.test:0x1bb/",
        "https:///evil.test",
        "https:/evil.test",
        "https:evil.test",
        "HTTPS://app.example.com/",
        "http://[::1]/",
        "http://10.0.0.70/",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://app.example.com/",
        "app.example.com/x",
        "?x=1",
        "#x",
        "/" + "a" * 2048,
    ],
)
def test_an_unsafe_address_is_refused(address: str) -> None:
    assert not is_accepted(address)


@pytest.mark.parametrize(
    ("address", "location"),
    [
        ("/a b?c d", "/a%20b?c%20d"),
        ("/caf\xe9", "/caf%C3%A9"),
        ("/\u3000/x", "/%E3%80%80/x"),
        ("https://example.com/\xe9", "https://example.com/%C3%A9"),
    ],
)
def test_blanks_and_letters_outside_ascii_are_written_as_browsers_do(
    address: str, location: str
) -> None:
    assert validate(address, LISTED, "/oauth2") == location
    assert validate("/" + "\xe9" * 2000, LISTED, "/oauth2") is None


@pytest.mark.parametrize(
    "entry", ["", "*", ".", ".com", "*.com", "*example.com", "example.com/", "https://example.com"]
)
def test_a_whitelist_entry_that_names_no_host_matches_nothing(entry: str) -> None:
    whitelist = Whitelist([entry, "listed.test"])
    assert not is_accepted("https://example.com/", whitelist)
    assert is_accepted("https://listed.test/", whitelist)


def test_an_entry_for_subdomains_never_opens_an_ip_address() -> None:
    assert not is_accepted("http://127.0.0.1/", Whitelist([".0.0.1", ".1.1"]))


def test_the_kelvin_sign_is_not_the_letter_k() -> None:
    assert not Whitelist(["ok.test"]).allows("o\u212a.test")


def fetched_host(base: str, address: str) -> str:
    """Read `address` as a browser would on `https://base/` (WHATWG URL, the steps that matter)."""
    text = re.sub(r"[\t\r\n]", "", address.strip("".join(map(chr, range(33))))).replace("\\", "/")
    match = re.match(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//+([^/?#]*)", text)
    return match[1].rpartition("@")[2].lower() if match else base


SPICES = st.sampled_from(
    [
        *("/", "\\", "//", "..", ".", "%2e", "%2f", "\t", "\n", "@", ":", "?", "#", ";", "%"),
        *(
            "https://",
            "evil.test",
            "example.com",
            "oauth2",
            "a",
            ".test",
            "\u3000",
            "[",
            "]",
            "\x00",
        ),
    ]
)


@given(st.one_of(st.text(), st.lists(SPICES, max_size=8).map("".join)))
def test_an_accepted_path_stays_on_the_host(tail: str) -> None:
    for candidate in (tail, "/" + tail):
        if is_accepted(candidate, Whitelist()):
            assert re.match(r"/(?!/)", candidate)
            assert fetched_host("own.test", candidate) == "own.test"


@given(st.lists(SPICES, max_size=8).map("".join))
def test_an_accepted_url_goes_to_a_listed_host(tail: str) -> None:
    candidate = "https://" + tail
    if is_accepted(candidate, Whitelist(["example.com", ".a.test"])):
        host = fetched_host("own.test", candidate)
        assert host in ("example.com", "a.test") or host.endswith(".a.test")


def exchange(target: str, *, trusted: bool = False, **fields: str) -> Exchange:
    head = RequestHead()
    head.target = target.encode()
    head.host = b"app.example.com"
    head.index = {name.replace("_", "-").encode(): value.encode() for name, value in fields.items()}
    made = Exchange(head, Peer("10.1.1.1"), 0.0)
    host = head.text(b"x-forwarded-host") if trusted else ""
    made.asker = Asker("10.1.1.1", "https", host or "app.example.com", trusted)
    return made


def chosen(made: Exchange) -> str:
    return ReturnUrls(LISTED, "/oauth2").choose(made, Form(made.head.query))


def test_an_invalid_rd_gives_way_to_the_next_source() -> None:
    assert (
        chosen(exchange("/oauth2/start?rd=//evil.test", x_auth_request_redirect="/hdr")) == "/hdr"
    )


def test_a_forwarded_address_of_an_untrusted_peer_is_not_used() -> None:
    assert chosen(exchange("/oauth2/start", x_forwarded_uri="/other")) == "/"


def test_a_forwarded_host_that_is_not_listed_leaves_the_path_only() -> None:
    made = exchange("/x", trusted=True, x_forwarded_host="evil.test", x_forwarded_uri="/asked?q=1")
    assert chosen(made) == "/asked?q=1"


def test_a_forwarded_target_cannot_become_a_part_of_the_host() -> None:
    made = exchange(
        "/x", trusted=True, x_forwarded_host="a.example.com", x_forwarded_uri=".evil.test/"
    )
    assert chosen(made) == "/x"


def test_a_bare_brace_in_the_asked_query_survives_percent_encoded() -> None:
    assert chosen(exchange("/find?q={a|b}")) == "/find?q=%7Ba%7Cb%7D"
    assert encode_target("/a\\b") == "/a\\b"


@pytest.mark.parametrize(
    ("callback", "target", "expected"),
    [
        ("https://auth.example.com/oauth2/callback", "/x?q=1", "https://app.example.com/x?q=1"),
        ("https://auth.example.com", "/oauth2/start", "https://app.example.com/"),
        ("https://App.Example.com/oauth2/callback", "/x", "/x"),
        ("/oauth2/callback", "/x", "/x"),
    ],
)
def test_with_a_callback_at_another_host_people_return_to_the_one_they_asked(
    callback: str, target: str, expected: str
) -> None:
    made = exchange(target)
    returns = ReturnUrls(Whitelist([".example.com"]), "/oauth2", callback)
    assert returns.choose(made, Form(b"")) == expected


def test_a_host_that_is_not_listed_is_not_returned_to() -> None:
    returns = ReturnUrls(Whitelist(), "/oauth2", "https://auth.example.com/oauth2/callback")
    assert returns.choose(exchange("/x"), Form(b"")) == "/x"


def test_a_target_that_no_proxy_answers_for_is_not_returned_to() -> None:
    made = exchange("/x", x_forwarded_uri="/lie")
    made.asker = Asker("9.9.9.9", "https", "app.example.com", trusted=True)
    told, untold = (ReturnUrls(LISTED, "/oauth2", "", name) for name in (b"x-forwarded-uri", b""))
    assert told.choose(made, Form(b"")) == "/lie"
    assert untold.choose(made, Form(b"")) == "/x"


@pytest.mark.parametrize(
    ("given", "returned"),
    [
        ("/search?q=a|b", "/search?q=a%7Cb"),
        ("/^", "/%5E"),
        ('/a?x={"y":1}', "/a?x=%7B%22y%22:1%7D"),
        ("https://app.example.com/a?b|c", "https://app.example.com/a?b%7Cc"),
    ],
)
def test_what_browsers_leave_bare_in_a_query_is_encoded(given: str, returned: str) -> None:
    assert validate(given, Whitelist([".example.com"]), "/oauth2") == returned


@pytest.mark.parametrize(
    "given", ["https://app|.example.com/", "https://{app}.example.com/", "/a\\b"]
)
def test_a_host_never_holds_what_has_to_be_encoded(given: str) -> None:
    assert validate(given, Whitelist([".example.com"]), "/oauth2") is None


def test_an_address_that_asks_for_the_id_token_is_none() -> None:
    wanted = "https://app.example.com/?t={id_token}"
    assert validate(wanted, Whitelist([".example.com"]), "/oauth2") is None
