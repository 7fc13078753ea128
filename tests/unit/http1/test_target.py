"""Paths that mean two things."""

import pytest

from sidegate.http1.target import decoded, is_ambiguous


@pytest.mark.parametrize(
    "path",
    [
        "/a/../b", "/a/./b", "/..", "/a/..", "//a", "/a//b", "/a\\b", "/a;b", "/a;/b", "/%2fa",
        "/a%5Cb", "/a%2e%2e/b", "/%2e", "/a%00b", "/a%25b", "/a%23b", "/a%3fb", "/a%3Bb",
        "/a%0d%0ab", "/a%zz", "/a%2", "/a%", "/%ff", "/%c0%af", "/%uff0e", "/a%7f", "/%ed%a0%80",
    ],
)  # fmt: skip
def test_ambiguous_paths_are_seen(path: str) -> None:
    assert is_ambiguous(path.encode())


@pytest.mark.parametrize(
    "path",
    ["/", "/a/b.c", "/a..b", "/.well-known/x", "/a.", "/...", "/%20a", "/%C3%A9", "/a+b=c"],
)
def test_plain_paths_are_not(path: str) -> None:
    assert not is_ambiguous(path.encode())


def test_a_plain_path_is_decoded_once() -> None:
    assert decoded(b"/caf%C3%A9%20x") == "/café x"
