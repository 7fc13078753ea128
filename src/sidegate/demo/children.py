"""Child processes that live and end together."""

from __future__ import annotations

import os
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Self

PATIENCE = 60.0
PAUSE = 0.05
GRACE = 10.0
LAST_LINES = 15


class ChildEnded(Exception):
    """A process ended that should have stayed. The message names it and shows its last words."""


@dataclass(frozen=True, slots=True)
class Child:
    """One process and the place where its words go; `log` is None when they are shown live."""

    name: str
    process: subprocess.Popen[bytes]
    log: IO[bytes] | None

    def last_words(self) -> str:
        """Return the end of what it wrote, empty when it was shown as it came."""
        if self.log is None:
            return ""
        self.log.seek(0)
        lines = self.log.read().decode("utf-8", "replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-LAST_LINES:])


class Children:
    """Starts processes, notices when one ends, and ends them all in reverse order."""

    def __init__(self) -> None:
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def start(self, name: str, command: Sequence[str], *, shown: bool = False) -> None:
        """Start a process; `shown` lets it write to our own output, else its words are kept."""
        log = None if shown else tempfile.TemporaryFile()  # noqa: SIM115 - closed by `end`
        process = subprocess.Popen(  # noqa: S603 - our own commands, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=clean_environment(os.environ),
            # Ctrl-C reaches only us, so that they end in order: the gate first.
            start_new_session=True,
        )
        self._children.append(Child(name, process, log))

    def wait_for(self, url: str) -> None:
        """Return when `url` answers 200. Raises ChildEnded when a process ends before."""
        for _ in range(int(PATIENCE / PAUSE)):
            if _answers(url):
                return
            self._pause()
        raise ChildEnded(f"No answer from {url} within {PATIENCE:.0f} seconds.")

    def watch(self) -> None:
        """Stay until a process ends, and raise ChildEnded then."""
        while True:
            self._pause()

    def end(self) -> None:
        """End all, the last started first; who does not go in time is killed."""
        for child in reversed(self._children):
            if child.process.poll() is None:
                child.process.terminate()
            try:
                child.process.wait(GRACE)
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
            if child.log is not None:
                child.log.close()
        self._children.clear()

    def _pause(self) -> None:
        """Wait a moment, during which no process may end."""
        for child in self._children:
            if child.process.poll() is not None:
                break
        else:
            child = self._children[-1]
            try:
                child.process.wait(PAUSE)
            except subprocess.TimeoutExpired:
                return
        code = child.process.returncode
        raise ChildEnded(f"The {child.name} ended with code {code}.\n{child.last_words()}".rstrip())


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without settings of the gate: the demo has its own."""
    ours = ("OAUTH2_PROXY_", "SIDEGATE_")
    return {name: value for name, value in environment.items() if not name.startswith(ours)}


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own http address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
