"""A TCP balancer: each new connection goes to the next target that takes it."""

import itertools
import socket
import threading
from contextlib import suppress
from typing import Self

from tests.integration.processes import LOOPBACK


class Balancer:
    """Listens at `port` and hands connections to `targets`, ports of loopback, in turn."""

    def __init__(self, targets: list[int]) -> None:
        self.targets = targets
        self._turns = itertools.count()
        self._socket = socket.create_server((LOOPBACK, 0), backlog=512)
        self.port = int(self._socket.getsockname()[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                threading.Thread(target=self._join, args=(client,), daemon=True).start()

    def _join(self, client: socket.socket) -> None:
        target = self._connect()
        if target is None:
            client.close()
            return
        back = threading.Thread(target=_pump, args=(target, client), daemon=True)
        back.start()
        _pump(client, target)
        back.join()
        client.close()
        target.close()

    def _connect(self) -> socket.socket | None:
        for _ in self.targets:
            port = self.targets[next(self._turns) % len(self.targets)]
            with suppress(OSError):
                return socket.create_connection((LOOPBACK, port), timeout=2)
        return None


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        source.settimeout(None)
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
