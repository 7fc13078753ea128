"""A client that sends exactly what it is told, and a browser's memory of cookies around it."""

import socket
import ssl
import time
from dataclasses import dataclass, field
from typing import Self

LOOPBACK = "127.0.0.1"
APP = "app.example.com"
LIMIT = 64 << 20
# What a browser sends when somebody types an address.
NAVIGATION = (
    ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
)
Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Answer:
    """One answer; `raw` is its head as it came."""

    status: int
    fields: list[tuple[str, str]]
    body: bytes
    raw: bytes

    def all(self, name: str) -> list[str]:
        """Return every value of a field, in order."""
        return [value for key, value in self.fields if key.lower() == name]

    def get(self, name: str) -> str:
        """Return the value of a field, empty when it is absent."""
        return ", ".join(self.all(name))

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


class Wire:
    """One connection to a gate."""

    def __init__(
        self, port: int, address: str = LOOPBACK, tls: ssl.SSLContext | None = None
    ) -> None:
        self.socket = socket.create_connection((address, port), timeout=20)
        if tls is not None:
            try:
                self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
            except OSError:
                self.socket.close()
                raise
        self.file = self.socket.makefile("rb")

    def close(self) -> None:
        """Hang up."""
        self.file.close()
        self.socket.close()

    def read(self, method: str) -> Answer:
        """Read an answer. Raises EOFError when the connection ends before it is whole."""
        raw = self._head()
        while raw.startswith((b"HTTP/1.1 100 ", b"HTTP/1.1 103 ")):
            raw = self._head()
        lines = raw.decode("latin-1").split("\r\n")
        split = (line.partition(":") for line in lines[1:] if line)
        fields = [(name, value.strip(" \t")) for name, _, value in split]
        answer = Answer(int(lines[0].split(" ")[1]), fields, b"", raw)
        bodiless = method == "HEAD" or answer.status in {204, 304}
        return answer if bodiless else Answer(answer.status, fields, self._body(answer), raw)

    def _head(self) -> bytes:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.file.readline()
            if not line:
                raise EOFError("the gate hung up")
            head += line
        return head

    def _body(self, answer: Answer) -> bytes:
        if "chunked" in answer.get("transfer-encoding"):
            body = b""
            while size := int(self.file.readline(), 16):
                body += self.file.read(size)
                self.file.readline()
            self.file.readline()
            return body
        if length := answer.get("content-length"):
            return self.file.read(int(length))
        return self.file.read(LIMIT)


@dataclass
class Cookie:
    """A cookie as a browser keeps it (RFC 6265 section 5.3)."""

    name: str
    value: str
    domain: str
    host_only: bool
    path: str
    secure: bool
    same_site: str
    ends: float


@dataclass
class Jar:
    """The cookies of one browser."""

    cookies: dict[tuple[str, str, str], Cookie] = field(default_factory=dict)

    def take(self, line: str, host: str, path: str, *, https: bool) -> None:
        """Store, replace or remove what a `Set-Cookie` line says, or ignore it as browsers do."""
        pair, *attributes = [part.strip() for part in line.split(";")]
        name, _, value = pair.partition("=")
        said = {key.lower(): text for key, _, text in (a.partition("=") for a in attributes)}
        domain = said.get("domain", "").lstrip(".").lower()
        secure, where = "secure" in said, said.get("path", "")
        if domain and not _is_in(host, domain):
            return
        if secure and not https:
            return
        if name.startswith("__Secure-") and not secure:
            return
        if name.startswith("__Host-") and (not secure or domain or where != "/"):
            return
        if said.get("samesite", "").lower() == "none" and not secure:
            return
        where = where if where.startswith("/") else path.rpartition("/")[0] or "/"
        key = (name, domain or host, where)
        age = said.get("max-age")
        ends = time.monotonic() + int(age) if age else float("inf")
        if len(line) > 4096 or (age and int(age) <= 0):
            self.cookies.pop(key, None)
            return
        same_site = said.get("samesite", "").lower()
        self.cookies[key] = Cookie(
            name, value, domain or host, not domain, where, secure, same_site, ends
        )

    def line(self, host: str, path: str, *, https: bool, cross_site: str = "") -> str:
        """Return the Cookie field of a request; `cross_site` is its method when it is one."""
        fitting = [
            cookie
            for cookie in self.cookies.values()
            if _is_for(cookie, host, path, https=https) and _crosses(cookie, cross_site)
        ]
        fitting.sort(key=lambda cookie: -len(cookie.path))
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in fitting)

    def named(self, name: str) -> str | None:
        """Return the value of a cookie, or None."""
        return next((c.value for c in self.cookies.values() if c.name == name), None)

    def names(self) -> list[str]:
        """Return the names of all cookies, in the order they came."""
        return [cookie.name for cookie in self.cookies.values()]

    def copy(self) -> Self:
        """Return a jar with the same cookies."""
        return type(self)(dict(self.cookies))


