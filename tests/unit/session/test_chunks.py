"""A value of any size comes back from its cookies, or is refused; never half of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidegate.core.errors import SessionTooLarge
from sidegate.session.chunks import MOST_COOKIE_BYTES, ChunkNames, candidates, split

NAMES = ChunkNames("_oauth2_proxy")
ATTRIBUTES = 60
PIECE = MOST_COOKIE_BYTES - ATTRIBUTES - len("_oauth2_proxy_0=")


def _wire(cookies: list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in cookies]


@given(st.integers(0, 31_000), st.sampled_from(["s", "_oauth2_proxy", "n" * 300]))
def test_what_was_split_is_joined(length: int, name: str) -> None:
    names = ChunkNames(name)
    value = ("0123456789" * (length // 10 + 1))[:length]
    try:
        cookies = split(names, value, ATTRIBUTES)
    except SessionTooLarge:
        assert length > 8 * (MOST_COOKIE_BYTES - ATTRIBUTES - 256 - 1) - 2
        return
    assert candidates(names, _wire(cookies)) == [value.encode()]
    for cookie in cookies:
        assert len(cookie[0]) <= 256
        assert len("=".join(cookie)) + ATTRIBUTES <= MOST_COOKIE_BYTES


def test_a_value_that_just_fits_stays_whole() -> None:
    room = MOST_COOKIE_BYTES - ATTRIBUTES - len("_oauth2_proxy=")
    assert [name for name, _ in split(NAMES, "v" * room, ATTRIBUTES)] == ["_oauth2_proxy"]
    two = split(NAMES, "v" * (room + 1), ATTRIBUTES)
    assert [name for name, _ in two] == ["_oauth2_proxy_0", "_oauth2_proxy_1"]


@pytest.mark.parametrize(
    ("length", "attributes"), [(40_000, ATTRIBUTES), (8 * PIECE - 1, ATTRIBUTES), (10, 5000)]
)
def test_more_than_eight_cookies_are_refused(length: int, attributes: int) -> None:
    with pytest.raises(SessionTooLarge):
        split(NAMES, "v" * length, attributes)


@pytest.mark.parametrize("count", range(2, 9))
def test_cookies_that_are_full_to_the_last_byte_come_back(count: int) -> None:
    fullest = "v" * (count * PIECE - len("2."))
    cookies = split(NAMES, fullest, ATTRIBUTES)
    assert [len(piece) for _, piece in cookies] == [PIECE] * count
    assert candidates(NAMES, _wire(cookies)) == [fullest.encode()]


@pytest.mark.parametrize("count", range(2, 8))
def test_a_byte_that_does_not_fit_any_more_takes_another_cookie(count: int) -> None:
    value = "v" * (count * PIECE - len("2.") + 1)
    cookies = split(NAMES, value, ATTRIBUTES)
    assert len(cookies) == count + 1
    assert candidates(NAMES, _wire(cookies)) == [value.encode()]


def test_a_missing_piece_gives_nothing() -> None:
    cookies = _wire(split(NAMES, "v" * 13_000, ATTRIBUTES))
    assert len(cookies) == 4
    for missing in range(4):
        assert candidates(NAMES, cookies[:missing] + cookies[missing + 1 :]) == []


def test_a_stale_piece_beyond_the_count_is_ignored() -> None:
    cookies = _wire(split(NAMES, "v" * 8_000, ATTRIBUTES))
    assert candidates(NAMES, [*cookies, (b"_oauth2_proxy_3", b"stale")]) == [b"v" * 8_000]


@pytest.mark.parametrize("first", [b"", b"2", b"1.x", b"9.x", b"0.x", b"\xb2.x", b"22.x", b"+2.x"])
def test_a_first_piece_without_a_valid_count_gives_nothing(first: bytes) -> None:
    pieces = [(f"_oauth2_proxy_{n}".encode(), b"x") for n in range(1, 8)]
    assert candidates(NAMES, [(b"_oauth2_proxy_0", first), *pieces]) == []


def test_sign_in_cookies_are_no_pieces() -> None:
    assert candidates(NAMES, [(b"_oauth2_proxy_abcdefgh_csrf", b"x")]) == []


def test_planted_pieces_do_not_hide_the_real_ones() -> None:
    real = _wire(split(NAMES, "v" * 8_000, ATTRIBUTES))
    planted = [(b"_oauth2_proxy_1", b"evil"), (b"_oauth2_proxy", b"evil")]
    assert b"v" * 8_000 in candidates(NAMES, planted + real)
    assert b"v" * 8_000 in candidates(NAMES, real + planted)
    assert b"v" * 8_000 in candidates(NAMES, [(b"_oauth2_proxy", b"evil")] * 100 + real)


def test_without_pieces_every_place_is_for_whole_values() -> None:
    whole = [(b"_oauth2_proxy", b"%d" % number) for number in range(9)]
    assert candidates(NAMES, whole) == [b"%d" % number for number in range(8)]


def test_planted_values_and_pieces_share_the_places() -> None:
    whole = [(b"_oauth2_proxy", b"%d" % number) for number in range(9)]
    pieces = [(b"_oauth2_proxy_0", b"2.%d" % number) for number in range(9)]
    joined = candidates(NAMES, [*pieces, (b"_oauth2_proxy_1", b"x"), *whole])
    assert joined == [b"0", b"1", b"2", b"3", b"0x", b"1x", b"2x", b"3x"]
    one = [(b"_oauth2_proxy_0", b"2.a"), (b"_oauth2_proxy_1", b"b")]
    assert candidates(NAMES, [*one, *whole]) == [*(value for _, value in whole[:7]), b"ab"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(NAMES.all)), st.sampled_from([b"2.x", b"3.", b"y", b"8.z"])
        ),
        max_size=300,
    )
)
def test_the_number_of_candidates_is_bounded(cookies: list[tuple[bytes, bytes]]) -> None:
    assert len(candidates(NAMES, cookies)) <= 8
