"""What is sealed for one provider opens only where that provider is configured."""

import os

from sidegate.core.secret import Secret
from sidegate.session.bound import BoundSealer
from sidegate.session.keyring import KeyRing

SEALER = KeyRing([Secret(b"k" * 32)], os.urandom).sealer("session")
CORP = BoundSealer(SEALER, {"corp": b"https://corp.test\0app"})
BOTH = BoundSealer(SEALER, {"staff": b"https://staff.test\0app", "corp": b"https://corp.test\0app"})


def sealed(sealer: BoundSealer, provider: str) -> bytes:
    return sealer.seal(b"plain", provider, b"name").encode()


def test_a_provider_that_is_added_signs_nobody_out() -> None:
    assert BOTH.open(sealed(CORP, "corp"), b"name") == (b"plain", {"corp"})
    assert CORP.open(sealed(BOTH, "corp"), b"name") == (b"plain", {"corp"})


def test_what_belongs_to_a_provider_that_is_gone_does_not_open() -> None:
    assert CORP.open(sealed(BOTH, "staff"), b"name") is None


def test_another_issuer_or_client_under_the_same_id_does_not_open() -> None:
    for binding in (b"https://other.test\0app", b"https://corp.test\0other", b""):
        assert BoundSealer(SEALER, {"corp": binding}).open(sealed(CORP, "corp"), b"name") is None


def test_no_byte_moves_between_binding_and_context() -> None:
    moved = BoundSealer(SEALER, {"corp": b"https://corp.test\0ap"})
    assert moved.open(sealed(CORP, "corp"), b"pname") is None


def test_providers_of_one_client_are_told_together() -> None:
    twins = BoundSealer(SEALER, {"a": b"same", "b": b"same"})
    assert twins.open(sealed(twins, "b"), b"name") == (b"plain", {"a", "b"})


def test_what_no_provider_vouches_for_is_bound_to_the_first() -> None:
    value = sealed(CORP, "htpasswd:1")
    assert CORP.open(value, b"name") == (b"plain", {"corp"})
    assert BOTH.open(value, b"name") == (b"plain", {"corp"})
