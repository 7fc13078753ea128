"""What is held is told by its kind, never by its value."""

from sidegate.core.account import Held
from sidegate.core.identity import Identity, Session, Tokens
from sidegate.core.secret import Secret

SESSION = Session("id", "oidc", Identity("alice"), Tokens(), 0.0, 0.0, 9.0)


def test_tokens_are_named_by_their_kind() -> None:
    assert Held(SESSION, "Corp").tokens == []
    tokens = Tokens(Secret("a"), Secret("i"), Secret("r"))
    kept = Session("id", "oidc", Identity("alice"), tokens, 0.0, 0.0, 9.0)
    assert Held(kept, "Corp").tokens == ["access_token", "id_token", "refresh_token"]
