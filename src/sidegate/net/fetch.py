"""Calls to identity providers: one request, one connection, one answer, a few strict limits.

Rule 1: redirects are answers, never followed: a secret goes to the address that was configured.
Rule 2: an answer is whole or it is an error. A body that ends early is never handed on.
Rule 3: every failure is ProviderUnavailable (try later) or ProviderMisbehaved (not HTTP as we
accept it). Messages name the origin, never path, query, header or body.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import SplitResult, urlsplit

import httptools

from sidegate.core.errors import ConfigurationError, ProviderMisbehaved, ProviderUnavailable
from sidegate.core.ports import FetchRequest, FetchResponse

MAX_HEAD_BYTES: Final = 64 * 1024
MAX_HEAD_FIELDS: Final = 128
_CHUNK: Final = 64 * 1024
_FIRST_FINAL_STATUS: Final = 200


class Writer(Protocol):
    """The part of asyncio.StreamWriter that a call needs."""

    def write(self, data: bytes, /) -> None:
        """Queue bytes for the provider."""

    async def drain(self) -> None:
        """Wait until most of them are on their way."""

    def close(self) -> None:
        """End the connection."""


Connect = Callable[
    [str, int, ssl.SSLContext | None], Awaitable[tuple[asyncio.StreamReader, Writer]]
]
"""Opens a connection to host and port, with TLS where a context is given. Raises OSError."""


async def open_connection(
    host: str, port: int, context: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, Writer]:
    """Open a real connection (the default `Connect`)."""
    name = host if context else None
    return await asyncio.open_connection(host, port, ssl=context, server_hostname=name)


class Fetcher:
    """Implements `core.ports.Fetch` on sockets.

    `tls` builds the context; it is called at the first https call and once only.
    """

    def __init__(
        self, tls: Callable[[], ssl.SSLContext], connect: Connect = open_connection
    ) -> None:
        self._tls = tls
        self._connect = connect
        self._context: ssl.SSLContext | None = None

    def take_tls(self, context: ssl.SSLContext) -> None:
        """Use this context for the calls from now on."""
        self._context = context

    async def __call__(self, request: FetchRequest, /) -> FetchResponse:
        """Send the request and return whatever status comes back, within `request.timeout`."""
        target = _target_of(request.url)
        message = _render(request, target)
        was_sent = False
        try:
            async with asyncio.timeout(request.timeout):
                context = self._context_for(target)
                reader, writer = await self._connect(target.host, target.port, context)
                was_sent = True
                return await _exchange(reader, writer, message, _Answer(target, request.limit))
        except ConfigurationError as error:
            raise ProviderUnavailable(str(error), was_sent=False) from None
        except (OSError, UnicodeError) as error:  # UnicodeError: no name that DNS could hold
            reason = _reason(error, request.timeout)
            raise ProviderUnavailable(
                f"{target.origin}: {reason}", was_sent=was_sent, is_silent=True
            ) from None

    def _context_for(self, target: "_Target") -> ssl.SSLContext | None:
        if target.scheme == "http":
            return None
        if self._context is None:
            self._context = self._tls()
        return self._context


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a URL leads. `origin` is what log messages may show."""

    scheme: str
    host: str
    port: int
    authority: str
    path: str

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"


def _target_of(url: str) -> _Target:
    """Split an address, strictly: printable ASCII, http(s), a host, no user name, no fragment."""
    is_plain = all("!" <= char <= "~" and char != "\\" for char in url)
    try:
        return _checked(urlsplit(url if is_plain else ""))
    except ValueError:
        raise ProviderMisbehaved("an address of the provider is not one we can call") from None


def _checked(parts: SplitResult) -> _Target:
    host = parts.hostname
    default = {"http": 80, "https": 443}.get(parts.scheme)
    if not host or default is None or "@" in parts.netloc or parts.fragment or parts.port == 0:
        raise ValueError
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Target(parts.scheme, host, parts.port or default, parts.netloc, path)


