"""The claims that every token must have right (RFC 7519 section 4.1), one check each.

`what` names the token in messages. Whatever is wrong is IdTokenRejected.
"""

from typing import Any, Final

from sidegate.core.errors import IdTokenRejected
from sidegate.oidc.claims import Claims, has_controls

SKEW: Final = 30.0  # seconds that two clocks may differ
MAX_SUBJECT: Final = 255


def check_issuer(claims: Claims, issuer: str | None, what: str) -> None:
    """Compare `iss` to the last character; None skips that."""
    if issuer is not None and claims.get("iss") != issuer:
        raise IdTokenRejected(f"iss of the {what} is not the configured issuer {issuer!r}")


def check_times(claims: Claims, now: float, skew: float, what: str) -> None:
    """Check `exp`, `iat` and, where there is one, `nbf`; `now` in seconds since the epoch."""
    if time_of(claims, "exp", what) + skew <= now:
        raise IdTokenRejected(f"{what} has expired (exp)")
    if time_of(claims, "iat", what) - skew > now:
        raise IdTokenRejected(f"{what} was issued in the future (iat); compare the clocks")
    if "nbf" in claims and time_of(claims, "nbf", what) - skew > now:
        raise IdTokenRejected(f"{what} is not valid yet (nbf); compare the clocks")


def time_of(claims: Claims, name: str, what: str) -> float:
    """Return a time in seconds since the epoch."""
    value = claims.get(name)
    # A bool is an int in Python. Integers stay integers: a huge one is no float.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise IdTokenRejected(f"{name} of the {what} is missing or no number")
    if not -1e15 < value < 1e15:
        raise IdTokenRejected(f"{name} of the {what} is no date")
    return value


def check_subject(claims: Claims, what: str) -> None:
    """Check that `sub` is text that can name somebody."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT:
        raise IdTokenRejected(f"sub of the {what} is missing, empty, too long or no text")
    if has_controls(subject):
        raise IdTokenRejected(f"sub of the {what} has control characters")


def audiences_of(
    claims: Claims, audience_claims: tuple[str, ...], what: str
) -> tuple[str, frozenset[str]]:
    """Return name and values of the first of these claims that is present; never no value."""
    name = next((n for n in audience_claims if n in claims), None)
    if name is None:
        raise IdTokenRejected(f"{what} has no audience ({', '.join(audience_claims)})")
    value: Any = claims[name]
    named = [value] if isinstance(value, str) else value
    if not isinstance(named, list) or not all(isinstance(item, str) for item in named):
        raise IdTokenRejected(f"{name} of the {what} is neither text nor a list of text")
    if not named:
        raise IdTokenRejected(f"{name} of the {what} is an empty list")
    return name, frozenset(named)
