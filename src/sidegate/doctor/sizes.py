"""How large a session is here, and who on the way may find it too large.

Measured with a session that is made up: the names of 30 groups, and tokens as providers make them.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode
from typing import Final

from sidegate.app.sessions import what_to_keep
from sidegate.core.errors import SessionTooLarge
from sidegate.core.identity import Identity, Session, Tokens
from sidegate.core.secret import Secret
from sidegate.doctor.finding import Finding, fine, problem, warning
from sidegate.doctor.scene import Scene
from sidegate.session.chunks import MOST_CHUNKS
from sidegate.session.codec import encode_session

COOKIE_BYTES: Final = 4000
GROUPS: Final = tuple(f"group-of-the-company-{number:03}" for number in range(30))
TOKEN_BYTES: Final = 1800  # of access and ID tokens, before base64
REFRESH_BYTES: Final = 900
SEALING: Final = 48  # bytes: version, key, nonce and tag
OTHER_FIELDS: Final = 2048  # bytes: what a browser sends besides
USUAL_LIMIT: Final = 8192  # bytes: nginx, Apache, Tomcat, gunicorn and many more
TICKET_BYTES: Final = 200  # with sessions in Redis


async def check_sizes(scene: Scene) -> list[Finding]:
    """Compare a typical session with our limit, that of proxies and that of applications."""
    size = typical_bytes(scene)
    limit = scene.settings.limits.limit_header_bytes
    cookies = -(-size // COOKIE_BYTES)
    told = f"a typical session is about {size} bytes in {cookies} cookie{'s' * (cookies > 1)}"
    found = []
    if size + OTHER_FIELDS > limit:
        found.append(problem("session_size", f"{told}, limit_header_bytes is {limit}"))
    elif size + OTHER_FIELDS > USUAL_LIMIT:
        found.append(warning("session_size", f"{told}, many proxies take {USUAL_LIMIT} of head"))
    passed = identity_bytes(scene)
    if passed + OTHER_FIELDS > USUAL_LIMIT:
        seen = f"about {passed} bytes of identity, many applications take {USUAL_LIMIT} of head"
        found.append(warning("identity_size", seen))
    return found or [fine("sizes", told)]


def typical_bytes(scene: Scene) -> int:
    """Return how many bytes of cookies a typical session of the largest provider needs."""
    if scene.settings.redis.session_store_type == "redis":
        return TICKET_BYTES
    return max(_bytes(scene, number) for number in range(len(scene.settings.providers)))


def _bytes(scene: Scene, number: int) -> int:
    provider = scene.settings.providers[number]
    keep = what_to_keep(scene.settings, provider)
    who = Identity(
        "0f7b3c1e-typical-user", "typical.user@example.com", "typical.user", groups=_groups(scene)
    )
    tokens = Tokens(_token(TOKEN_BYTES), _token(TOKEN_BYTES), _token(REFRESH_BYTES), 0.0)
    session = Session("0" * 32, provider.id, who, tokens, 0.0, 0.0, 0.0)
    try:
        kept = len(encode_session(session, keep))
    except SessionTooLarge:
        return COOKIE_BYTES * MOST_CHUNKS
    return (kept + SEALING) * 4 // 3


def identity_bytes(scene: Scene) -> int:
    """Return how many bytes the fields about a typical person have, on the way to the application.

    Both families carry the groups.
    """
    headers = scene.settings.headers
    size = 2 * sum(len(name) + 1 for name in _groups(scene)) if headers.pass_user_headers else 0
    tokens = (headers.pass_access_token, headers.pass_authorization_header)
    return size + 300 + TOKEN_BYTES * 4 // 3 * sum(tokens)


def _groups(scene: Scene) -> tuple[str, ...]:
    return GROUPS if any(one.wants_groups for one in scene.settings.providers) else ()


def _token(size: int) -> Secret[str]:
    """Return what is as long as a token and does not become smaller either."""
    return Secret(urlsafe_b64encode(os.urandom(size)).decode())
