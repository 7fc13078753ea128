"""The count of rounds is for one address and one minute, and nobody can make one up."""

import pytest

from sidegate.stores.rounds import PURPOSE, Rounds, rounds_name
from tests.unit.stores.kit import HOST, NOW, RING, settings


def rounds(purpose: str = PURPOSE, **changes: object) -> Rounds:
    return Rounds(settings(**changes), RING.sealer(purpose))


def brought(count: int, url: str = "/x", purpose: str = PURPOSE) -> bytes:
    [cookie] = rounds(purpose).remember(count, url, HOST, NOW)
    return b"other=1; " + cookie.partition(";")[0].encode()


def test_a_count_is_recalled_for_its_address() -> None:
    assert rounds().recall(brought(2), "/x", NOW) == 2
    assert rounds().recall(brought(2), "/y", NOW) == 0
    assert rounds().recall(b"other=1", "/x", NOW) == rounds().recall(None, "/x", NOW) == 0


@pytest.mark.parametrize(("later", "count"), [(60, 2), (61, 0)])
def test_a_count_is_recalled_for_a_minute(later: float, count: int) -> None:
    assert rounds().recall(brought(2), "/x", NOW + later) == count


def test_the_cookie_lasts_as_long_and_is_like_a_sign_in_cookie_but_for_every_path() -> None:
    [cookie] = rounds(cookie_csrf_samesite="none", cookie_path="/app").remember(1, "/x", HOST, NOW)
    assert cookie.startswith("_oauth2_proxy_rounds=")
    assert cookie.endswith("; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=None")


@pytest.mark.parametrize("value", [b"", b"1", brought(9, purpose="attempt").partition(b"=")[2]])
def test_what_we_did_not_seal_for_this_counts_nothing(value: bytes) -> None:
    assert rounds().recall(b"_oauth2_proxy_rounds=" + value, "/x", NOW) == 0


def test_only_a_count_that_is_there_is_forgotten() -> None:
    assert rounds().forget(b"other=1", HOST) == []
    [cookie] = rounds().forget(brought(1), HOST)
    assert cookie.startswith("_oauth2_proxy_rounds=; Path=/; Max-Age=0;")


def test_a_count_never_grows_out_of_its_cookie() -> None:
    assert rounds().recall(brought(10**9), "/x", NOW) == 65535


def test_the_name_is_never_longer_than_a_browser_takes() -> None:
    assert len(rounds_name("n" * 256)) == 256
