"""One spelling for each value."""

import pytest

from sidegate.oidc import base64url


def test_it_comes_back_as_it_went() -> None:
    for data in (b"", b"\x00", b"\xfb\xff", b"abc", bytes(range(256))):
        assert base64url.decode(base64url.encode(data)) == data


@pytest.mark.parametrize(
    "text", ["A", "AB", "AA==", "A A", "AA\n", "A+/A", "AAAAA", "\u00fc", "AAé"]
)
def test_a_second_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        base64url.decode(text)
