"""From claims to a person. What a claim says becomes a header, so it is checked here.

Text is kept as it came: no folding, no trimming. Folding is the rules' business (ASCII only).
"""

import json
from dataclasses import dataclass
from typing import Any

from sidegate.core.errors import EmailUnverified, IdTokenRejected
from sidegate.core.identity import Identity

Claims = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """Where a person's email and groups are: a name, or a dotted path into objects."""

    email: str
    groups: str
    allow_unverified_email: bool = False


def find(claims: Claims, path: str) -> Any:
    """Return what stands at a name or dotted path, or None.

    The whole path is tried as a name first: names such as `https://example.com/groups` have dots.
    """
    if path in claims:
        return claims[path]
    value: Any = claims
    for name in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def identity_of(claims: Claims, userinfo: Claims, names: ClaimNames) -> Identity:
    """Return the person of verified claims; userinfo only fills what the ID token leaves out.

    Raises EmailUnverified, or IdTokenRejected for a value that cannot be an identity: of another
    type, or with control characters, which would end a header early.
    """
    email = _text_of(_first(claims, userinfo, names.email), "email")
    if email and not names.allow_unverified_email:
        _check_verified(claims, userinfo, names.email)
    preferred = _first(claims, userinfo, "preferred_username")
    return Identity(
        user=_text_of(claims["sub"], "sub"),
        email=email,
        preferred_username=_text_of(preferred, "preferred_username"),
        groups=_groups_of(_first(claims, userinfo, names.groups)),
    )


def _first(claims: Claims, userinfo: Claims, path: str) -> Any:
    value = find(claims, path)
    return find(userinfo, path) if value is None else value


def _check_verified(claims: Claims, userinfo: Claims, email_path: str) -> None:
    """Refuse an email of which either document says that it is not verified.

    `email_verified` (Core section 5.1) speaks of the claim `email` beside it and of no other, so
    an operator's own claim (`upn`, ...) is not judged by it. Text is accepted for the providers
    that send "true"; everything that is not true is not verified.
    """
    parent, dot, name = email_path.rpartition(".")
    if name != "email":
        return
    for document in (claims, userinfo):
        value = find(document, f"{parent}{dot}email_verified")
        if not (value is None or value is True or value == "true"):
            raise EmailUnverified("the provider says that the email address is not verified")


def _text_of(value: Any, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise IdTokenRejected(f"claim {name} is not text")
    if has_controls(value):
        raise IdTokenRejected(f"claim {name} has control characters")
    return value


def _groups_of(value: Any) -> tuple[str, ...]:
    """Return groups in the provider's order, each once; what is no text becomes JSON text."""
    items = value if isinstance(value, list) else [value]
    texts = (item if isinstance(item, str) else _json(item) for item in items if item is not None)
    return tuple(dict.fromkeys(_text_of(text, "groups") for text in texts if text))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def has_controls(text: str) -> bool:
    """Say whether a text holds a character that ends lines or moves cursors (C0, DEL, C1, ...)."""
    return any(c < " " or "\x7f" <= c <= "\x9f" or c in "\u2028\u2029" for c in text)
