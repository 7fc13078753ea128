"""The load: wrk, large bodies, idle connections. Every request is the same, as a gateway sends it.

A wrong answer is never a figure: each function raises WrongAnswer instead.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from peers import EMAIL, TRANSFER_BYTES, Peer, World

_LUA = Path(__file__).parent / "wrk.lua"
_CHUNK = 1 << 20


class WrongAnswer(Exception):
    """A server did not answer 200 with the right identity: its figures would mean nothing."""


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw: requests answered, seconds it took, latencies in microseconds."""

    requests: int
    seconds: float
    p50_us: float
    p99_us: float
    lost: int  # connections that the server closed or let time out in the middle


def head(peer: Peer, cookie: str) -> dict[str, str]:
    """Fields of the request: 20, as Istio's ingress gateway hands a browser's request on."""
    return {
        "Host": f"127.0.0.1:{peer.port}",  # mod_auth_openidc ties sessions to it
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0",
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Language": "en-GB,en;q=0.7,de;q=0.3",
        "Accept-Encoding": "gzip, deflate, br, zstd",
        "Referer": "https://app.example.com/reports/overview",
        "Cookie": cookie,
        "Upgrade-Insecure-Requests": "1",
        "Sec-Fetch-Dest": "document",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Site": "same-origin",
        "Priority": "u=0, i",
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Proto": "https",
        "X-Request-Id": "3f2b8c1e-5d0a-4c7b-9f63-2a1d7e8b4c90",
        "X-Envoy-Attempt-Count": "1",
        "X-Envoy-External-Address": "203.0.113.7",
        "X-Envoy-Decorator-Operation": "app.prod.svc.cluster.local:80/*",
        "X-Envoy-Peer-Metadata-Id": "router~10.1.2.3~istio-ingressgateway-7c9f~istio-system",
        "Traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    }


def wrk(peer: Peer, world: World, cookie: str, connections: int, seconds: float) -> Load:
    """Load `peer` over `connections` for `seconds`; all answers were the application's own."""
    before = _application_requests(world)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", str(_LUA)]
    for name, value in head(peer, cookie).items():
        command += ["-H", f"{name}: {value}"]
    run = subprocess.run(
        [*command, f"http://127.0.0.1:{peer.port}/reports"],
        capture_output=True,
        text=True,
        check=True,
    )
    line = re.search(r"^RESULT (.*)$", run.stdout, re.MULTILINE)
    if line is None:
        raise WrongAnswer(f"{peer.title}: wrk measured nothing: {run.stdout} {run.stderr}")
    result = json.loads(line[1])
    reached = _application_requests(world) - before
    # The application answers 403 to a wrong identity; a redirect or page never reaches it.
    if result["bad_status"] or reached < result["requests"] or not result["requests"]:
        raise WrongAnswer(f"{peer.title}: {result}, of which {reached} reached the application")
    return Load(**{name: result[name] for name in Load.__dataclass_fields__})


def check_identity(peer: Peer, cookie: str) -> None:
    """Raise WrongAnswer unless the application answers 200, knowing who asks."""
    connection = http.client.HTTPConnection("127.0.0.1", peer.port, timeout=10)
    path = "/whoami" if peer.sign_in_path else "/"
    connection.request("GET", path, headers=head(peer, cookie))
    response = connection.getresponse()
    body = response.read().decode(errors="replace")
    if response.status != http.client.OK or (peer.sign_in_path and body != EMAIL):
        raise WrongAnswer(f"{peer.title}: {response.status} {body[:300]!r}")
    connection.close()


def download(peer: Peer, cookie: str) -> None:
    """Fetch TRANSFER_BYTES through `peer`."""
    connection = http.client.HTTPConnection("127.0.0.1", peer.port, timeout=60)
    connection.request("GET", "/zeros", headers=head(peer, cookie))
    response = connection.getresponse()
    buffer, total = memoryview(bytearray(_CHUNK)), 0
    while got := response.readinto(buffer):
        total += got
    if response.status != http.client.OK or total != TRANSFER_BYTES:
        raise WrongAnswer(f"{peer.title}: download answered {response.status}, {total} bytes")
    connection.close()


def upload(peer: Peer, cookie: str) -> None:
    """Send TRANSFER_BYTES through `peer`."""
    fields = head(peer, cookie) | {"Content-Length": str(TRANSFER_BYTES)}
    connection = http.client.HTTPConnection("127.0.0.1", peer.port, timeout=60)
    connection.request("POST", "/sink/", _zeros(), fields)
    response = connection.getresponse()
    body = response.read().decode(errors="replace")
    expected = f"{EMAIL if peer.sign_in_path else ''} {TRANSFER_BYTES}"
    if response.status != http.client.OK or body != expected:
        raise WrongAnswer(f"{peer.title}: upload answered {response.status} {body[:300]!r}")
    connection.close()


@contextmanager
def idle_connections(peer: Peer, cookie: str, count: int) -> Iterator[None]:
    """Hold `count` connections open, each of which has had one request answered."""
    fields = "".join(f"{name}: {value}\r\n" for name, value in head(peer, cookie).items())
    request = f"GET /reports HTTP/1.1\r\n{fields}\r\n".encode()
    with ExitStack() as stack:
        for _ in range(count):
            wire = stack.enter_context(socket.create_connection(("127.0.0.1", peer.port), 10))
            wire.sendall(request)
            if not wire.recv(65_536).startswith(b"HTTP/1.1 200"):
                raise WrongAnswer(f"{peer.title}: an idle connection got no 200")
        yield


def _zeros() -> Iterator[bytes]:
    chunk = bytes(_CHUNK)
    for start in range(0, TRANSFER_BYTES, _CHUNK):
        yield chunk[: TRANSFER_BYTES - start]


def _application_requests(world: World) -> int:
    """How many requests the application has had so far (nginx's stub_status)."""
    connection = http.client.HTTPConnection("127.0.0.1", world.open_port, timeout=10)
    connection.request("GET", "/requests")
    status = connection.getresponse().read().decode()
    connection.close()
    counters = re.search(r"^ \d+ \d+ (\d+) $", status, re.MULTILINE)
    if counters is None:
        raise WrongAnswer(f"the upstream counts no requests: {status}")
    return int(counters[1])
