"""The head that goes to an application; every line of it is chosen here.

Rule 1: what ends at this hop goes first, with what `Connection` names; then what only the gate or a
trusted proxy may say, in every spelling; then ours is written, once.
Rule 2: method and target are the bytes that were judged.
"""

from __future__ import annotations

from collections.abc import Callable

from sidegate.core.messages import Asker, Exchange, Peer, RequestHead
from sidegate.gate.forwarded_headers import NEVER, OF_PROXIES, OF_PROXIES_FAMILIES, WRITTEN
from sidegate.gate.identity_headers import STRIPPED_FAMILIES
from sidegate.gate.trust import NO_ADDRESS, name_of_peer
from sidegate.http1.head import CHUNKED
from sidegate.http1.hop_by_hop import FIELDS, NOT_NOMINABLE
from sidegate.http1.names import Passes, fold
from sidegate.observe.trace import broken_fields

# Bounds of what is remembered: entries, and bytes of one, for clients choose both.
_BOUND = 4096
_LONGEST = 512
_WRITTEN_ANEW = frozenset({b"host", b"cookie", b"content-length", b"expect"})


class UpstreamHead:
    """Writes heads. Compiled from the settings once.

    `stripped`: folded names that the gate alone may send. `unanswered`: names and families that no
    proxy answers for. `id_field`: the field of the request id.
    """

    def __init__(
        self,
        *,
        stripped: frozenset[bytes],
        unanswered: tuple[frozenset[bytes], tuple[bytes, ...]],
        id_field: str,
        pass_host: bool,
        without_our_cookies: Callable[[bytes], bytes | None],
    ) -> None:
        dropped = FIELDS | _WRITTEN_ANEW | WRITTEN | NEVER | stripped
        dropped |= {fold(id_field.encode("ascii"))}
        names, families = unanswered
        self._passes_trusted = Passes(dropped | names, STRIPPED_FAMILIES + families)
        self._passes = Passes(dropped | OF_PROXIES, STRIPPED_FAMILIES + OF_PROXIES_FAMILIES)
        self._id_field = id_field
        self._pass_host = pass_host
        self._without_our_cookies = without_our_cookies
        self._forwarded: dict[Asker, bytes] = {}

    def write(
        self, exchange: Exchange, asker: Asker, host: bytes, identity: bytes, *, websocket: bool
    ) -> bytes:
        """Return the head for the application.

        `host`: of the application, for `pass_host_header=false` and for a request that named none.
        `identity`: the lines that say who is signed in. `websocket`: ask for the upgrade.
        """
        head = exchange.head
        if self._pass_host and head.host:  # which HTTP/1.0 may leave out
            host = head.host
        passes = self._passes_trusted if asker.trusted else self._passes
        fields, leaving, index = head.fields, head.nominated, head.index
        broken = broken_fields(head)
        if broken or leaving:
            leaving |= broken
            fields = [field for field in fields if not _goes(field[0], leaving)]
        told, cookie = index.get(b"x-forwarded-for"), index.get(b"cookie")
        if cookie is not None:
            cookie = self._without_our_cookies(cookie)
        return b"".join(
            (
                head.method,
                b" ",
                head.target,
                b" HTTP/1.1\r\nHost: ",
                host,
                b"\r\n",
                *[field[2] for field in fields if passes[field[0]]],
                b"" if cookie is None else b"Cookie: %b\r\n" % cookie,
                identity,
                b"X-Forwarded-For: %b, " % told if told else b"X-Forwarded-For: ",
                self._forwarded_lines(exchange.peer, asker),
                exchange.request_id.encode("latin-1"),
                _framing(head, websocket=websocket),
            )
        )

    def _forwarded_lines(self, peer: Peer, asker: Asker) -> bytes:
        """Return the end of X-Forwarded-For and the lines behind it, through the request id's name.

        They are the same for all requests that one peer forwards for one client.
        """
        known = self._forwarded.get(asker)
        if known is None:
            known = "\r\n".join(
                (
                    name_of_peer(peer),
                    *_real_ip(peer, asker),
                    f"X-Forwarded-Proto: {asker.scheme}",
                    f"X-Forwarded-Host: {asker.host}",
                    f"{self._id_field}: ",
                )
            ).encode("latin-1")
            if len(known) <= _LONGEST:
                if len(self._forwarded) >= _BOUND:
                    self._forwarded.clear()
                self._forwarded[asker] = known
        return known


def _real_ip(peer: Peer, asker: Asker) -> list[str]:
    """Return the line with the client's address, if it is known.

    The address of a trusted proxy that told none is not the client's, and a Unix socket has none.
    """
    is_proxy = asker.trusted and asker.client == name_of_peer(peer)
    if is_proxy or asker.client == NO_ADDRESS:
        return []
    return [f"X-Real-IP: {asker.client}"]


def _framing(head: RequestHead, *, websocket: bool) -> bytes:
    """Return the end of a request head, from the end of a line on: its framing, or the upgrade."""
    if websocket:
        return b"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    if head.length == CHUNKED:
        return b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    if head.length or b"content-length" in head.index:
        return b"\r\nContent-Length: %d\r\n\r\n" % head.length
    return b"\r\n\r\n"


def _goes(name: bytes, nominated: frozenset[bytes]) -> bool:
    """Say whether Connection takes this field away; framing and identity it cannot take."""
    return name in nominated and fold(name) not in NOT_NOMINABLE