def _is_in(host: str, domain: str) -> bool:
    return host == domain or host.endswith("." + domain)


def _is_for(cookie: Cookie, host: str, path: str, *, https: bool) -> bool:
    there = host == cookie.domain if cookie.host_only else _is_in(host, cookie.domain)
    stem = cookie.path.rstrip("/")
    below = path == cookie.path or path.startswith(stem + "/")
    return there and below and (https or not cookie.secure)


def _crosses(cookie: Cookie, method: str) -> bool:
    """Say whether a cookie goes along on a top-level navigation from another site."""
    if not method or cookie.same_site == "none":
        return True
    return method in {"GET", "HEAD"} and cookie.same_site in {"lax", ""}


class Browser:
    """A person's browser at a gate that stands behind a TLS ingress, or is asked directly.

    `host` and `https`: what the address bar shows. `behind`: an ingress on loopback tells the gate
    so in forwarded fields; without it the Host field alone does.
    """

    def __init__(
        self,
        port: int,
        *,
        host: str = APP,
        https: bool = True,
        behind: bool = True,
        address: str = LOOPBACK,
    ) -> None:
        self.port, self.host, self.https, self.behind = port, host, https, behind
        self.address = address
        self.tls: ssl.SSLContext | None = None
        self.jar = Jar()
        self.answers: list[Answer] = []
        self._wire: Wire | None = None

    def close(self) -> None:
        """Hang up."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def get(self, target: str, *fields: tuple[str, str], cross_site: bool = False) -> Answer:
        """Go to an address of the gate."""
        return self.ask("GET", target, *NAVIGATION, *fields, cross_site=cross_site)

    def ask(
        self,
        method: str,
        target: str,
        *fields: tuple[str, str],
        body: bytes = b"",
        cookies: str | None = None,
        cross_site: bool = False,
    ) -> Answer:
        """Send a request and keep the cookies of its answer. `cookies`: instead of the jar's."""
        path = target.partition("?")[0]
        if cookies is None:
            other = method if cross_site else ""
            cookies = self.jar.line(self._name, path, https=self.https, cross_site=other)
        head = [("Host", self.host), *self._ingress(), *fields]
        if cookies:
            head.append(("Cookie", cookies))
        if body or method == "POST":
            head.append(("Content-Length", str(len(body))))
        answer = self.raw(_message(method, target, head, body), method)
        for line in answer.all("set-cookie"):
            self.jar.take(line, self._name, path, https=self.https)
        return answer

    def raw(self, message: bytes, method: str = "GET") -> Answer:
        """Send bytes, on the connection of before where it still stands, and read an answer."""
        kept = self._wire is not None
        wire = self._wire or Wire(self.port, self.address, self.tls)
        self._wire = None
        try:
            answer = self._over(wire, message, method)
        except (EOFError, ConnectionError):
            wire.close()
            if not kept:
                raise
            return self.raw(message, method)
        if answer.get("connection").lower() == "close":
            wire.close()
        else:
            self._wire = wire
        self.answers.append(answer)
        return answer

    def _over(self, wire: Wire, message: bytes, method: str) -> Answer:
        try:
            wire.socket.sendall(message)
        except ConnectionError:
            if len(message) < 65536:  # a refusal may come before all of a large body is sent
                raise
        return wire.read(method)

    @property
    def _name(self) -> str:
        return self.host.partition(":")[0].lower()

    def _ingress(self) -> Fields:
        if not self.behind:
            return ()
        scheme = "https" if self.https else "http"
        return (
            ("X-Forwarded-Proto", scheme),
            ("X-Forwarded-Host", self.host),
            ("X-Forwarded-For", "203.0.113.7"),
        )


def _message(method: str, target: str, fields: list[tuple[str, str]], body: bytes) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields)]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body
