"""A token holds for the form it was made for, for its owner, for an hour; for nothing else."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidegate.core.secret import Secret
from sidegate.login.form_token import LIFETIME, PURPOSE, FormTokens
from sidegate.session.keyring import KeyRing

RING = KeyRing([Secret(b"k" * 32)], os.urandom)
NOW = 1_000_000.0


def tokens(now: float = NOW, ring: KeyRing = RING) -> FormTokens:
    return FormTokens(ring.sealer(PURPOSE), lambda: now)


def test_a_token_holds_for_its_purpose_and_owner() -> None:
    token = tokens().make("sign_out", "session-1")
    assert tokens().holds(token, "sign_out", "session-1")
    assert not tokens().holds(token, "sign_in", "session-1")
    assert not tokens().holds(token, "sign_out", "session-2")
    assert not tokens().holds(token, "sign_outs", "ession-1")


@pytest.mark.parametrize(("age", "holds"), [(LIFETIME - 1, True), (LIFETIME, False)])
def test_a_token_holds_for_an_hour(age: float, *, holds: bool) -> None:
    token = tokens().make("sign_out", "session-1")
    assert tokens(NOW + age).holds(token, "sign_out", "session-1") is holds


def test_nothing_holds_without_an_owner() -> None:
    assert not tokens().holds(tokens().make("sign_out", ""), "sign_out", "")


def test_a_token_of_other_keys_or_another_purpose_of_keys_does_not_hold() -> None:
    other = KeyRing([Secret(b"o" * 32)], os.urandom)
    assert not tokens().holds(tokens(ring=other).make("a", "b"), "a", "b")
    session_sealer = FormTokens(RING.sealer("session"), lambda: NOW)
    assert not tokens().holds(session_sealer.make("a", "b"), "a", "b")


@given(st.none() | st.text(max_size=300))
def test_what_we_did_not_make_does_not_hold_and_harms_nobody(token: str | None) -> None:
    assert not tokens().holds(token, "sign_out", "session-1")
