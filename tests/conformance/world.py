"""What rows share: a provider, an application, and one gate for each distinct set-up."""

import json
import socket
import tempfile
from pathlib import Path
from typing import Any

from tests.conformance.gates import (
    Gate,
    MovableClock,
    Nursery,
    StartRefused,
    honest_flags,
    start,
    wait_ready,
)
from tests.conformance.provider import Provider
from tests.conformance.upstream import Upstream
from tests.integration.redis_servers import RedisServer

MOST_GATES = 12
REDIS_PASSWORD = "canary-redis-password-5e1d"


class World:
    """Made once for a test run."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="sidegate-rows-")
        self.folder = Path(self._folder.name)
        self.clock = MovableClock(self.folder / "clock")
        self.nursery = Nursery(self.clock)
        self.upstream = Upstream()
        self._providers: dict[str, Provider] = {}
        self._gates: dict[str, Gate | StartRefused] = {}
        self._redis: RedisServer | None = None

    def provider(self, **how: Any) -> Provider:
        """Return the provider made like this."""
        key = json.dumps(how, sort_keys=True)
        if key not in self._providers:
            self._providers[key] = Provider(clock=self.clock, **how)
        return self._providers[key]

    def redis(self) -> RedisServer:
        """Return the Redis server of the rows that ask for one."""
        if self._redis is None:
            self._redis = RedisServer("--requirepass", REDIS_PASSWORD)
        return self._redis

    def gate(
        self,
        idp: Provider,
        *flags: str,
        address: str = "127.0.0.1",
        environment: tuple[tuple[str, str], ...] = (),
    ) -> Gate:
        """Return the gate with these flags. Raises StartRefused when it will not start."""
        key = json.dumps([idp.issuer, address, flags, environment])
        found = self._gates.pop(key, None)
        if found is None:
            found = self._start(idp, flags, address, environment)
        self._gates[key] = found  # the one that was used last is ended last
        while len(self._gates) > MOST_GATES:
            self._end(next(iter(self._gates)))
        if isinstance(found, StartRefused):
            raise found
        return found

    def start_unready(self, idp: Provider, *flags: str) -> Gate:
        """Return a gate of its own that need not be ready; whoever asks for it ends it."""
        whole = [*honest_flags(idp, self.upstream, self.folder), *flags]
        return start(self.nursery, self.folder, whole)

    def _start(
        self,
        idp: Provider,
        flags: tuple[str, ...],
        address: str,
        environment: tuple[tuple[str, str], ...],
    ) -> Gate | StartRefused:
        given = {flag.partition("=")[0] for flag in flags}
        honest = honest_flags(idp, self.upstream, self.folder)
        used = [flag for flag in honest if flag.partition("=")[0] not in given]
        try:
            whole = [*used, *flags]
            gate = start(self.nursery, self.folder, whole, dict(environment), address=address)
        except StartRefused as refused:
            return refused
        if any(flag.startswith("--oidc-issuer-url=") for flag in used):
            wait_ready(gate)
        return gate

    def _end(self, key: str) -> None:
        gate = self._gates.pop(key)
        if isinstance(gate, Gate):
            gate.end()

    def outside_address(self) -> str:
        """Return an address of this machine that is not loopback: a peer nobody trusts."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # sends nothing, only chooses the interface
            return str(probe.getsockname()[0])

    def end(self) -> None:
        """End everything, and check that every gate ended in order."""
        try:
            for key in list(self._gates):
                self._end(key)
        finally:
            self.nursery.end()
            self.upstream.end()
            for provider in self._providers.values():
                provider.end()
            if self._redis is not None:
                self._redis.end()
            self._folder.cleanup()
