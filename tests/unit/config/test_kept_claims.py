"""A session keeps the claims that somebody asks for."""

from sidegate.config.kept_claims import claims_needed


def test_what_several_ask_for_is_kept_once() -> None:
    assert claims_needed(("b", "a"), (), ("a",)) == ("a", "b")


def test_nothing_is_kept_for_nobody() -> None:
    assert claims_needed() == ()
