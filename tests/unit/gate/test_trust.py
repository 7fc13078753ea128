"""Whom we believe about where a request came from."""

import pytest

from sidegate.config.settings import TrustSettings
from sidegate.core.messages import Peer, RequestHead
from sidegate.gate.trust import AddressSet, Trust, name_of_peer, parse_address
from sidegate.http1.head import HeadLimits, parse_request

STRANGER = Peer("192.0.2.1", 5)
LOOPBACK = Peer("127.0.0.1", 5)
PROXY = Peer("10.0.0.7", 5)


def trust(
    *,
    reverse_proxy: bool = True,
    field: str = "X-Forwarded-For",
    proxies: tuple[str, ...] = ("10.0.0.0/8",),
    passing: tuple[str, ...] = (),
    headers: tuple[str, ...] = (),
) -> Trust:
    return Trust(
        TrustSettings(
            reverse_proxy=reverse_proxy,
            real_client_ip_header=field,
            trusted_proxy_ips=proxies,
            trusted_proxy_headers=headers,
            trusted_ips=passing,
            request_id_header="X-Request-Id",
        )
    )


def head(*lines: str) -> RequestHead:
    raw = "GET / HTTP/1.1\r\nHost: inner:4180\r\n" + "".join(f"{line}\r\n" for line in lines)
    return parse_request(f"{raw}\r\n".encode("latin-1"), HeadLimits())


TOLD = head(
    "X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https", "X-Forwarded-Host: app.test"
)


@pytest.mark.parametrize("peer", [LOOPBACK, PROXY, Peer("", is_unix=True)])
def test_trusted_peers_are_believed(peer: Peer) -> None:
    asker = trust().asker(TOLD, peer)
    assert (asker.client, asker.scheme, asker.host) == ("203.0.113.9", "https", "app.test")
    assert asker.trusted


def test_a_stranger_is_not_believed() -> None:
    asker = trust().asker(TOLD, STRANGER)
    assert (asker.client, asker.scheme, asker.host) == ("192.0.2.1", "http", "inner:4180")


def test_what_a_proxy_does_not_answer_for_is_not_believed() -> None:
    told = head(
        "X-Forwarded-For: 203.0.113.9",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: app.test",
        "X-Request-Id: theirs",
    )
    some = trust(headers=("x-forwarded-for", "X-Forwarded-Proto"))
    asker = some.asker(told, PROXY)
    assert (asker.client, asker.scheme, asker.host) == ("203.0.113.9", "https", "inner:4180")
    assert some.request_id(told, asker) is None


def test_nobody_is_believed_without_reverse_proxy() -> None:
    assert trust(reverse_proxy=False).asker(TOLD, LOOPBACK).client == "127.0.0.1"


def test_what_the_client_wrote_in_front_does_not_count() -> None:
    told = head("X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.1.1.1")
    assert trust().asker(told, PROXY).client == "203.0.113.9"


def test_where_all_are_trusted_proxies_the_first_asked_for_itself() -> None:
    assert trust().asker(head("X-Forwarded-For: 10.0.0.1, 10.2.2.2"), PROXY).client == "10.0.0.1"
    assert trust().asker(head("X-Forwarded-For: 10.0.0.1"), PROXY).client == "10.0.0.1"
    assert trust().asker(head("X-Forwarded-For: x, 10.0.0.1"), PROXY).client == "10.0.0.7"


def test_several_lines_are_one_list() -> None:
    told = head("X-Forwarded-For: 6.6.6.6, 203.0.113.9", "x-forwarded-for: 10.1.1.1")
    assert trust().asker(told, PROXY).client == "203.0.113.9"


def test_any_other_field_holds_one_address() -> None:
    told = head("X-Real-IP: 6.6.6.6", "X-Real-IP: 7.7.7.7")
    assert trust(field="X-Real-IP").asker(told, PROXY).client == "10.0.0.7"


