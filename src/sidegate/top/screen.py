"""The terminal: taken when the view begins, and given back as it was whatever happens.

Rule 1: nothing here needs curses; the few ANSI sequences work in every terminal of today.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from sidegate.top.figures import Figures
from sidegate.top.frame import draw
from sidegate.top.source import NoFigures, Source

# Another screen, no cursor, long lines are cut; and back.
TAKE = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
GIVE_BACK = "\x1b[?7h\x1b[?25h\x1b[?1049l"
HOME, END_OF_LINE, END_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"
QUIT = b"qQ\x03\x04"
HINT = "q ends"


async def show_once(source: Source, out: TextIO, *, colours: bool) -> None:
    """Print one frame, of averages since the start. Raises NoFigures."""
    figures = await source.figures()
    out.write("\n".join([*draw(figures, source.url, colours=colours), ""]))


async def watch(source: Source, interval: float, out: TextIO, *, colours: bool) -> None:
    """Show frame after frame until a key or a signal ends it."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    with taken(out), _keys(loop, stop):
        last: Figures | None = None
        while not stop.is_set():
            trouble = ""
            try:
                last = await source.figures()
            except NoFigures as error:
                trouble = str(error)
            out.write(frame(last, source.url, trouble, rows_of(out), colours=colours))
            out.flush()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), interval)


def frame(figures: Figures | None, source: str, trouble: str, rows: int, *, colours: bool) -> str:
    """Return what puts a frame over the one before it."""
    if figures is None:
        lines = [f"sidegate  {source}", f"no answer: {trouble}", "", "Trying again."]
    else:
        lines = draw(figures, source, trouble, colours=colours)
    lines = [*lines[: rows - 1], HINT]
    return (
        HOME
        + "".join(f"{line}{END_OF_LINE}\n" for line in lines[:-1])
        + (f"{lines[-1]}{END_OF_LINE}{END_OF_SCREEN}")
    )


def rows_of(out: TextIO) -> int:
    """Return the height of the terminal."""
    try:
        return os.get_terminal_size(out.fileno()).lines or 24
    except OSError:
        return 24


@contextmanager
def taken(out: TextIO) -> Iterator[None]:
    """Take the screen, and give it back."""
    out.write(TAKE)
    try:
        yield
    finally:
        out.write(GIVE_BACK)
        out.flush()


@contextmanager
def _keys(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> Iterator[None]:
    """Hear each key at once, where there is a keyboard."""
    descriptor = sys.stdin.fileno()
    if not sys.stdin.isatty():
        yield
        return
    before: list[Any] = termios.tcgetattr(descriptor)

    def pressed() -> None:
        keys = os.read(descriptor, 64)
        if not keys or any(key in QUIT for key in keys):
            stop.set()

    tty.setcbreak(descriptor)
    loop.add_reader(descriptor, pressed)
    try:
        yield
    finally:
        loop.remove_reader(descriptor)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
