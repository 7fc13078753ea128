"""The WebSocket handshake (RFC 6455 section 4), as far as a gate has to understand it."""

from __future__ import annotations

import base64
import hashlib

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_for(key: bytes) -> bytes:
    """Return the `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key` (section 4.2.2)."""
    return base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())


def is_accepted(request: dict[bytes, bytes], answer: dict[bytes, bytes], *, upgrades: bool) -> bool:
    """Say whether a 101 switches to the WebSocket that was asked for (section 4.1).

    `request` and `answer` map lower-case names to values; `upgrades`: the answer's Connection
    says `upgrade`. An answer that proves nothing passes, for some programs use no key; one with a
    wrong proof was made for another handshake, or by somebody who knows nothing of WebSockets.
    """
    if not upgrades or answer.get(b"upgrade", b"").lower() != b"websocket":
        return False
    key, accept = request.get(b"sec-websocket-key"), answer.get(b"sec-websocket-accept")
    return key is None or accept is None or accept == accept_for(key)
