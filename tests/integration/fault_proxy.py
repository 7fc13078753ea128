"""A TCP proxy before a real server, which breaks the way to it as it is told."""

import asyncio
import threading
from contextlib import suppress
from typing import Final

from tests.integration.processes import LOOPBACK, free_port

OK: Final = "ok"
REFUSE: Final = "refuse"  # accepted and closed at once
RESET: Final = "reset"  # accepted and reset
SILENT: Final = "silent"  # taken in, and never answered
SLOW: Final = "slow"  # answered after five seconds
SAY: Final = "say"  # every command gets `words`


class FaultProxy:
    """Listens on `port` and passes everything to `target`, until `mode` says something else.

    A change of the mode ends what is open, as a real fault would.
    """

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self.target = target
        self.mode = OK
        self.words = b""
        self.accepted = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait()

    def set(self, mode: str, words: bytes = b"") -> None:
        """Break the way, or mend it."""
        done = threading.Event()

        def change() -> None:
            self.mode, self.words = mode, words
            if mode != SILENT:  # what is open stays, and gets no answer any more
                for writer in self._writers:
                    writer.transport.abort()
            done.set()

        self._loop.call_soon_threadsafe(change)
        done.wait()

    def end(self) -> None:
        """Close everything."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._accepted, LOOPBACK, self.port)
        self._ready.set()
        await self._stop.wait()
        server.close()
        for writer in self._writers:
            writer.transport.abort()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self._writers.add(writer)
        try:
            with suppress(OSError, asyncio.CancelledError):
                await self._talk(reader, writer)
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        match self.mode:
            case "refuse":
                writer.close()
            case "reset":
                writer.transport.abort()
            case "silent":
                while await reader.read(65536):
                    pass
            case "say":
                while await reader.read(65536):
                    writer.write(self.words)
            case _:
                await self._pass_on(reader, writer)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(LOOPBACK, self.target)
        self._writers.add(back)
        try:
            await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
        finally:
            self._writers.discard(back)
            back.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if self.mode == SLOW:
                await asyncio.sleep(5)
            if self.mode in (OK, SLOW):
                writer.write(data)
                await writer.drain()
        writer.close()