def _render(request: FetchRequest, target: _Target) -> bytes:
    """Write the request anew (RFC 9112 section 3); a field that could end its line is a bug."""
    fields = [("Host", target.authority), ("User-Agent", "sidegate"), *request.headers]
    if request.body or request.method == "POST":
        fields.append(("Content-Length", str(len(request.body))))
    fields.append(("Connection", "close"))
    if not all(text.isascii() and text.isprintable() for field in fields for text in field):
        raise ProviderMisbehaved("a request to the provider would have had a broken header field")
    lines = [f"{request.method} {target.path} HTTP/1.1", *(f"{n}: {v}" for n, v in fields)]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + request.body


def _reason(error: OSError | UnicodeError, timeout: float) -> str:
    """Say why a call failed. TimeoutError and SSLError are kinds of OSError."""
    if isinstance(error, TimeoutError):
        return f"no answer within {timeout:g} s"
    if isinstance(error, ssl.SSLError):
        reason = getattr(error, "verify_message", "") or getattr(error, "reason", "failed")
        return f"TLS: {reason}"
    return getattr(error, "strerror", None) or type(error).__name__


async def _exchange(
    reader: asyncio.StreamReader, writer: Writer, message: bytes, answer: "_Answer"
) -> FetchResponse:
    try:
        writer.write(message)
        await writer.drain()
        return await _read(reader, answer)
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader, answer: "_Answer") -> FetchResponse:
    while not answer.is_complete:
        data = await reader.read(_CHUNK)
        if not data:
            answer.end_of_stream()
            break
        answer.feed(data)
    return FetchResponse(answer.status, answer.headers, bytes(answer.body))


class _Answer:
    """Collects one final response; the callbacks are httptools' names."""

    def __init__(self, target: _Target, limit: int) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.is_complete = False
        self._origin = target.origin
        self._limit = limit
        self._head_bytes = 0
        self._fields = 0
        self._field_bytes = 0
        self._head_done = False
        self._fault = ""
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Take bytes from the wire. Raises ProviderMisbehaved when they are not an answer."""
        if not self._head_done:
            self._head_bytes += len(data)  # an upper bound; a body's start may count in
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            # Bytes after the end are of no interest: the connection is closed anyway.
            if not self.is_complete:
                self._fault = self._fault or "answer is not HTTP/1.1"
        if not self._head_done and self._head_bytes > MAX_HEAD_BYTES:
            self._fault = "head of the answer is too large"
        self._raise_fault()

    def end_of_stream(self) -> None:
        """Take the end. Only a body without length and without chunks may end this way."""
        framed = self.headers.keys() & {"content-length", "transfer-encoding"}
        if not self._head_done or framed:
            self._fault = "answer ended early"
        self._raise_fault()
        self.is_complete = True

    def _raise_fault(self) -> None:
        if self._fault:
            raise ProviderMisbehaved(f"{self._origin}: {self._fault}")

    # Callbacks of httptools. They note faults: an exception in them would lose its type.

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.is_complete:
            return
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self._fields += 1
        self._field_bytes += len(name) + len(value)
        if self._fields > MAX_HEAD_FIELDS:
            self._fault = "answer has too many header fields"
            return
        if self._field_bytes > MAX_HEAD_BYTES:  # a head may be whole before `feed` counts it
            self._fault = "head of the answer is too large"
            return
        self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        if self.is_complete:  # another answer behind ours is nobody's business
            return
        self.status = self._parser.get_status_code()
        if self.status < _FIRST_FINAL_STATUS:  # 100, 103: the real answer follows
            self.headers.clear()
            return
        self._head_done = True
        if self.headers.keys() >= {"content-length", "transfer-encoding"}:
            self._fault = "answer has two lengths"
        elif self.headers.get("transfer-encoding", "chunked") != "chunked":
            self._fault = "answer has a transfer coding other than chunked"
        elif self.headers.get("content-encoding", "identity") != "identity":
            self._fault = "answer is compressed, which was not asked for"

    def on_body(self, data: bytes) -> None:
        if self.is_complete:
            return
        if len(self.body) + len(data) > self._limit:
            self._fault = self._fault or f"answer is larger than {self._limit} bytes"
            return
        self.body += data

    def on_message_complete(self) -> None:
        self.is_complete = self._head_done  # not after a 1xx
