"""The userinfo answer (OpenID Connect Core section 5.3)."""

from typing import Any

from sidegate.core.errors import IdTokenRejected, ProviderMisbehaved
from sidegate.oidc.strict_json import JsonRejected, parse_object


def parse_userinfo(body: bytes, subject: str) -> dict[str, Any]:
    """Return the claims of an answer in JSON that is about `subject` (section 5.3.2).

    Raises IdTokenRejected when it is about somebody else or nobody: the access token was not of
    this sign-in. Raises ProviderMisbehaved for anything but a JSON object.
    """
    try:
        claims = parse_object(body)
    except JsonRejected as error:
        raise ProviderMisbehaved(f"userinfo: {error}") from None
    if claims.get("sub") != subject:
        raise IdTokenRejected("sub of userinfo is not the subject of the ID token")
    return claims
