"""A browser remembers its last provider, and nothing but a configured id is believed."""

import pytest

from sidegate.stores.preference import Preferences, preference_name
from tests.unit.stores.kit import HOST, Jar, settings

PREFERENCES = Preferences(settings(), ["corp", "staff"])


def test_the_choice_is_remembered_for_a_year() -> None:
    jar = Jar()
    (line,) = PREFERENCES.remember("staff", HOST)
    assert "; Max-Age=31536000; HttpOnly; Secure; SameSite=Lax" in line
    jar.take([line])
    assert PREFERENCES.recall(b"a=1; " + jar.header) == "staff"


@pytest.mark.parametrize("value", [b"gone", b"", b"CORP", b"corp/x", b"\xff"])
def test_anything_else_is_no_choice(value: bytes) -> None:
    assert PREFERENCES.recall(preference_name("_oauth2_proxy").encode() + b"=" + value) == ""
    assert PREFERENCES.recall(None) == ""


def test_a_long_name_leaves_room_for_the_ending() -> None:
    assert len(preference_name("n" * 300)) == len(preference_name("n" * 250))
    assert preference_name("n" * 300).endswith("_provider")
