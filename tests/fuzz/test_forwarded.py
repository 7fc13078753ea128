"""Forwarded fields: who asks, and for which address.

- Whatever stands in them, `asker` gives an answer and never raises.
- A peer that is not trusted changes nothing: client, scheme and host are those of the wire.
- What a trusted peer told is an address, a scheme and a host, or is as good as absent.
- What a client wrote before a trusted proxy added its address never becomes the client.
- `trusted_ips` lets nobody pass whose address nobody trustworthy told.
"""

from functools import cache
from ipaddress import ip_address, ip_network

from hypothesis import example, given
from hypothesis import strategies as st

from sidegate.config.settings import TrustSettings
from sidegate.core.errors import RequestError
from sidegate.core.messages import Peer, RequestHead
from sidegate.gate.trust import Trust
from sidegate.http1.head import HeadLimits, parse_request
from tests.fuzz.budget import fuzzed

PROXIES = ("10.0.0.0/8", "2001:db8::/32", "192.0.2.77")
PASSING = ("203.0.113.0/24", "2001:db9::1", "0.0.0.0/5")
LOOPBACK = ("127.0.0.0/8", "::1")
HOST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:[]")
REQUEST_ID = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:@/+=-")

ADDRESSES = st.sampled_from(
    [
        "203.0.113.7",
        "10.1.2.3",
        "127.0.0.1",
        "192.0.2.1",
        "192.0.2.77",
        "1.2.3.4",
        "::1",
        "::ffff:10.0.0.1",
        "::ffff:203.0.113.9",
        "2001:db8::5",
        "2001:db9::1",
        "fe80::1%eth0",
        "[2001:db9::1]:443",
        "203.0.113.7:80",
        "1.2.3.4.5",
        "0177.0.0.1",
        "256.1.1.1",
        "unknown",
        "_hidden",
        "@",
    ]
)
MARKS = st.sampled_from([*',:[]%/\\"= \t\xa0²', ", "])
TEXTS = st.lists(ADDRESSES | MARKS | st.text("abc019.-\xe9", max_size=3), max_size=5).map("".join)
CHAINS = st.lists(ADDRESSES | TEXTS, max_size=5).map(", ".join)
SCHEMES = st.sampled_from(["https", "http", "HTTPS", "https,http", "ftp", "javascript", "", " "])
HOSTS = st.sampled_from(
    ["app.test", "app.test:8443", "[::1]:80", "evil.test, a", "a@b", "a/b", "a?b", "a b", ".a", ""]
)
FIELDS = st.lists(
    st.tuples(st.just("X-Forwarded-For"), CHAINS)
    | st.tuples(st.just("X-Real-IP"), CHAINS)
    | st.tuples(st.just("X-Forwarded-Proto"), SCHEMES | TEXTS)
    | st.tuples(st.just("X-Forwarded-Host"), HOSTS | TEXTS)
    | st.tuples(st.just("X-Request-Id"), TEXTS)
    | st.tuples(st.just("X-Forwarded-Uri"), TEXTS)
    | st.tuples(st.just("Forwarded"), TEXTS),
    max_size=5,
)
PEERS = st.builds(
    Peer,
    st.sampled_from(["192.0.2.1", "203.0.113.7", "127.0.0.1", "10.9.9.9", "2001:db8::9", "::1"]),
    port=st.just(5),
    is_tls=st.booleans(),
) | st.just(Peer("", is_unix=True))
SETTINGS = st.builds(
    TrustSettings,
    reverse_proxy=st.booleans(),
    real_client_ip_header=st.sampled_from(["X-Forwarded-For", "X-Real-IP"]),
    trusted_proxy_ips=st.sampled_from([(), PROXIES]),
    trusted_proxy_headers=st.just(()),
    trusted_ips=st.sampled_from([(), PASSING]),
    request_id_header=st.just("X-Request-Id"),
)


network_of = cache(ip_network)
trust_of = cache(Trust)


def is_in(address: str, networks: tuple[str, ...]) -> bool:
    parsed = ip_address(address)
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(parsed in network for network in map(network_of, networks))


def is_trusted(settings: TrustSettings, peer: Peer) -> bool:
    proxies = (*settings.trusted_proxy_ips, *LOOPBACK)
    return settings.reverse_proxy and (peer.is_unix or is_in(peer.address, proxies))


def head_of(fields: list[tuple[str, str]]) -> RequestHead | None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    raw = f"GET / HTTP/1.1\r\nHost: inner:4180\r\n{lines}\r\n"
    try:
        return parse_request(raw.encode("latin-1", "replace"), HeadLimits())
    except RequestError:
        return None


@fuzzed(500)
@given(settings=SETTINGS, peer=PEERS, fields=FIELDS)
@example(
    settings=TrustSettings(
        reverse_proxy=True,
        real_client_ip_header="X-Real-IP",
        trusted_proxy_ips=PROXIES,
        trusted_proxy_headers=(),
        trusted_ips=PASSING,
        request_id_header="X-Request-Id",
    ),
    peer=Peer("10.9.9.9", 5),
    fields=[("X-Real-IP", "203.0.113.7"), ("X-Real-IP", "1.2.3.4")],
)
def test_only_trusted_peers_are_believed_and_only_what_makes_sense(
    settings: TrustSettings, peer: Peer, fields: list[tuple[str, str]]
) -> None:
    head = head_of(fields)
    if head is None:
        return
    trust = trust_of(settings)
    asker = trust.asker(head, peer)
    own = (peer.address or "@", "https" if peer.is_tls else "http", "inner:4180")
    request_id = trust.request_id(head, asker)
    assert asker.trusted == is_trusted(settings, peer)
    assert asker.scheme in ("http", "https")
    if not asker.trusted:
        assert (asker.client, asker.scheme, asker.host) == own
        assert request_id is None
    assert asker.client == "@" or ip_address(asker.client)
    assert asker.host
    assert HOST.issuperset(asker.host)
    assert not request_id or REQUEST_ID.issuperset(request_id)


@fuzzed(300)
@given(settings=SETTINGS, chain=CHAINS, forged=CHAINS)
def test_what_the_client_wrote_before_the_proxies_is_nothing(
    settings: TrustSettings, chain: str, forged: str
) -> None:
    told = head_of([("X-Forwarded-For", chain)])
    lied = head_of([("X-Forwarded-For", f"{forged}, {chain}")])
    if told is None or lied is None:
        return
    client = trust_of(settings)._told_client(told)
    if client is not None and not is_in(client, (*settings.trusted_proxy_ips, *LOOPBACK)):
        assert trust_of(settings)._told_client(lied) == client


@fuzzed(300)
@given(settings=SETTINGS, peer=PEERS, fields=FIELDS)
def test_nobody_passes_by_an_address_that_nobody_trustworthy_told(
    settings: TrustSettings, peer: Peer, fields: list[tuple[str, str]]
) -> None:
    head = head_of(fields)
    if head is None or not trust_of(settings).passes_by_address(head, peer):
        return
    assert settings.trusted_ips
    if settings.reverse_proxy:
        assert is_trusted(settings, peer)
        field = settings.real_client_ip_header.lower()
        told = head.text(field.encode()).split(",")
        assert any(is_in(text, PASSING) for text in map(plain, told) if text)
    else:
        assert is_in(peer.address, PASSING)


def plain(text: str) -> str:
    """Return the address of an item with its port taken off, empty when it is none."""
    for candidate in (text.strip(), text.strip().rpartition(":")[0].strip("[]"), text.strip(" []")):
        try:
            return str(ip_address(candidate))
        except ValueError:
            continue
    return ""
