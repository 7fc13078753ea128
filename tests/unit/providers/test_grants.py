"""A grant is what came, and what was there where nothing came."""

from sidegate.core.identity import Identity
from sidegate.core.secret import Secret
from sidegate.oidc.token_endpoint import TokenAnswer
from sidegate.providers.grants import grant_of
from tests.unit.providers.test_oidc import session

WHO = Identity("alice")
BARE = TokenAnswer(Secret("at"))


def test_a_sign_in_has_what_came() -> None:
    answer = TokenAnswer(Secret("at"), Secret("id"), Secret("rt"), 300)
    grant = grant_of(WHO, {"sid": "s1"}, answer, 1000.0, trouble="provider_unavailable")
    assert (grant.identity, grant.session_id, grant.trouble) == (WHO, "s1", "provider_unavailable")
    assert grant.tokens.expires_at == 1300
    assert grant.tokens.refresh_token == Secret("rt")


def test_a_refresh_keeps_what_its_answer_leaves_out() -> None:
    grant = grant_of(WHO, {}, BARE, 1000.0, session(), trouble="")
    tokens = grant.tokens
    assert (tokens.access_token, tokens.id_token, tokens.refresh_token) == (
        Secret("at"),
        Secret("old-id"),
        Secret("old-rt"),
    )
    assert tokens.expires_at is None
    assert grant.session_id == "sid-1"


def test_a_session_id_that_is_no_text_is_none() -> None:
    assert grant_of(WHO, {"sid": 7}, BARE, 1000.0, trouble="").session_id == ""
