"""Looks at a running gate from outside, as a browser and an attacker would: a few requests."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sidegate.check.answers_judged import (
    SOON,
    Answer,
    of_gate,
    of_metrics,
    of_page,
    of_plain,
    of_start,
)
from sidegate.check.finding import Finding, Where

TIMEOUT = 5.0
LONGEST = 15.0  # seconds for a whole answer, however often a piece of it comes
MOST = 65536  # bytes of a body
AGENT = "sidegate-check"
DAY = 86400


@dataclass(frozen=True, slots=True)
class Target:
    """Where to look. `prefix`: of the gate's own paths; `applications`: HOST:PORT that must refuse.

    `callback`: the address that the provider has to send people to, by default
    PREFIX/callback of `url`. `ca_file`: whom to trust besides, or nothing.
    """

    url: str
    prefix: str = "/oauth2"
    callback: str = ""
    applications: tuple[str, ...] = ()
    ca_file: str = ""

    @property
    def base(self) -> str:
        """Return the address without a path."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def expected(self) -> str:
        """Return the callback that is expected."""
        return self.callback or f"{self.base}{self.prefix}/callback"


def look(target: Target) -> Iterator[Finding]:
    """Yield what is wrong with a running gate. Raises OSError where it cannot be reached."""
    is_tls = urlsplit(target.url).scheme == "https"
    if is_tls:
        yield from of_certificate(target)
        yield from of_old_tls(target)
        yield from of_port_80(target)
    else:
        yield Finding("live-plain-http", Where(target.url), "the address is not https")
    questions: tuple[tuple[str, Callable[[str, Answer], Iterator[Finding]]], ...] = (
        (target.url, of_page),
        (f"{target.base}{target.prefix}/auth", of_gate),
        (f"{target.base}/metrics", of_metrics),
    )
    for url, judge in questions:
        yield from judge(url, ask(url, target.ca_file))
    start = f"{target.base}{target.prefix}/start?rd=%2F"
    yield from of_start(start, ask(start, target.ca_file), target.expected)
    for address in target.applications:
        yield from of_application(address)


def ask(url: str, ca_file: str) -> Answer:
    """Return the answer to a GET. Redirects are not followed, certificates are judged elsewhere."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    link: http.client.HTTPConnection
    if parts.scheme == "https":
        link = http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=unjudging(ca_file))
    else:
        link = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with ending(link):
            link.request("GET", path, headers={"Accept": "text/html", "User-Agent": AGENT})
            answer = link.getresponse()
            fields = [(name.lower(), value) for name, value in answer.getheaders()]
            return Answer(answer.status, fields, answer.read(MOST))
    except http.client.HTTPException as error:
        raise OSError(f"{url}: {error!r}") from None
    finally:
        link.close()


@contextmanager
def ending(link: http.client.HTTPConnection) -> Iterator[None]:
    """End a connection after `LONGEST` seconds. Raises TimeoutError when that was needed."""
    is_over = threading.Event()

    def end() -> None:
        is_over.set()
        with suppress(OSError, AttributeError):  # it is closed, or was never open
            link.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(LONGEST, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if is_over.is_set():
            raise TimeoutError(f"no whole answer within {LONGEST:g} s")


def unjudging(ca_file: str) -> ssl.SSLContext:
    """Return a context that takes any certificate: `of_certificate` says what is wrong with it."""
    context = ssl.create_default_context(cafile=ca_file or None)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def address_of(target: Target) -> tuple[str, int]:
    """Return host and port."""
    parts = urlsplit(target.url)
    return parts.hostname or "", parts.port or 443


def of_certificate(target: Target) -> Iterator[Finding]:
    """Yield that browsers refuse the certificate, or soon will."""
    host, port = address_of(target)
    context = ssl.create_default_context(cafile=target.ca_file or None)
    try:
        with (
            socket.create_connection((host, port), TIMEOUT) as link,
            context.wrap_socket(link, server_hostname=host) as tls,
        ):
            ends = ssl.cert_time_to_seconds(str((tls.getpeercert() or {})["notAfter"]))
    except ssl.SSLCertVerificationError as error:
        yield Finding("live-certificate", Where(target.url), error.verify_message)
        return
    days = (ends - datetime.now(UTC).timestamp()) / DAY
    if days < SOON:
        yield Finding("live-certificate", Where(target.url), f"it ends in {days:.0f} days")


def of_old_tls(target: Target) -> Iterator[Finding]:
    """Yield that TLS 1.1 or older is spoken."""
    host, port = address_of(target)
    context = unjudging(target.ca_file)
    with suppress(ssl.SSLError):
        context.set_ciphers("ALL:@SECLEVEL=0")
    import warnings  # noqa: PLC0415 - only this look wants old versions of TLS

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are the question
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        with (
            socket.create_connection((host, port), TIMEOUT) as link,
            context.wrap_socket(link, server_hostname=host) as tls,
        ):
            yield Finding("live-old-tls", Where(target.url), f"{tls.version()} is spoken")
    except (ssl.SSLError, ConnectionError, TimeoutError):
        return


def of_port_80(target: Target) -> Iterator[Finding]:
    """Yield that plain HTTP is answered beside https."""
    parts = urlsplit(target.url)
    if parts.port not in (None, 443):
        return
    url = f"http://{parts.hostname}/"
    try:
        answer = ask(url, "")
    except OSError:
        return
    yield from of_plain(url, answer)


def of_application(address: str) -> Iterator[Finding]:
    """Yield that the application takes connections that did not come by the gate."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), TIMEOUT):
            yield Finding("live-application-open", Where(address), "it takes connections")
    except (OSError, ValueError):
        return
