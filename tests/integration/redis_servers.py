"""Real Redis servers on loopback: one alone, a Sentinel group, a cluster; with TLS and ACL users.

Nothing is kept on a disk but the configuration that Sentinel writes for itself.
"""

import socket
import subprocess
import tempfile
from functools import partial
from pathlib import Path

from tests.integration.processes import LOOPBACK, Process, free_port, listens, until
from tests.parts import ROOT, TOOLS

MASTER = "sessions"
HOME = TOOLS / "redis"


def documented_rights() -> str:
    """Return the user of docs/sessions.md as `gate`, with the password `of-gate`, for `gate:`."""
    page = (ROOT / "docs/sessions.md").read_text(encoding="utf-8")
    words = page.partition("ACL SETUSER ")[2].partition("```")[0].split()
    return (
        " ".join(words)
        .replace("sidegate on >PASSWORD", "gate on >of-gate")
        .replace("_oauth2_proxy:", "gate:")
    )


class RedisServer:
    """One server. `options`: words of its configuration, as in `"requirepass", "x"`."""

    def __init__(self, *options: str, tls: "Authority | None" = None, port: int = 0) -> None:
        self.port = port or free_port()
        listening = ["--port", str(self.port)]
        if tls is not None:
            listening = ["--port", "0", "--tls-port", str(self.port), *tls.options]
        self.process = Process(
            [
                str(HOME / "redis-server"),
                *listening,
                *("--bind", LOOPBACK, "--save", "", "--appendonly", "no"),
                *("--dir", tempfile.mkdtemp(prefix="redis-")),
                *options,
            ]
        )
        self.process.wait_until(lambda: listens(self.port), 20, "redis-server")

    @property
    def url(self) -> str:
        """Its address."""
        return f"redis://{LOOPBACK}:{self.port}"

    def ask(self, *words: str, password: str = "", check: bool = True) -> str:
        """Return what `redis-cli` says to a command."""
        login = ["-a", password, "--no-auth-warning"] if password else []
        command = [str(HOME / "redis-cli"), "-p", str(self.port), *login, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=check, timeout=20)
        return done.stdout.strip()

    def end(self) -> None:
        """Stop it, and remove what it wrote."""
        self.process.child.kill()
        self.process.child.wait()
        self.process.forget()


class Authority:
    """A certificate for 127.0.0.1, and the file of the authority behind it."""

    def __init__(self, folder: Path) -> None:
        import trustme  # noqa: PLC0415 - only tests of TLS need it

        authority = trustme.CA()
        self.file = folder / "ca.pem"
        authority.cert_pem.write_to_path(self.file)
        chain = folder / "server.pem"
        authority.issue_cert(LOOPBACK).private_key_and_cert_chain_pem.write_to_path(chain)
        self.options = [
            *("--tls-cert-file", str(chain), "--tls-key-file", str(chain)),
            *("--tls-ca-cert-file", str(self.file), "--tls-auth-clients", "no"),
        ]


class SentinelGroup:
    """A master, a replica and three sentinels with a password of their own."""

    def __init__(self) -> None:
        self.password, self.own_password = "of-the-data", "of-the-sentinels"
        login = ("--requirepass", self.password, "--masterauth", self.password)
        self.servers = [RedisServer(*login)]
        master = self.servers[0].port
        self.servers.append(RedisServer(*login, "--replicaof", f"{LOOPBACK} {master}"))
        self.ports = [free_port() for _ in range(3)]
        self.sentinels = [self._sentinel(port, master) for port in self.ports]
        until(self._is_complete, 30, "the sentinels to know each other and the replica")

    def _sentinel(self, port: int, master: int) -> Process:
        file = Path(tempfile.mkdtemp(prefix="sentinel-")) / "sentinel.conf"
        file.write_text(
            f"port {port}\nbind {LOOPBACK}\nrequirepass {self.own_password}\n"
            f"sentinel sentinel-pass {self.own_password}\n"
            f"sentinel monitor {MASTER} {LOOPBACK} {master} 2\n"
            f"sentinel auth-pass {MASTER} {self.password}\n"
            f"sentinel down-after-milliseconds {MASTER} 500\n"
            f"sentinel failover-timeout {MASTER} 3000\n"
        )
        process = Process([str(HOME / "redis-server"), str(file), "--sentinel"])
        process.wait_until(lambda: listens(port), 20, "redis-sentinel")
        return process

    def _is_complete(self) -> bool:
        return all(self._knows(port) for port in self.ports)

    def _knows(self, port: int) -> bool:
        words = ["SENTINEL", "MASTER", MASTER]
        command = [str(HOME / "redis-cli"), "-p", str(port), "-a", self.own_password]
        done = subprocess.run(
            [*command, "--no-auth-warning", *words], capture_output=True, text=True, check=False
        )
        lines = done.stdout.splitlines()
        state = dict(zip(lines[::2], lines[1::2], strict=False))
        return (state.get("num-slaves"), state.get("num-other-sentinels")) == ("1", "2")

    @property
    def flags(self) -> tuple[str, ...]:
        """The options of a gate that keeps its sessions here."""
        urls = ",".join(f"redis://{LOOPBACK}:{port}" for port in self.ports)
        return (
            "--redis-use-sentinel",
            f"--redis-sentinel-master-name={MASTER}",
            f"--redis-sentinel-connection-urls={urls}",
            f"--redis-sentinel-password={self.own_password}",
            f"--redis-password={self.password}",
        )

    def lose_the_master(self) -> None:
        """Kill the master; return when the replica is one."""
        self.servers[0].end()
        role = lambda: self.servers[1].ask("ROLE", password=self.password)  # noqa: E731 - short
        until(lambda: role().startswith("master"), 30, "the replica to be promoted")

    def end(self) -> None:
        """Stop all of it."""
        for process in self.sentinels:
            process.child.kill()
            process.child.wait()
            process.forget()
        for server in self.servers:
            server.end()


class RedisCluster:
    """Three masters that share the keys."""

    def __init__(self) -> None:
        self.servers = []
        for _ in range(3):
            port = _free_pair()
            more = ("--cluster-enabled", "yes", "--cluster-node-timeout", "2000")
            bus = ("--cluster-port", str(port + 1))
            self.servers.append(RedisServer(*more, *bus, port=port))
        nodes = [f"{LOOPBACK}:{server.port}" for server in self.servers]
        self.servers[0].ask("--cluster", "create", *nodes, "--cluster-yes")
        for server in self.servers:
            until(partial(_is_joined, server), 30, "the cluster")

    @property
    def flags(self) -> tuple[str, ...]:
        """The options of a gate that keeps its sessions here."""
        urls = ",".join(server.url for server in self.servers[:2])
        return "--redis-use-cluster", f"--redis-cluster-connection-urls={urls}"

    def end(self) -> None:
        """Stop all of it."""
        for server in self.servers:
            server.end()


def _is_joined(server: RedisServer) -> bool:
    return "cluster_state:ok" in server.ask("CLUSTER", "INFO")


def _free_pair() -> int:
    """Return a free port whose successor is free too: the nodes of a cluster talk there."""
    while True:
        port = free_port()
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, port + 1)) != 0:
                return port
