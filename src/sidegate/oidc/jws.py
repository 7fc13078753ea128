"""Signed tokens in compact form (RFC 7515): read strictly, and verified with an issuer's keys.

Rule 1: the algorithm is one of a list that configuration and metadata made; the token only picks.
Rule 2: the key is one of the issuer's set; `jwk`, `jku`, `x5u` and `x5c` are never followed.
Rule 3: whatever is wrong is IdTokenRejected. Its message names the check and the place, and
quotes nothing of the token that is not needed to mend a configuration.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from sidegate.core.errors import IdTokenRejected
from sidegate.oidc import base64url
from sidegate.oidc.algorithms import KIND_OF_ALGORITHM, verifies
from sidegate.oidc.jwks import VerificationKey, choose
from sidegate.oidc.strict_json import JsonRejected, parse_object

MAX_TOKEN: Final = 16 * 1024

# RFC 7515 section 4.1 without `jwk` and `crit`: no honest token brings its own key or an
# extension we must know. Those that point to a key elsewhere are let through and ignored.
_HEADER_NAMES: Final = {"alg", "kid", "typ", "cty", "x5t", "x5t#S256", "x5u", "x5c", "jku"}


class KeyNotFound(IdTokenRejected):
    """No key of the set fits the token. The set may be old: fetching it again may help."""


@dataclass(frozen=True, slots=True)
class Jws:
    """A signed token that was read and not yet verified: nothing in it is true so far.

    `what` names the token in messages, such as `ID token`.
    """

    what: str
    header: dict[str, Any] = field(repr=False)
    payload: bytes = field(repr=False)
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    def claims(self) -> dict[str, Any]:
        """Return the payload as an object; true only after `verify_signature`."""
        return _parse(self.payload, f"payload of the {self.what}")


def read_jws(token: str, what: str, most: int = MAX_TOKEN) -> Jws:
    """Return the parts of a compact token of at most `most` bytes. Raises IdTokenRejected."""
    if len(token) > most:
        raise IdTokenRejected(f"{what} is larger than {most} bytes")
    segments = token.split(".", 3)
    if len(segments) != 3:
        raise IdTokenRejected(f"{what} has not the three parts of a signed one")
    names = [f"{part} of the {what}" for part in ("header", "payload", "signature")]
    header, payload, signature = map(_decode, segments, names)
    signed = f"{segments[0]}.{segments[1]}".encode("ascii")
    return Jws(what, _parse(header, names[0]), payload, signed, signature)


def verify_signature(
    jws: Jws, keys: tuple[VerificationKey, ...], algorithms: tuple[str, ...]
) -> None:
    """Return when one of `keys` made the signature with one of `algorithms`.

    Raises IdTokenRejected, or its child KeyNotFound when no key fits.
    """
    algorithm, kid = _check_header(jws, algorithms)
    candidates = choose(keys, kid, algorithm)
    if not candidates:
        raise KeyNotFound(f"{jws.what} is signed with a key that is not in the provider's set")
    if not any(verifies(algorithm, key.public, jws.signature, jws.signed) for key in candidates):
        if kid is None:
            raise KeyNotFound(f"{jws.what} names no key, and none of the provider's set fits")
        raise IdTokenRejected(f"signature of the {jws.what} is wrong")


def _check_header(jws: Jws, algorithms: tuple[str, ...]) -> tuple[str, str | None]:
    """Return algorithm and key id of a header in which nothing is unexpected."""
    header = jws.header
    if not header.keys() <= _HEADER_NAMES:
        raise IdTokenRejected(f"{jws.what} header has a parameter that is not accepted")
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in algorithms or algorithm not in KIND_OF_ALGORITHM:
        shown = algorithm if isinstance(algorithm, str) and algorithm.isalnum() else "?"
        raise IdTokenRejected(
            f"{jws.what} is signed with {shown[:16]!r}, which is not allowed here"
        )
    if not isinstance(kid, str | None):
        raise IdTokenRejected(f"kid of the {jws.what} header is not text")
    return algorithm, kid


def _decode(segment: str, place: str) -> bytes:
    try:
        return base64url.decode(segment)
    except ValueError as error:
        raise IdTokenRejected(f"{place} is {error}") from None


def _parse(data: bytes, place: str) -> dict[str, Any]:
    try:
        return parse_object(data)
    except JsonRejected as error:
        raise IdTokenRejected(f"{place}: {error}") from None
