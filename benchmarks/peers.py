"""The servers that are compared, and what stands behind them: configured, started, stopped.

Everything lives in one temporary directory and on free ports of 127.0.0.1. The server under test
has one CPU for itself; the upstream, the identity provider and the load share the other one.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

HERE = Path(__file__).parent
NGINX = Path("/usr/sbin/nginx")
APACHE = Path("/usr/sbin/apache2")
APACHE_MODULES = Path("/usr/lib/apache2/modules")
TOOLS = HERE.parent / ".tools"
REDIS = TOOLS / "redis" / "redis-server"
OAUTH2_PROXY = TOOLS / "oauth2-proxy" / "oauth2-proxy"
BEFORE = "sidegate-before"
IN_REDIS = "sidegate-redis"
UNLOGGED = "sidegate-unlogged"
IN_JSON = "sidegate-json"
EMAIL = "ada@example.com"
BODY = "The application answers from memory. " * 3
TRANSFER_BYTES = 1_000_000_000


class NotStarted(Exception):
    """A server ended, or did not answer in time; the message holds the end of its output."""


@dataclass(frozen=True, slots=True)
class World:
    """What all servers share: a directory, the upstreams and the identity provider."""

    directory: Path
    guarded_port: int  # the application; answers 403 to anybody but EMAIL
    open_port: int  # the same without identity, for the plain proxy
    sink_port: int
    provider_port: int
    redis_port: int

    @property
    def issuer(self) -> str:
        """Address of the identity provider."""
        return f"http://127.0.0.1:{self.provider_port}"


@dataclass(frozen=True, slots=True)
class Peer:
    """One server that can be measured.

    `sign_in_path` is empty where nobody signs in; `ready_path` is answered with 200 when it works,
    `/ping` as soon as it listens. `only_load`: what it costs under load is all that is asked of it.
    """

    name: str
    title: str
    command: tuple[str, ...]
    port: int
    sign_in_path: str = ""
    ready_path: str = "/ping"
    only_load: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """A started server: `pid` is the root of its processes, `start_seconds` to its first answer."""

    peer: Peer
    pid: int
    start_seconds: float


def gate(world: World, checkout: Path | None = None) -> Peer:
    """Sidegate, as a sidecar behind a gateway runs it, all three logs on.

    `checkout`: another one, to compare with; it runs with the packages of this one.
    """
    port = free_port()
    other = () if checkout is None else ("/usr/bin/env", f"PYTHONPATH={checkout / 'src'}")
    client_secret = _write(world, "client-secret", "bench-secret")
    cookie_secret = _write(world, "cookie-secret", secrets.token_urlsafe(32))
    command = (
        *(*other, sys.executable, "-m", "sidegate", "serve"),
        f"--http-address=127.0.0.1:{port}",
        f"--upstream=http://127.0.0.1:{world.guarded_port}/",
        f"--upstream=http://127.0.0.1:{world.sink_port}/sink/",
        "--reverse-proxy=true",
        "--provider=oidc",
        f"--oidc-issuer-url={world.issuer}",
        "--client-id=bench",
        f"--client-secret-file={client_secret}",
        f"--redirect-url=http://127.0.0.1:{port}/oauth2/callback",
        "--email-domain=*",
        f"--cookie-secret-file={cookie_secret}",
        "--cookie-secure=false",
        "--drain-delay=0s",
    )
    name = "sidegate" if checkout is None else BEFORE
    return Peer(name, name, command, port, "/oauth2/start?rd=/whoami", "/ready")


def gate_with_redis(world: World) -> Peer:
    """Sidegate as above, with its sessions in Redis. `tools/install-redis.sh` has to be run."""
    plain = gate(world)
    where = f"--redis-connection-url=redis://127.0.0.1:{world.redis_port}"
    command = (*plain.command, "--session-store-type=redis", where)
    return replace(plain, name=IN_REDIS, title="sidegate, sessions in Redis", command=command)


def gate_without_logs(world: World) -> Peer:
    """Sidegate as above without any log: what the default ones cost is the difference."""
    plain = gate(world)
    off = ("--standard-logging=false", "--auth-logging=false", "--request-logging=false")
    command = (*plain.command, *off)
    return replace(plain, name=UNLOGGED, title="sidegate, no logs", command=command, only_load=True)


def gate_with_json(world: World) -> Peer:
    """Sidegate as above, its logs as JSON."""
    plain = gate(world)
    command = (*plain.command, "--logging-format=json")
    title = "sidegate, logs as JSON"
    return replace(plain, name=IN_JSON, title=title, command=command, only_load=True)


def oauth2_proxy(world: World) -> Peer:
    """oauth2-proxy, whose configuration is taken over, with the same options and logs."""
    port = free_port()
    client_secret = _write(world, "client-secret", "bench-secret")
    command = (
        str(OAUTH2_PROXY),
        f"--http-address=127.0.0.1:{port}",
        f"--upstream=http://127.0.0.1:{world.guarded_port}/",
        f"--upstream=http://127.0.0.1:{world.sink_port}/sink/",
        "--reverse-proxy=true",
        "--trusted-proxy-ip=127.0.0.1",
        "--provider=oidc",
        f"--oidc-issuer-url={world.issuer}",
        "--client-id=bench",
        f"--client-secret-file={client_secret}",
        f"--redirect-url=http://127.0.0.1:{port}/oauth2/callback",
        "--code-challenge-method=S256",
        "--email-domain=*",
        f"--cookie-secret={secrets.token_urlsafe(24)}",
        "--cookie-secure=false",
    )
    return Peer("oauth2-proxy", "oauth2-proxy", command, port, "/oauth2/start?rd=/whoami")


def nginx(world: World) -> Peer:
    """Nginx as a plain proxy: the yardstick."""
    port = free_port()
    config = _configure(world, "nginx.conf", PORT=str(port), USER=_nginx_user())
    return Peer("nginx", "nginx (no sign-in)", (str(NGINX), "-c", str(config)), port)


def apache(world: World) -> Peer:
    """Apache httpd with mod_auth_openidc."""
    port = free_port()
    user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
    config = _configure(
        world,
        "apache.conf",
        PORT=str(port),
        USER=user,
        MODULES=str(APACHE_MODULES),
        ISSUER=world.issuer,
        PASSPHRASE=secrets.token_urlsafe(32),
    )
    command = (str(APACHE), "-f", str(config), "-DFOREGROUND")
    return Peer("apache", "mod_auth_openidc", command, port, sign_in_path="/whoami")


PEERS: dict[str, Callable[[World], Peer]] = {
    "sidegate": gate,
    UNLOGGED: gate_without_logs,
    "nginx": nginx,
    "apache": apache,
    "oauth2-proxy": oauth2_proxy,
}
EXTRAS: dict[str, Callable[[World], Peer]] = {IN_REDIS: gate_with_redis, IN_JSON: gate_with_json}
"""Measured only when they are named."""


@contextlib.contextmanager
def world(directory: Path) -> Iterator[World]:
    """Run the upstreams and the identity provider in `directory` until the block ends."""
    directory.chmod(0o755)
    with (directory / "zeros").open("wb") as zeros:
        zeros.truncate(TRANSFER_BYTES)
    here = World(directory, *(free_port() for _ in range(5)))
    upstream = _configure(here, "upstream.conf", USER=_nginx_user(), BODY=BODY, EMAIL=EMAIL)
    provider = (sys.executable, "-m", "oidc_provider_mock", f"--port={here.provider_port}")
    redis = (str(REDIS), "--bind", "127.0.0.1", "--save", "", "--port", str(here.redis_port))
    with contextlib.ExitStack() as stack:
        for name, command, port in (
            ("upstream", (str(NGINX), "-c", str(upstream)), here.open_port),
            ("sink", (sys.executable, str(HERE / "sink.py"), str(here.sink_port)), here.sink_port),
            ("provider", provider, here.provider_port),
            *([("redis", redis, here.redis_port)] if REDIS.exists() else []),
        ):
            process = stack.enter_context(_process(here, name, command))
            _wait_until(partial(_accepts, port), process, here.directory / f"{name}.out")
        yield here


@contextlib.contextmanager
def running(peer: Peer, where: World) -> Iterator[Running]:
    """Run `peer` alone on its CPU until the block ends; it has answered once when it begins."""
    with on_cpu(SERVER_CPU):
        started = time.perf_counter()
        starting = _process(where, peer.name, peer.command)
        process = starting.__enter__()
    with contextlib.ExitStack() as stack:
        stack.push(starting.__exit__)
        output = where.directory / f"{peer.name}.out"
        _wait_until(partial(_answers, peer.port, "/ping"), process, output)
        seconds = time.perf_counter() - started
        _wait_until(partial(_answers, peer.port, peer.ready_path), process, output)
        yield Running(peer, process.pid, seconds)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_CPUS = sorted(os.sched_getaffinity(0))
SERVER_CPU, LOAD_CPU = _CPUS[0], _CPUS[-1]


@contextlib.contextmanager
def on_cpu(cpu: int) -> Iterator[None]:
    """Let this process, and what it starts meanwhile, run on `cpu` only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def _process(
    where: World, name: str, command: tuple[str, ...]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command`, its output in a file, and end it with all of its children."""
    environment = {name: value for name, value in os.environ.items() if name not in _UNWANTED}
    environment["PYTHONPATH"] = str(HERE.parent / "src")
    with (where.directory / f"{name}.out").open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=where.directory,
            env=environment | {"AUTHLIB_INSECURE_TRANSPORT": "1"},
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


# Compiled modules must be written and used, and no proxy may stand between us on loopback.
_UNWANTED = {"PYTHONDONTWRITEBYTECODE", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"}


def _wait_until(is_up: Callable[[], bool], process: subprocess.Popen[bytes], output: Path) -> None:
    """Return when `is_up()`; raise when the process ends or 20 s are over."""
    deadline = time.perf_counter() + 20
    while not is_up():
        if process.poll() is not None or time.perf_counter() > deadline:
            raise NotStarted(f"{process.args!r}\n{output.read_text(errors='replace')[-2000:]}")
        time.sleep(0.002)


def _accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _answers(port: int, path: str) -> bool:
    """Say whether a path that no server guards is answered with 200."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as wire:
        wire.sendall(request.encode())
        return wire.recv(64).startswith(b"HTTP/1.1 200")
    return False


def _configure(where: World, template: str, **values: str) -> Path:
    """Fill the places `@NAME@` of a file in conf/ and write it to the directory."""
    text = (HERE / "conf" / template).read_text()
    shared = {
        "DIR": str(where.directory),
        "GUARDED": str(where.guarded_port),
        "OPEN": str(where.open_port),
        "SINK": str(where.sink_port),
    }
    for name, value in (shared | values).items():
        text = text.replace(f"@{name}@", value)
    path = where.directory / template
    path.write_text(text)
    return path


def _write(where: World, name: str, text: str) -> Path:
    path = where.directory / name
    path.write_text(text)
    return path


def _nginx_user() -> str:
    return "user www-data;" if os.geteuid() == 0 else ""
