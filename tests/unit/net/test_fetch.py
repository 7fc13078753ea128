"""Calls to identity providers: bytes out, bytes in."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable

import pytest

from sidegate.core.errors import ConfigurationError, ProviderMisbehaved, ProviderUnavailable
from sidegate.core.ports import FetchRequest, FetchResponse
from sidegate.net.fetch import Fetcher, Writer


class Line:
    """A connection by hand: what was written, and what will be read."""

    def __init__(self, *answer: bytes, fault: Exception | None = None, ends: bool = True) -> None:
        self.sent = b""
        self.is_closed = False
        self.asked: tuple[str, int, bool] | None = None
        self._answer = answer
        self._fault = fault
        self._ends = ends

    async def connect(
        self, host: str, port: int, context: ssl.SSLContext | None
    ) -> tuple[asyncio.StreamReader, Writer]:
        self.asked = (host, port, context is not None)
        if self._fault is not None:
            raise self._fault
        reader = asyncio.StreamReader()
        for data in self._answer:
            reader.feed_data(data)
        if self._ends:
            reader.feed_eof()
        return reader, self

    def write(self, data: bytes, /) -> None:
        self.sent += data

    async def drain(self) -> None:
        pass

    def close(self) -> None:
        self.is_closed = True


def call(line: Line, request: FetchRequest) -> FetchResponse:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return asyncio.run(Fetcher(lambda: context, line.connect)(request))


def get(*answer: bytes, limit: int = 1000, ends: bool = True) -> FetchResponse:
    line = Line(*answer, ends=ends)
    response = call(line, FetchRequest("GET", "http://127.0.0.1:9/x", limit=limit))
    assert line.is_closed
    return response


def test_a_post_goes_out_as_one_canonical_message() -> None:
    line = Line(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
    request = FetchRequest(
        "POST", "https://idp.example/t?a=b", (("Accept", "application/json"),), b"x=y"
    )
    response = call(line, request)
    assert line.asked == ("idp.example", 443, True)
    assert line.sent == (
        b"POST /t?a=b HTTP/1.1\r\nHost: idp.example\r\nUser-Agent: sidegate\r\n"
        b"Accept: application/json\r\nContent-Length: 3\r\nConnection: close\r\n\r\nx=y"
    )
    assert (response.status, response.body) == (200, b"{}")
    assert response.headers["content-type"] == "application/json"
    assert line.is_closed


@pytest.mark.parametrize(
    ("url", "asked", "host"),
    [
        ("http://[::1]:8080", ("::1", 8080, False), b"Host: [::1]:8080\r\n"),
        ("http://localhost/", ("localhost", 80, False), b"Host: localhost\r\n"),
        ("https://IdP.example:8443/", ("idp.example", 8443, True), b"Host: IdP.example:8443\r\n"),
    ],
)
def test_hosts_and_ports_are_taken_from_the_address(
    url: str, asked: tuple[str, int, bool], host: bytes
) -> None:
    line = Line(b"HTTP/1.1 204 No Content\r\n\r\n")
    assert call(line, FetchRequest("GET", url)).status == 204
    assert line.asked == asked
    assert line.sent.startswith(b"GET / HTTP/1.1\r\n" + host)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:pw@idp.example/",
        "https://@idp.example/",
        "ftp://idp.example/",
        "https:///x",
        "https://idp.example:0/",
        "https://idp.example:99999/",
        "https://idp.example/\r\nX: 1",
        "https://idp.example/a b",
        "https://idp.example\\@evil.example/",
        "https://b\u00fccher.example/",
        "https://idp.example/#f",
        "",
    ],
)
def test_an_address_that_two_readers_could_read_differently_is_never_called(url: str) -> None:
    line = Line()
    with pytest.raises(ProviderMisbehaved, match="not one we can call"):
        call(line, FetchRequest("GET", url))
    assert line.asked is None


def test_a_header_that_would_end_its_line_is_never_sent() -> None:
    line = Line()
    with pytest.raises(ProviderMisbehaved, match="header"):
        call(line, FetchRequest("GET", "https://idp.example/", (("Authorization", "a\r\nX: b"),)))
    assert line.sent == b""


def test_a_body_by_length_in_pieces_is_put_together() -> None:
    pieces = [bytes([byte]) for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"]
    assert get(*pieces, ends=False).body == b"hello"


def test_a_chunked_body_is_put_together() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert get(head, b"5\r\nhello\r\n", b"1;x=y\r\n!\r\n0\r\n\r\n", ends=False).body == b"hello!"


def test_a_body_may_last_until_the_end_of_the_connection() -> None:
    assert get(b"HTTP/1.0 200 OK\r\n\r\nhel", b"lo").body == b"hello"


def test_an_interim_answer_is_passed_over() -> None:
    answer = (
        b"HTTP/1.1 103 Early Hints\r\nX: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"
    )
    response = get(answer, ends=False)
    assert (response.status, response.body, response.headers) == (
        200,
        b"a",
        {"content-length": "1"},
    )


def test_a_redirect_is_an_answer() -> None:
    head = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: https://evil.example/\r\n"
    assert get(head + b"Content-Length: 0\r\n\r\n").status == 307


def test_what_follows_the_answer_does_not_change_it() -> None:
    one = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"
    response = get(one + b"HTTP/1.1 500 No\r\nX: y\r\nContent-Length: 1\r\n\r\nb")
    assert (response.status, response.body) == (200, b"a")
    assert "x" not in response.headers


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"", "early"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "early"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "early"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "early"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "early"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "not HTTP"),
        (
            b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            "not HTTP|early",
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "not HTTP|transfer coding"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "not HTTP|two lengths",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\na", "compressed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + b"a" * 1001, "larger than 1000"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 1001, "larger than 1000"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n", "too many"),
        (b"HTTP/1.1 200 OK\r\nA: " + b"b" * 70_000, "too large"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nA: " + b"b" * 70_000 + b"\r\n\r\n", "too large"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3000, "too large"),
    ],
)
def test_an_answer_that_is_not_whole_http_is_the_providers_fault(
    answer: bytes, message: str
) -> None:
    with pytest.raises(ProviderMisbehaved, match=message):
        get(answer)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (OSError(-2, "Name or service not known"), "Name or service"),
        (ssl.SSLCertVerificationError(1, "certificate verify failed"), "TLS"),
        (UnicodeError("label too long"), "UnicodeError"),
        (ConfigurationError(["provider_ca_files: /ca.pem cannot be used"]), "provider_ca_files"),
    ],
)
def test_a_provider_that_cannot_be_reached_may_be_back_later(
    fault: Exception, message: str
) -> None:
    with pytest.raises(ProviderUnavailable, match=message) as caught:
        call(Line(fault=fault), FetchRequest("GET", "https://idp.example/t?code=canary"))
    assert "canary" not in str(caught.value)
    assert not caught.value.was_sent


def test_silence_ends_with_the_timeout_and_the_connection_is_closed() -> None:
    line = Line(b"HTTP/1.1 200 OK\r\n", ends=False)
    with pytest.raises(ProviderUnavailable, match="no answer within") as caught:
        call(line, FetchRequest("GET", "https://idp.example/", timeout=0.01))
    assert line.is_closed
    assert caught.value.was_sent


def test_the_tls_context_is_built_at_the_first_https_call_and_once() -> None:
    built: list[ssl.SSLContext] = []

    def tls() -> ssl.SSLContext:
        built.append(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        return built[-1]

    async def calls(urls: list[str], connect: Callable[..., Awaitable[object]]) -> None:
        fetch = Fetcher(tls, connect)  # type: ignore[arg-type]  # the fake is looser on purpose
        for url in urls:
            await fetch(FetchRequest("GET", url))

    line = Line(b"HTTP/1.1 204 No Content\r\n\r\n")
    asyncio.run(calls(["http://localhost/"], line.connect))
    assert built == []
    asyncio.run(calls(["https://a.example/", "https://b.example/"], line.connect))
    assert len(built) == 1
