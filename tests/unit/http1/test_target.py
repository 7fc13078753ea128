"""Paths that mean two things."""

import pytest

from sidegate.core.errors import BadRequest
from sidegate.http1.target import decoded, is_ambiguous, origin_form, without_detours


@pytest.mark.parametrize(
    "path",
    [
        "/a/../b", "/a/./b", "/..", "/a/..", "//a", "/a//b", "/a\\b", "/a;b", "/a;/b", "/%2fa",
        "/a%5Cb", "/a%2e%2e/b", "/%2e", "/a%00b", "/a%25b", "/a%23b", "/a%3fb", "/a%3Bb",
        "/a%0d%0ab", "/a%zz", "/a%2", "/a%", "/%ff", "/%c0%af", "/%uff0e", "/a%7f", "/%ed%a0%80",
        "/a#b", "/a b", "/a\x00b", "/a\x7f", "/a\xe9", "/%70ublic", "/%41", "/%5a", "/%39",
        "/a%2Db", "/a%5f", "/a%7e", "/%252e", "/..;/a", "/a/..%00/", "/%ef%bc%8e%ef%bc%8e/b",
        "/a%e2%88%95b", "/a%ef%bc%bcb", "/a%c2%85b", "/a%e2%80%a8", "/a%ef%bc%852e",
        "/a%e2%80%a5/b", "/%f8%88%80%80%af",
    ],
)  # fmt: skip
def test_ambiguous_paths_are_seen(path: str) -> None:
    assert is_ambiguous(path.encode("latin-1"))


@pytest.mark.parametrize(
    "path",
    [
        "/", "/a/b.c", "/a..b", "/.well-known/x", "/a.", "/...", "/%20a", "/%C3%A9", "/a+b=c",
        "/~u", "/a:b@c", "/a|b", "/%22%3C%3E", "/a%40b%2Bc", "/%5B1%5D%7B%7D",
        "/%E8%AF%B4%E6%98%8E%E3%80%82", "/%E2%80%A6", "/%F0%9F%98%80",
    ],
)  # fmt: skip
def test_plain_paths_are_not(path: str) -> None:
    assert not is_ambiguous(path.encode())


@pytest.mark.parametrize("path", [b"/a%", b"/a%2", b"/a%zz", b"/%u0041", b"/a%2?%20", b"/%%41"])
def test_a_path_with_a_broken_escape_is_refused(path: bytes) -> None:
    with pytest.raises(BadRequest):
        origin_form(path, b"GET", b"a.test")


def test_a_query_may_hold_any_percent_sign() -> None:
    assert origin_form(b"/a%20b?100%", b"GET", b"a.test") == b"/a%20b?100%"


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        (b"//foo", b"/foo"),
        (b"/foo/../bar/", b"/bar/"),
        (b"/a/./b//c/", b"/a/b/c/"),
        (b"/..//evil.test", b"/evil.test"),
        (b"//", b"/"),
        (b"/a/..", b"/"),
        (b"/a/b/.", b"/a/b/"),
        (b"/a/b/..", b"/a/"),
        (b"/../../..", b"/"),
    ],
)
def test_empty_and_dot_segments_can_be_left_out(path: bytes, plain: bytes) -> None:
    assert without_detours(path) == plain


@pytest.mark.parametrize(
    "path", [b"/", b"/foo", b"/a..b/...", b"//a;b", b"/\\/evil.test", b"//a%2fb", b"//\\evil"]
)
def test_a_path_without_them_or_with_worse_stays_as_it_is(path: bytes) -> None:
    assert without_detours(path) is None


def test_a_plain_path_is_decoded_once() -> None:
    assert decoded(b"/caf%C3%A9%20x") == "/café x"
