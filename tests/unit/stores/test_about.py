"""Operators learn whose session it is, and never a token."""

from sidegate.core.secret import Secret
from sidegate.stores.about import PURPOSE, open_about, seal_about
from tests.unit.stores.kit import RING, session

SEALER = RING.sealer(PURPOSE)


def test_what_was_sealed_for_a_key_opens_for_it_only() -> None:
    sealed = seal_about(session(provider_session_id="sid-1", generation=2), SEALER, "k:1")
    about = open_about(sealed, SEALER, "k:1")
    assert about is not None
    assert (about.user, about.email, about.sid) == ("alice", "alice@example.com", "sid-1")
    assert about.generation == 2
    assert open_about(sealed, SEALER, "k:2") is None
    assert open_about("é", SEALER, "k:1") is None


def test_what_is_authentic_and_something_else_is_none() -> None:
    for plain in (b"", b"\x93\x01", b"\xff"):
        assert open_about(SEALER.seal(plain, b"k"), SEALER, "k") is None


def test_no_token_is_in_it() -> None:
    token = "refresh-token-of-alice"
    kept = session(token)
    assert kept.tokens.refresh_token == Secret(token)
    plain = SEALER.open(seal_about(kept, SEALER, "k").encode(), b"k")
    assert plain is not None
    assert token.encode() not in plain


def test_somebody_is_found_by_subject_address_and_name() -> None:
    about = open_about(seal_about(session(), SEALER, "k"), SEALER, "k")
    assert about is not None
    assert about.is_of("alice")
    assert about.is_of("alice@example.com")
    assert not about.is_of("bob")