@pytest.mark.parametrize(
    "value",
    [
        "", "nonsense", "1.2.3.4, ", "1.2.3.4:99999999", "1.2.3.4:", "1.2.3.4:x", "[::1", "[::1]",
        "[1.2.3.4]:5", "[::1%eth0]:5", "::1%eth0", "unknown", "_hidden", "01.2.3.4", "1.2.3",
        "0x7f.0.0.1", "1.2.3.4/32", '"1.2.3.4"', "for=1.2.3.4", "1.2.3.4 5.6.7.8", "1.2.3.4;5",
        "\u0661.2.3.4", "1.2.3.4:\u00b2", "localhost", "2130706433", "[2001:db8::1]:x",
        "1.2.3.4:655350",
    ],
)  # fmt: skip
def test_an_unreadable_list_leaves_the_peer(value: str) -> None:
    told = head("X-Forwarded-For: " + value.encode().decode("latin-1"))
    assert trust().asker(told, PROXY).client == "10.0.0.7"
    assert not trust(passing=("0.0.0.0/0", "::/0")).passes_by_address(told, PROXY)


def test_a_port_has_no_digit_outside_ascii() -> None:
    told = head("X-Forwarded-For: 1.2.3.4:\u00b2")  # one byte, which `str.isdigit` takes for a 2
    assert trust().asker(told, PROXY).client == "10.0.0.7"


@pytest.mark.parametrize(
    ("value", "client"),
    [
        ("1.2.3.4:55", "1.2.3.4"),
        ("1.2.3.4:65535", "1.2.3.4"),
        ("[2001:db8::1]:55", "2001:db8::1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("[::ffff:1.2.3.4]:55", "1.2.3.4"),
        ("\t1.2.3.4 ", "1.2.3.4"),
    ],
)
def test_addresses_are_read_in_every_usual_form(value: str, client: str) -> None:
    assert trust(field="X-Real-IP").asker(head(f"X-Real-IP: {value}"), PROXY).client == client


def test_bad_forwarded_scheme_and_host_are_as_good_as_absent() -> None:
    told = head("X-Forwarded-Proto: javascript", "X-Forwarded-Host: a b/c")
    asker = trust().asker(told, PROXY)
    assert (asker.scheme, asker.host) == ("http", "inner:4180")


@pytest.mark.parametrize(
    ("told", "scheme"),
    [
        ("https", "https"), ("HTTPS", "https"), ("wss", "https"), ("ws", "http"),
        ("https, https", "https"), ("https,wss", "https"), ("http,https", "http"),
        ("https,http", "http"), ("https,", "http"), ("", "http"), ("on", "http"),
    ],
)  # fmt: skip
def test_a_scheme_counts_when_all_that_is_told_agrees(told: str, scheme: str) -> None:
    assert trust().asker(head(f"X-Forwarded-Proto: {told}"), PROXY).scheme == scheme


@pytest.mark.parametrize("told", ["http", "ws"])
def test_a_proxy_may_say_that_the_browser_speaks_plainly(told: str) -> None:
    peer = Peer("10.0.0.7", 5, is_tls=True)
    assert trust().asker(head(f"X-Forwarded-Proto: {told}"), peer).scheme == "http"


def test_each_question_is_answered_for_itself() -> None:
    believing = trust()
    lines = ("X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https", "X-Forwarded-Host: a.test")
    first = believing.asker(head(*lines), PROXY)
    assert believing.asker(head(*lines), PROXY) is first
    for other in (
        believing.asker(head("X-Forwarded-For: 203.0.113.8", *lines[1:]), PROXY),
        believing.asker(head(lines[0], "X-Forwarded-Proto: http", lines[2]), PROXY),
        believing.asker(head(*lines[:2], "X-Forwarded-Host: b.test"), PROXY),
        believing.asker(head(*lines), STRANGER),
    ):
        assert other != first


def test_what_clients_choose_is_remembered_within_bounds() -> None:
    believing = trust()
    for number in range(5000):
        host = f"X-Forwarded-Host: {number}.test"
        assert believing.asker(head(host), PROXY).host == f"{number}.test"
    assert len(believing._askers) == 5000 - 4096
    long = head("X-Forwarded-For: " + ", ".join(["203.0.113.9"] * 100))
    assert believing.asker(long, PROXY).client == "203.0.113.9"
    assert len(believing._askers) == 5000 - 4096


def test_what_is_remembered_of_addresses_is_bounded() -> None:
    addresses = AddressSet(["10.0.0.0/8"])
    for number in range(5000):
        assert f"10.0.{number >> 8}.{number & 255}" in addresses
    assert "9" * 100 not in addresses
    assert len(addresses._known) == 5000 - 4096


@pytest.mark.parametrize(
    ("told", "host"),
    [
        ("app.test:8443", "app.test:8443"), ("[2001:db8::1]:443", "[2001:db8::1]:443"),
        ("app.test:65535", "app.test:65535"), ("app.test:65536", "inner:4180"),
        ("app.test:", "inner:4180"), ("a.test, b.test", "inner:4180"), ("a@b", "inner:4180"),
        ("a.test/x", "inner:4180"), ("-a.test", "inner:4180"), ("", "inner:4180"),
        ("a\u00e9.test", "inner:4180"), ("a" * 254, "inner:4180"), ("a.test#", "inner:4180"),
    ],
)  # fmt: skip
def test_a_told_host_is_one_host_or_nothing(told: str, host: str) -> None:
    assert trust().asker(head(f"X-Forwarded-Host: {told}"), PROXY).host == host


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:DB8:0::1", "2001:db8::1"),
    ],
)
def test_a_peer_is_named_in_one_form(address: str, named: str) -> None:
    assert name_of_peer(Peer(address, 5)) == named
    assert trust().asker(head(), Peer(address, 5)).client == named


