"""What a row sends, with its macros expanded: a list of steps for `client`."""

import re
from dataclasses import dataclass
from typing import Any

MACRO = re.compile(r"\{\{([A-Z0-9_]+)(?::(.*?))?\}\}", re.DOTALL)


@dataclass(frozen=True)
class Send:
    """Send bytes, in pieces of at most `piece` bytes."""

    data: bytes
    piece: int


@dataclass(frozen=True)
class WaitContinue:
    """Wait for a `100 Continue`, `seconds` at most."""

    seconds: float


@dataclass(frozen=True)
class Drip:
    """Send these bytes again and again, every `seconds`, until an answer or the end."""

    data: bytes
    seconds: float


@dataclass(frozen=True)
class Idle:
    """Do nothing for `seconds`, or until an answer or the end."""

    seconds: float


Step = Send | WaitContinue | Drip | Idle
WHOLE = 1 << 30


def steps_of(row: dict[str, Any], cookie: bytes) -> list[Step]:
    """Return the steps of a row. `cookie`: the Cookie header line of a session, without CRLF."""
    texts = row.get("send_steps") or [[row["raw"], 0]]
    steps: list[Step] = []
    for text, pause in texts:
        steps += expand(text, cookie)
        if pause:
            steps.append(Idle(pause))
    return steps


def expand(text: str, cookie: bytes = b"") -> list[Step]:
    """Return the steps that a text with macros stands for."""
    steps: list[Step] = []
    data, piece, at = b"", WHOLE, 0
    for macro in MACRO.finditer(text):
        data += text[at : macro.start()].encode("latin-1")
        at = macro.end()
        name, argument = macro[1], macro[2] or ""
        inline = _inline(name, argument, cookie)
        if inline is not None:
            data += inline
            continue
        if data:
            steps.append(Send(data, piece))
            data = b""
        if name in {"BYTEWISE", "CHUNKED_SEND"}:
            piece = 1 if name == "BYTEWISE" else int(argument)
        else:
            steps.append(_pause(name, argument))
    data += text[at:].encode("latin-1")
    return [*steps, Send(data, piece)] if data else steps


def plain(text: str) -> bytes:
    """Return the bytes of a text whose macros are all of the kind that stands for bytes."""
    return b"".join(step.data for step in expand(text) if isinstance(step, Send))


def _inline(name: str, argument: str, cookie: bytes) -> bytes | None:
    """Return the bytes a macro stands for, None for one that is an act."""
    if name == "COOKIE":
        return cookie
    if name == "REPEAT":
        text, _, count = argument.rpartition(":")
        return text.encode("latin-1") * int(count)
    if name == "SEQ":
        form, first, end = argument.rsplit(":", 2)
        return "".join(form % number for number in range(int(first), int(end))).encode("latin-1")
    return None


def _pause(name: str, argument: str) -> Step:
    if name == "WAIT100":
        return WaitContinue(int(argument) / 1000)
    if name == "IDLE":
        return Idle(float(argument))
    if name != "DRIP":
        raise ValueError(f"unknown macro {name}")
    text, _, seconds = argument.rpartition(":")
    return Drip(text.encode("latin-1"), float(seconds))
