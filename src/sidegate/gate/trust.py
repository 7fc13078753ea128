"""Whom we believe about where a request came from.

Rule 1: nobody, unless `reverse_proxy` is on; then loopback and Unix-socket peers (an Istio sidecar
speaks from there) and `trusted_proxy_ips`, nobody else.
Rule 2: forwarded fields that cannot be read as what they should be are as good as absent.
Rule 3: of X-Forwarded-For, the last address that is no trusted proxy counts: everything before it
is what the client wrote. Where all are trusted proxies, the first one asked for itself.
Rule 4: a field that `trusted_proxy_headers` leaves out is as good as absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from sidegate.config.settings import TrustSettings
from sidegate.core.messages import Asker, Peer, RequestHead
from sidegate.gate.forwarded_headers import unanswered

_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{1,5}))?"
)
# Some proxies (Traefik) name the scheme of a WebSocket.
_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_MAPPED = IPv6Network("::ffff:0:0/96")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:@/+=-]{1,128}")
NO_ADDRESS = "@"
"""The client of a Unix socket in logs, where nobody told a better one."""

# Bounds of what is remembered: entries, and bytes of one, for clients choose both.
_BOUND = 4096
_LONGEST_ADDRESS = 64
_LONGEST_KEY = 512


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address in `text`, an IPv4-mapped one as IPv4, or None."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return None
        return address.ipv4_mapped or address
    return address


def parse_network(text: str) -> IPv4Network | IPv6Network:
    """Return the network in `text`, one of IPv4-mapped addresses as IPv4. Raises ValueError."""
    network = ip_network(text)
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        bits = int(network.network_address) & 0xFFFF_FFFF
        return IPv4Network((bits, network.prefixlen - 96))
    return network


def name_of_peer(peer: Peer) -> str:
    """Return the peer as a list of addresses names it; RFC 7239 section 6.2 where it has none."""
    address = parse_address(peer.address)
    return "unknown" if address is None else str(address)


class AddressSet:
    """Addresses and networks (CIDR), with answers remembered in a bounded cache."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._networks = [parse_network(entry) for entry in entries]
        self._known: dict[str, bool] = {}

    def __contains__(self, text: str) -> bool:
        known = self._known.get(text)
        if known is None:
            address = parse_address(text)
            known = address is not None and any(address in network for network in self._networks)
            if len(text) <= _LONGEST_ADDRESS:
                if len(self._known) >= _BOUND:
                    self._known.clear()
                self._known[text] = known
        return known


def proxy_addresses(settings: TrustSettings) -> AddressSet:
    """Return the addresses of those who speak for many: loopback and `trusted_proxy_ips`."""
    return AddressSet((*settings.trusted_proxy_ips, "127.0.0.0/8", "::1"))


class Trust:
    """Applies the rules above to a request."""

    def __init__(self, settings: TrustSettings) -> None:
        self._believes = settings.reverse_proxy
        self._proxies = proxy_addresses(settings)
        self._passing = AddressSet(settings.trusted_ips)
        self.lets_by_address = bool(settings.trusted_ips)  # that `passes_by_address` can say yes
        self.unanswered = unanswered(settings.trusted_proxy_headers)
        self._client_field = self._heard(settings.real_client_ip_header)
        self._scheme_field = self._heard("x-forwarded-proto")
        self._host_field = self._heard("x-forwarded-host")
        self.uri_field = self._heard("x-forwarded-uri")  # what others may read of a trusted peer
        self.method_field = self._heard("x-forwarded-method")
        self._askers: dict[tuple[Peer, bytes, *tuple[bytes | None, ...]], Asker] = {}
        self.id_field = settings.request_id_header
        self._id_name = self._heard(settings.request_id_header)

    def _heard(self, name: str) -> bytes:
        """Return the field to look at, one that no request has when nobody answers for it."""
        field = name.lower().encode("ascii")
        return b"" if field in self.unanswered[0] else field

    def believes(self, peer: Peer) -> bool:
        """Say whether forwarded fields from this peer count."""
        return self._believes and (peer.is_unix or peer.address in self._proxies)

    def asker(self, head: RequestHead, peer: Peer) -> Asker:
        """Return who asks and for which address. The same question gets the same object."""
        get = head.index.get
        key = (
            peer,
            head.host,
            get(self._client_field),
            get(self._scheme_field),
            get(self._host_field),
        )
        known = self._askers.get(key)
        if known is None:
            known = self._new_asker(head, peer)
            if sum(len(part) for part in key[1:] if part) <= _LONGEST_KEY:
                if len(self._askers) >= _BOUND:
                    self._askers.clear()  # cheaper than keeping an order; usual ones return at once
                self._askers[key] = known
        return known

    def _new_asker(self, head: RequestHead, peer: Peer) -> Asker:
        scheme = "https" if peer.is_tls else "http"
        host = head.host.decode("latin-1")
        near = name_of_peer(peer) if peer.address else NO_ADDRESS
        if not self.believes(peer):
            return Asker(near, scheme, host, trusted=False)
        told_host = head.text(self._host_field)
        return Asker(
            client=self._told_client(head) or near,
            scheme=_told_scheme(head.text(self._scheme_field)) or scheme,
            host=told_host if _is_host(told_host) else host,
            trusted=True,
        )

    def request_id(self, head: RequestHead, asker: Asker) -> str | None:
        """Return the request id a trusted peer gave, if it is fit to be logged and sent on."""
        if not asker.trusted:
            return None
        told = head.index.get(self._id_name, b"")
        return told.decode("ascii") if _REQUEST_ID.fullmatch(told) else None

    def passes_by_address(self, head: RequestHead, peer: Peer) -> bool:
        """Say whether the client's address is in `trusted_ips`.

        Behind a trusted proxy only an address that the proxy told counts, never its own; behind a
        proxy that is not trusted nobody knows the client, and with `reverse_proxy` off the peer is
        the client.
        """
        if not self.lets_by_address:
            return False
        if not self._believes:
            return peer.address in self._passing
        if not self.believes(peer):
            return False
        told = self._told_client(head)
        return told is not None and told in self._passing

    def _told_client(self, head: RequestHead) -> str | None:
        """Return the client's address from the configured field, or None."""
        value = head.get(self._client_field)
        if value is None:
            return None
        items = value.decode("latin-1").split(",")
        if self._client_field != b"x-forwarded-for" and len(items) != 1:
            return None
        client = None
        for item in reversed(items):
            address = _without_port(item)
            if address is None:
                return None  # whoever wrote it did not know, so nothing before it is known either
            client = str(address)
            if client not in self._proxies:
                break
        return client


def _without_port(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address of `1.2.3.4`, `1.2.3.4:5`, `::1` or `[::1]:5`, or None."""
    text = text.strip(" \t")
    if text.startswith("["):
        inside, _, port = text[1:].partition("]:")
        if not _is_port(port):
            return None
        return parse_address(inside) if ":" in inside else None
    if text.count(":") == 1:
        text, _, port = text.partition(":")
        if not _is_port(port):
            return None
    return parse_address(text)


def _told_scheme(text: str) -> str | None:
    """Return the scheme of X-Forwarded-Proto; a list counts when all of it says the same."""
    told = {_SCHEMES.get(item.strip(" \t").lower()) for item in text.split(",")}
    return told.pop() if len(told) == 1 else None


def _is_host(text: str) -> bool:
    """Say whether a text is one host with an optional port."""
    match = _HOST.fullmatch(text)
    return match is not None and (match[1] is None or int(match[1]) <= 0xFFFF)


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5
