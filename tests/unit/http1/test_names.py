"""Field names: tokens, folds and bounded memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidegate.core.errors import BadRequest
from sidegate.http1.names import BOUND, LowerNames, Passes, fold


@pytest.mark.parametrize("name", [b"X_Forwarded-User", b"x.forwarded~user", b"X-FORWARDED+USER"])
def test_spellings_of_one_name_fold_together(name: bytes) -> None:
    assert fold(name) == b"x-forwarded-user"


@pytest.mark.parametrize("name", [b"", b"a b", b"a\x00", b"a:", b"\xe9", b"content_length"])
def test_names_that_are_no_tokens_or_imitate_framing_are_refused(name: bytes) -> None:
    with pytest.raises(BadRequest):
        LowerNames()[name]


def test_invented_names_cost_no_memory() -> None:
    lower, passes = LowerNames(), Passes(frozenset({b"a"}))
    for number in range(BOUND + 100):
        assert lower[b"X-%d" % number] == b"x-%d" % number
        assert passes[b"X-%d" % number]
    assert max(len(lower), len(passes)) <= BOUND


@given(st.binary(max_size=30))
def test_a_dropped_name_never_passes_in_any_spelling(noise: bytes) -> None:
    passes = Passes(frozenset({b"x-user"}))
    assert not passes[
        b"X"
        + noise[:1]
        .translate(None, b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        .ljust(1, b"_")
        + b"uSeR"
    ]


def test_a_family_is_dropped_whole_and_its_neighbours_pass() -> None:
    passes = Passes(frozenset(), (b"x-auth-request-", b"x-webauth-"))
    assert not any(passes[n] for n in (b"x-auth-request-", b"x_auth.request-any", b"x-webauth-u"))
    assert all(passes[n] for n in (b"x-auth-request", b"x-authority", b"y-x-webauth-u"))


@pytest.mark.parametrize("remembers", [LowerNames(), Passes(frozenset())])
def test_a_long_spelling_is_not_remembered(remembers: dict[bytes, object]) -> None:
    long = b"x" * 1000
    assert remembers[long]
    assert long not in remembers
