"""Whom we believe about where a request came from."""

import pytest

from sidegate.config.settings import TrustSettings
from sidegate.core.messages import Peer, RequestHead
from sidegate.gate.trust import Trust, parse_address
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
) -> Trust:
    return Trust(
        TrustSettings(
            reverse_proxy=reverse_proxy,
            real_client_ip_header=field,
            trusted_proxy_ips=proxies,
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


def test_nobody_is_believed_without_reverse_proxy() -> None:
    assert trust(reverse_proxy=False).asker(TOLD, LOOPBACK).client == "127.0.0.1"


def test_what_the_client_wrote_in_front_does_not_count() -> None:
    told = head("X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.1.1.1")
    assert trust().asker(told, PROXY).client == "203.0.113.9"


@pytest.mark.parametrize(
    "value", ["", "nonsense", "1.2.3.4, ", "1.2.3.4:99999999", "[::1", "::1%eth0", "10.0.0.1"]
)
def test_an_unreadable_list_leaves_the_peer(value: str) -> None:
    assert trust().asker(head(f"X-Forwarded-For: {value}"), PROXY).client == "10.0.0.7"


@pytest.mark.parametrize(
    ("value", "client"),
    [
        ("1.2.3.4:55", "1.2.3.4"),
        ("[2001:db8::1]:55", "2001:db8::1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
    ],
)
def test_addresses_are_read_in_every_usual_form(value: str, client: str) -> None:
    assert trust(field="X-Real-IP").asker(head(f"X-Real-IP: {value}"), PROXY).client == client


def test_bad_forwarded_scheme_and_host_are_as_good_as_absent() -> None:
    told = head("X-Forwarded-Proto: javascript", "X-Forwarded-Host: a b/c")
    asker = trust().asker(told, PROXY)
    assert (asker.scheme, asker.host) == ("http", "inner:4180")


def test_own_tls_is_https() -> None:
    assert trust().asker(TOLD, Peer("192.0.2.1", is_tls=True)).scheme == "https"


def test_passing_by_address_needs_an_address_somebody_trusted_told() -> None:
    office = trust(passing=("203.0.113.0/24",))
    assert office.passes_by_address(TOLD, PROXY)
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
    bad = head("X-Request-Id: a b")
    assert gate.request_id(bad, gate.asker(bad, PROXY)) is None


def test_an_address_with_a_zone_is_no_address() -> None:
    assert parse_address("fe80::1%eth0") is None
