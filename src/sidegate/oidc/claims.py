"""From claims to a person. What a claim says becomes a header, so it is checked here.

Text is kept as it came: no folding, no trimming. Folding is the rules' business (ASCII only).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from sidegate.core.errors import EmailMalformed, EmailUnverified, IdTokenRejected
from sidegate.core.identity import NO_CLAIMS, Identity

Claims = dict[str, Any]

# One `@` with ASCII on both sides, and nothing that quotes, separates or escapes (RFC 5322 section
# 3.4.1): such an address is read in different ways by different programs, and some of those let
# the wrong person in. Wider than a mailbox really is; whether it exists is the provider's matter.
_MOST_EMAIL = 254  # characters, RFC 5321 section 4.5.3.1.3
_EMAIL = re.compile(r"[!#-+\--:<-?A-\[\]-~]+@[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """Where a person's email and groups are: a name, or a dotted path into objects.

    `demand_verified_email`: an address of which the provider does not say that it is verified is
    not believed. `kept`: further claims that a rule or a header asks for, under the same kind of
    name.
    """

    email: str
    groups: str
    allow_unverified_email: bool = False
    demand_verified_email: bool = False
    kept: tuple[str, ...] = ()


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

    Raises EmailUnverified or EmailMalformed, or IdTokenRejected for a value that cannot be an
    identity: of another type, or with control characters, which would end a header early.
    """
    email = _text_of(_first(claims, userinfo, names.email), "email")
    # The claim `email` is an address. An operator's own claim (`upn`, ...) may be anything.
    if email and names.email.rpartition(".")[2] == "email":
        _check_address(email)
        if not names.allow_unverified_email:
            _check_verified(claims, userinfo, names)
    preferred = _first(claims, userinfo, "preferred_username")
    return Identity(
        user=_text_of(claims["sub"], "sub"),
        email=email,
        preferred_username=_text_of(preferred, "preferred_username"),
        groups=_texts_of(_first(claims, userinfo, names.groups), "groups"),
        claims=_kept(claims, userinfo, names.kept),
    )


def updated(old: Identity, userinfo: Claims, names: ClaimNames) -> Identity:
    """Return the person as userinfo alone tells of them anew; what it leaves out stays.

    For a refresh that brought no ID token. Raises as `identity_of`.
    """
    new = identity_of({"sub": old.user}, userinfo, names)
    told = {name: new.claims.get(name, ()) for name in names.kept if _is_told(userinfo, name)}
    claims = {name: texts for name, texts in {**old.claims, **told}.items() if texts}
    return replace(
        old,
        email=new.email or old.email,
        preferred_username=new.preferred_username or old.preferred_username,
        groups=new.groups if _is_told(userinfo, names.groups) else old.groups,
        claims=MappingProxyType(claims),
    )


def _kept(
    claims: Claims, userinfo: Claims, names: tuple[str, ...]
) -> Mapping[str, tuple[str, ...]]:
    if not names:
        return NO_CLAIMS
    found = {name: _texts_of(_first(claims, userinfo, name), name) for name in names}
    return MappingProxyType({name: texts for name, texts in found.items() if texts})


def _is_told(document: Claims, path: str) -> bool:
    return find(document, path) is not None


def _first(claims: Claims, userinfo: Claims, path: str) -> Any:
    value = find(claims, path)
    return find(userinfo, path) if value is None else value


def _check_verified(claims: Claims, userinfo: Claims, names: ClaimNames) -> None:
    """Refuse an email of which either document says that it is not verified.

    `email_verified` (Core section 5.1) speaks of the claim `email` beside it and of no other. Text
    is accepted for the providers that send "true"; everything that is not true is not verified.
    """
    parent, dot, _ = names.email.rpartition(".")
    said = [find(document, f"{parent}{dot}email_verified") for document in (claims, userinfo)]
    known = [value for value in said if value is not None]
    if not all(value is True or value == "true" for value in known):
        raise EmailUnverified("the provider says that the email address is not verified")
    if names.demand_verified_email and not known:
        raise EmailUnverified("the provider does not say that the email address is verified")


def _check_address(email: str) -> None:
    if not is_plain_address(email):
        raise EmailMalformed("the email address of the provider is not a plain one")


def is_plain_address(email: str) -> bool:
    """Say whether a text is an address that every program reads alike."""
    return len(email) <= _MOST_EMAIL and _EMAIL.fullmatch(email) is not None


def _text_of(value: Any, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise IdTokenRejected(f"claim {name} is not text")
    if has_controls(value):
        raise IdTokenRejected(f"claim {name} has control characters")
    return value


def _texts_of(value: Any, name: str) -> tuple[str, ...]:
    """Return texts in the provider's order, each once; what is no text becomes JSON text."""
    items = value if isinstance(value, list) else [value]
    texts = (item if isinstance(item, str) else _json(item) for item in items if item is not None)
    return tuple(dict.fromkeys(_text_of(text, name) for text in texts if text))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def has_controls(text: str) -> bool:
    """Say whether a text holds a character that ends lines or moves cursors (C0, DEL, C1, ...)."""
    return any(c < " " or "\x7f" <= c <= "\x9f" or c in "\u2028\u2029" for c in text)
