"""Plays the rows of who asks through a whole gate: peers of every kind, bytes in, bytes out.

What is observed: the client in the logs, what the application is told of client, scheme and host,
and whether a path is open to an address. Peers that no socket can have (`garbage`, an address
without a port) are left out and counted.
"""

import re

import pytest

from sidegate.core.errors import ConfigurationError
from tests.conformance.rows import Row, agree, gate_with, lines, params, peer_of, read, toml
from tests.kit.gate import request, sent_fields
from tests.kit.wire import Wire

ROWS = read("real_client_ip")
PEER = re.compile(r"@|/.+|[0-9.]+:[0-9]+|\[[0-9a-f:]+\]:[0-9]+")
EVERYBODY = ["0.0.0.0/0", "::/0"]
# Of a list oauth2-proxy takes the first item, which the client wrote. Here the last that is no
# trusted proxy counts, an empty one is nobody, and every other field holds one address.
LISTS = {
    "192.168.10.50, 10.0.0.1, 1.2.3.4": "1.2.3.4",
    ",1.2.3.4": "1.2.3.4",
    "1.2.3.4,": None,
}
# Law 2: no path that a proxy was asked for, so nobody knows which is meant. It opens nothing.
NOT_A_PATH = {"/a b", "http://h/p?q"}


def can_be(row: Row) -> bool:
    return PEER.fullmatch(row["in"]["remote_addr"]) is not None


def is_mistaken(row: Row) -> bool:
    return isinstance(row["expect"], dict) and "config_error" in row["expect"]


def playable(group: str) -> list[Row]:
    return [row for row in ROWS[group] if can_be(row) and not is_mistaken(row)]


def play(row: Row, target: bytes, host: bytes = b"app.test", **options: object) -> Wire:
    given = row["in"]
    keys = ("reverse_proxy", "real_client_ip_header")
    gate = gate_with(toml(**{k: given[k] for k in keys if k in given}, **options))
    with Wire(gate, refuse=gate.refuse, peer=peer_of(given["remote_addr"])) as wire:
        wire.client_sends(request(target, *lines(given["headers"]), host=host))
        if wire.upstreams:
            wire.upstream_sends(b"HTTP/1.1 204 No Content\r\n\r\n")
    return wire


def everybody_where_nobody_is_named(row: Row) -> list[str]:
    """Return the proxies to trust: an empty list means everybody to oauth2-proxy (law 7)."""
    return row["in"].get("trusted_proxy_ips") or EVERYBODY


def client_of(row: Row) -> str | None:
    """Return the address that should be found."""
    field = row["in"].get("real_client_ip_header", "X-Real-IP")
    told = dict(row["in"]["headers"]).get(field, "")
    if not row["in"]["reverse_proxy"] or told not in LISTS:
        found: str | None = row["expect"].get("ip")
        return found
    return LISTS[told] if field == "X-Forwarded-For" else None


@pytest.mark.parametrize("row", params(playable("real_ip")))
def test_the_client_is_the_one_recorded(row: Row) -> None:
    # oauth2-proxy asks no list of proxies here. Naming this one is what its users do with us.
    proxies = [row["in"]["remote_addr"].rpartition(":")[0]] if row["in"]["reverse_proxy"] else []
    wire = play(row, b"/", skip_auth_routes=["^/"], trusted_proxy_ips=proxies)
    asker = wire.observed[0].asker
    assert asker is not None
    ip, peer = client_of(row), peer_of(row["in"]["remote_addr"])
    agree(row, asker.client, ip or (peer[0] if isinstance(peer, tuple) else "@"))
    agree(row, dict(sent_fields(wire.upstream_got())).get("x-real-ip"), ip)


@pytest.mark.parametrize("row", params(playable("trusted_ip")))
def test_an_address_opens_as_recorded(row: Row) -> None:
    wire = play(row, b"/", trusted_ips=row["in"]["trusted_ips"])
    assert wire.client_got().status == (204 if wire.upstreams else 403)
    agree(row, bool(wire.upstreams), row["expect"])


@pytest.mark.parametrize("row", params([row for row in ROWS["netset"] if not is_mistaken(row)]))
def test_a_network_holds_the_addresses_recorded(row: Row) -> None:
    given = row["in"]
    gate = gate_with(toml(trusted_ips=given["networks"]))
    with Wire(gate, refuse=gate.refuse, peer=(given["ip"], 1)) as wire:
        wire.client_sends(request())
    agree(row, bool(wire.upstreams), row["expect"])


@pytest.mark.parametrize("row", params(playable("forward_trust")))
def test_forwarded_fields_are_believed_as_recorded(row: Row) -> None:
    given, expect = row["in"], row["expect"]
    options = {"trusted_proxy_ips": everybody_where_nobody_is_named(row)}
    host, target = given["host"].encode(), given["target"].encode()
    wire = play(row, target, host, skip_auth_routes=["^/"], **options)
    # Law 2: for what is forwarded, X-Forwarded-Uri chooses nothing and changes nothing.
    assert wire.upstream_got().startswith(b"GET " + target + b" ")
    sent = dict(sent_fields(wire.upstream_got()))
    asked = play(row, b"/oauth2/auth", host, skip_auth_routes=[f"^{expect['path']}$"], **options)
    is_judged = asked.client_got().status == 202
    told = dict(given["headers"]).get("X-Forwarded-Uri")
    agree(
        row,
        (sent["x-forwarded-host"], sent["x-forwarded-proto"], is_judged),
        (
            expect["host"],
            expect["proto"] or "http",
            expect["trusted"] and told is not None and told not in NOT_A_PATH,
        ),
    )


@pytest.mark.parametrize(
    "row", params([row for group in ROWS.values() for row in group if is_mistaken(row)])
)
def test_a_mistake_stops_the_start(row: Row) -> None:
    given = row["in"]
    options = {"trusted_ips": given["networks"]} if "networks" in given else {}
    header = given.get("real_client_ip_header", "X-Real-IP")
    with pytest.raises(ConfigurationError):
        gate_with(toml(real_client_ip_header=header, **options))


def test_the_account_of_rows() -> None:
    rows = [row for group in ROWS.values() for row in group]
    assert len(rows) == 225
    assert sum("remote_addr" in row["in"] and not can_be(row) for row in rows) == 11
    values = [value for row in rows for _, value in row["in"].get("headers", [])]
    assert sum(value in LISTS for value in values) == 4
    assert sum(value in NOT_A_PATH for value in values) == 2
