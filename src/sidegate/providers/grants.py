"""What a token endpoint gave, put together with whom it is about."""

from sidegate.core.identity import Grant, Identity, Session, Tokens
from sidegate.oidc.claims import Claims
from sidegate.oidc.token_endpoint import TokenAnswer


def grant_of(
    identity: Identity,
    claims: Claims,
    answer: TokenAnswer,
    now: float,
    session: Session | None = None,
    *,
    trouble: str,
) -> Grant:
    """Put a grant together; a refresh keeps what its answer leaves out (RFC 6749 section 6)."""
    old = session.tokens if session else Tokens()
    tokens = Tokens(
        access_token=answer.access_token,
        id_token=answer.id_token or old.id_token,
        refresh_token=answer.refresh_token or old.refresh_token,
        expires_at=None if answer.expires_in is None else now + answer.expires_in,
    )
    sid = claims.get("sid")
    kept = session.provider_session_id if session else ""
    return Grant(identity, tokens, sid if isinstance(sid, str) else kept, trouble)
