"""Messages and plans: what comes in, what is to be done with it, what goes out.

The network layer reads a request, hands an `Exchange` to one handler and carries out the `Plan`
that comes back. The handler decides and does no I/O; a plan that needs I/O first is a `Later`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sidegate.core.identity import Session


class RequestHead:
    """The head of one request, checked against the wire policy (RFC 9112). Built by `http1.head`.

    Plain slots instead of a frozen dataclass: one is built per request on the hot path.
    `target` is in origin-form and is forwarded byte for byte. `fields` are (lower-case name,
    value, canonical line with CRLF), in order; `index` maps the lower-case name to the value,
    duplicates joined (`; ` for Cookie, else `, `). `length` is the body length in bytes, 0 for
    none, -1 for a chunked body.
    """

    __slots__ = (
        "expects_continue",
        "fields",
        "host",
        "index",
        "keep_alive",
        "length",
        "method",
        "minor",
        "nominated",
        "target",
        "upgrade",
    )

    method: bytes
    target: bytes
    minor: int
    fields: list[tuple[bytes, bytes, bytes]]
    index: dict[bytes, bytes]
    host: bytes
    length: int
    keep_alive: bool
    expects_continue: bool
    upgrade: bool
    nominated: frozenset[bytes]

    def get(self, name: bytes) -> bytes | None:
        """Return the value of a field by its lower-case name, or None."""
        return self.index.get(name)

    def text(self, name: bytes) -> str:
        """Return the value of a field as latin-1 text, empty when it is absent."""
        return self.index.get(name, b"").decode("latin-1")

    @property
    def path(self) -> bytes:
        """The raw path: the target without its query."""
        return self.target.partition(b"?")[0]

    @property
    def query(self) -> bytes:
        """The raw query without the question mark, empty when there is none."""
        return self.target.partition(b"?")[2]

    def __repr__(self) -> str:
        # Neither query nor fields: a repr ends up in logs, and both carry secrets.
        return f"<RequestHead {self.method.decode('latin-1')} {self.path.decode('latin-1')}>"


@dataclass(frozen=True, slots=True, eq=False)
class Peer:
    """The other end of a client connection, fixed for its lifetime; compared by object.

    `address` is an IP address as text, or empty for a Unix socket. `port` is 0 there.
    """

    address: str
    port: int = 0
    is_unix: bool = False
    is_tls: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Asker:
    """Who asks, and for which address, after the trust rules were applied (`gate.trust`).

    Compared by object, so that it can key a cache cheaply.

    `client`: IP address as text (`@` for a Unix socket peer that told nothing better).
    `scheme`: `http` or `https`; `host`: the authority the browser used, as text.
    `trusted`: forwarded fields of this request are believed.
    """

    client: str
    scheme: str
    host: str
    trusted: bool


class Asked(NamedTuple):
    """What the rules look at: the authority the browser used, the method, the raw path.

    Not always those of the request itself: another proxy may ask about a request.
    """

    host: str
    method: bytes
    path: bytes


NEVER_ASKED: Final = -1.0
"""Seconds that an application took which was not asked, or did not answer."""


class Exchange:
    """One request and what is known of it so far: the thread from the wire to log and metric.

    The network layer fills `head`, `peer`, `started` and, at the end, `status`, `sent` and
    `ended`; the handler fills the rest. Plain slots: one per request.
    """

    __slots__ = (
        "asker",
        "ended",
        "head",
        "peer",
        "provider",
        "reason",
        "request_id",
        "route",
        "sent",
        "session",
        "started",
        "status",
        "trace",
        "upstream",
        "user",
        "waited",
    )

    head: RequestHead
    peer: Peer
    asker: Asker | None
    request_id: str
    user: str  # name for the logs, empty when nobody is signed in
    session: Session | None  # theirs, for the audit
    provider: str  # id of the one that a sign-in is about, else empty
    route: str  # bounded label: own endpoint, upstream path, or "other"
    upstream: str  # where it went, empty when answered by the gate
    reason: str  # stable code when the gate refused, else empty
    status: int
    sent: int  # body bytes to the client
    started: float  # monotonic seconds
    ended: float
    waited: float  # seconds for the application to begin its answer, else NEVER_ASKED
    trace: object  # whoever traces sets it (`observe.tracing`), and nobody where that is off

    def __init__(self, head: RequestHead, peer: Peer, started: float) -> None:
        self.head = head
        self.peer = peer
        self.started = started
        self.asker = None
        self.session = None
        self.request_id = self.user = self.route = self.upstream = self.reason = ""
        self.provider = ""
        self.status = self.sent = 0
        self.ended = started
        self.waited = NEVER_ASKED


@dataclass(slots=True)
class Response:
    """An answer of the gate itself. Header text is latin-1 without CR, LF and NUL.

    `Content-Length`, `Date` and `Connection` are added when it is rendered. A HEAD request gets
    the same head without the body.
    """

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where upstream connections go; the key of the connection pool.

    `scheme` is `http` or `https`; for a Unix socket `socket_path` is set. `verify` is False only
    with `ssl_upstream_insecure_skip_verify`.
    """

    scheme: str
    host: str
    port: int
    socket_path: str = ""
    verify: bool = True

    def __hash__(self) -> int:
        # The generated one hashes five fields, twice per request; few origins share a port.
        return self.port

    def __str__(self) -> str:
        return self.socket_path or f"{self.host}:{self.port}"


@dataclass(slots=True)
class Respond:
    """Answer from here. `close` ends the connection after the answer."""

    response: Response
    close: bool = False


class Forward:
    """Send `head` (complete, canonical bytes) and then the client's body to `origin`.

    `extra`: header lines (each ending in CRLF) for the response to the client. `websocket`: the
    head asks for an upgrade and a matching 101 opens a tunnel. `timeout`: seconds until the
    upstream's response head must be there. `private`: shared caches must not keep the answer unless
    the application says so. `sets_cookie`: not even then, for a cookie of the gate is in `extra`.
    `session`: whose request it is, should the answer stay open for long.
    """

    __slots__ = (
        "extra",
        "head",
        "origin",
        "private",
        "session",
        "sets_cookie",
        "timeout",
        "websocket",
    )

    def __init__(
        self,
        origin: Origin,
        head: bytes,
        timeout: float,
        *,
        extra: bytes = b"",
        websocket: bool = False,
        private: bool = False,
        session: Session | None = None,
    ) -> None:
        self.session = session
        self.origin = origin
        self.private = private
        self.sets_cookie = False
        self.head = head
        self.timeout = timeout
        self.extra = extra
        self.websocket = websocket


@dataclass(slots=True)
class ReadBody:
    """Read the whole request body first, `limit` bytes at most (else 413), then ask again."""

    limit: int
    then: Callable[[bytes], Plan]


@dataclass(slots=True)
class Later:
    """The plan needs I/O before it is known. Runs to its end even when the client leaves."""

    work: Coroutine[Any, Any, Plan]


Plan = Respond | Forward | ReadBody | Later

Handler = Callable[[Exchange], Plan]
"""Decides what happens to a request. Pure apart from what `Later` carries; never raises."""

Observer = Callable[[Exchange], None]
"""Hears of every finished exchange, for log and metrics. Never raises, never blocks."""