def test_a_unix_socket_has_no_address() -> None:
    unix = Peer("", is_unix=True)
    assert name_of_peer(unix) == "unknown"
    assert trust(reverse_proxy=False).asker(TOLD, unix).client == "@"
    assert not trust(reverse_proxy=False, passing=("0.0.0.0/0", "::/0")).passes_by_address(
        TOLD, unix
    )


def test_a_mapped_peer_is_the_address_it_maps() -> None:
    assert trust().asker(TOLD, Peer("::ffff:10.0.0.7", 5)).trusted
    assert trust().asker(TOLD, Peer("::ffff:127.0.0.1", 5)).trusted
    assert not trust(proxies=("::/0",)).asker(TOLD, Peer("::ffff:192.0.2.1", 5)).trusted


@pytest.mark.parametrize(
    ("entry", "inside", "outside"),
    [
        ("::ffff:10.0.0.1", "10.0.0.1", "10.0.0.2"),
        ("::ffff:10.0.0.0/120", "::ffff:10.0.0.9", "10.0.1.9"),
        ("::ffff:0:0/96", "192.0.2.1", "::1"),
        ("2001:db8::/32", "2001:db8::5", "2001:db9::5"),
        ("10.0.0.0/8", "::ffff:10.1.1.1", "::10.1.1.1"),
    ],
)
def test_mapped_networks_hold_the_addresses_they_map(entry: str, inside: str, outside: str) -> None:
    assert inside in AddressSet([entry])
    assert outside not in AddressSet([entry])


def test_own_tls_is_https() -> None:
    assert trust().asker(TOLD, Peer("192.0.2.1", is_tls=True)).scheme == "https"


def test_passing_by_address_needs_an_address_somebody_trusted_told() -> None:
    office = trust(passing=("203.0.113.0/24",))
    assert office.passes_by_address(TOLD, PROXY)
    assert not office.passes_by_address(head("X-Forwarded-For: 203.0.114.9"), PROXY)
    assert not office.passes_by_address(TOLD, STRANGER)
    assert not office.passes_by_address(head(), PROXY)
    assert not trust(passing=("10.0.0.0/8",)).passes_by_address(head(), PROXY)


def test_without_a_proxy_the_peer_is_the_client() -> None:
    direct = trust(reverse_proxy=False, passing=("192.0.2.1",))
    assert direct.passes_by_address(TOLD, STRANGER)
    assert not direct.passes_by_address(head("X-Forwarded-For: 192.0.2.1"), PROXY)


def test_request_ids_come_from_trusted_peers_only() -> None:
    told = head("X-Request-Id: abc-1")
    gate = trust()
    assert gate.request_id(told, gate.asker(told, PROXY)) == "abc-1"
    assert gate.request_id(told, gate.asker(told, STRANGER)) is None
    for value in ("a b", "", "x" * 129, "a, b", 'a"b', "a\u00e9", "a<b>", "a;b"):
        bad = head(f"X-Request-Id: {value}")
        assert gate.request_id(bad, gate.asker(bad, PROXY)) is None


def test_an_address_with_a_zone_is_no_address() -> None:
    assert parse_address("fe80::1%eth0") is None
