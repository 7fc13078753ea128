"""Hosts, URLs and listening addresses: what is accepted, and nothing beside it."""

import pytest

from sidegate.config.addresses import (
    is_host,
    is_loopback,
    parse_listener,
    parse_public_url,
    parse_url,
)
from sidegate.config.findings import Malformed


@pytest.mark.parametrize(
    ("text", "host", "port", "path"),
    [
        ("http://a", "a", 80, ""),
        ("HTTPS://Login.Test/x?y=1", "Login.Test", 443, "/x"),
        ("http://my_app.svc.cluster.local:8080/", "my_app.svc.cluster.local", 8080, "/"),
        ("https://[::1]:8443", "::1", 8443, ""),
    ],
)
def test_urls(text: str, host: str, port: int, path: str) -> None:
    url = parse_url(text)
    assert (url.host, url.port, url.path) == (host, port, path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.test",
        "//a.test",
        "ftp://a",
        "http://",
        "http:///x",
        "http://u:p@a",
        "http://a:0",
        "http://a:65536",
        "http://a:b",
        "http://a:٣",
        "http://a b",
        "http://a\n",
        "http://a/%zz",
        "http://a\\b",
        "http://-a",
        "http://a..b",
        "http://127.1",
        "http://1.2.3.4.5",
        "http://[::1",
        "http://::1",
        "http://[127.0.0.1]",
        "http://é.test",
        "http://*.a",
    ],
)
def test_other_texts_are_no_urls(text: str) -> None:
    with pytest.raises(Malformed):
        parse_url(text)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_hosts(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["localhost.evil.test", "127.0.0.1.nip.io", "10.0.0.1", "::", "notlocalhost"]
)
def test_hosts_that_only_look_like_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_secrets_travel_over_https_or_loopback_only() -> None:
    assert parse_public_url("http://127.0.0.1:9000/x").port == 9000
    assert parse_public_url("http://[::1]/x").host == "::1"
    for text in ("http://login.test", "http://10.0.0.1", "https://login.test/#x"):
        with pytest.raises(Malformed):
            parse_public_url(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("", ""),
        ("-", ""),
        ("127.0.0.1:4180", "127.0.0.1:4180"),
        ("http://0.0.0.0:4180", "0.0.0.0:4180"),
        (":4180", ":4180"),
        ("[::1]:4180", "[::1]:4180"),
        ("localhost:0", "localhost:0"),
        ("fd:3", "fd:3"),
        ("unix:///run/gate.sock", "unix:///run/gate.sock"),
        ("unix:/run/gate.sock", "unix:///run/gate.sock"),
        ("unix:///run/gate.sock,mode=0660", "unix:///run/gate.sock,mode=0660"),
        ("unix:///run/gate.sock,mode=660", "unix:///run/gate.sock,mode=0660"),
    ],
)
def test_listening_addresses(text: str, address: str) -> None:
    assert parse_listener(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "4180",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:http",
        "::1:4180",
        "[127.0.0.1]:80",
        ":70000",
        ":²",
        "unix://",
        "unix://gate.sock",
        "unix:///run/s,mode=0999",
        "fd:x",
        "fd:",
        "a b:80",
        "ftp://a:80",
    ],
)
def test_what_cannot_be_listened_on(text: str) -> None:
    with pytest.raises(Malformed):
        parse_listener(text)


@pytest.mark.parametrize("text", ["", ".", "a..b", "-a", "a-", "a" * 64, "a." * 127 + "aa", "a b"])
def test_what_is_no_host(text: str) -> None:
    assert not is_host(text)
