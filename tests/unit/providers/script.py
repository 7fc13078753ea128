"""A provider by script: each request is expected, each answer is given, nothing else happens."""

import asyncio
import json
from types import TracebackType
from typing import Any

from sidegate.core.ports import FetchRequest, FetchResponse

Reply = FetchResponse | Exception


def reply(value: dict[str, Any] | bytes, status: int = 200) -> FetchResponse:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return FetchResponse(status, {}, body)


class ScriptedFetch:
    """Answers `METHOD url` in the order of the script; a request off the script fails the test."""

    def __init__(self) -> None:
        self.asked: list[FetchRequest] = []
        self._script: list[tuple[str, Reply]] = []

    def expect(self, line: str, answer: Reply) -> None:
        self._script.append((line, answer))

    async def __call__(self, request: FetchRequest, /) -> FetchResponse:
        assert self._script, f"nobody expected {request.method} {request.url}"
        line, answer = self._script.pop(0)
        assert f"{request.method} {request.url}" == line
        self.asked.append(request)
        await asyncio.sleep(0)  # lets another coroutine in, as a real call would
        if isinstance(answer, Exception):
            raise answer
        return answer

    def is_played(self) -> bool:
        return not self._script


class Turn:
    """A lock that belongs to whatever loop runs: each test has its own."""

    def __init__(self) -> None:
        self._lock: asyncio.Lock | None = None

    async def __aenter__(self) -> None:
        self._lock = self._lock or asyncio.Lock()
        await self._lock.acquire()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._lock is not None
        self._lock.release()
