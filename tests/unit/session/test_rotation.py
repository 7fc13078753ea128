"""A new secret opens at once and seals when everybody has had time to learn of it."""

from sidegate.core.secret import Secret
from sidegate.session.rotation import Rotation, make_secret

A, B, C = (Secret(letter * 32) for letter in (b"a", b"b", b"c"))


def test_a_single_secret_seals_at_once() -> None:
    rotation = Rotation([A], 60.0, 0.0)
    assert (rotation.seals(0.0), rotation.pause(0.0)) == (0, None)


def test_a_new_first_secret_waits_out_the_grace() -> None:
    rotation = Rotation([A], 60.0, 0.0)
    assert rotation.take([B, A], 100.0)
    assert (rotation.seals(100.0), rotation.pause(100.0)) == (1, 60.0)
    assert (rotation.seals(159.9), round(rotation.pause(159.9) or 0, 1)) == (1, 0.1)
    assert (rotation.seals(160.0), rotation.pause(160.0)) == (0, None)


def test_whoever_starts_with_several_takes_the_first_for_new() -> None:
    rotation = Rotation([B, A], 60.0, 10.0)
    assert rotation.seals(10.0) == 1
    assert rotation.seals(70.0) == 0


def test_two_changes_in_a_row_wait_each_for_itself() -> None:
    rotation = Rotation([A], 60.0, 0.0)
    rotation.take([B, A], 0.0)
    rotation.take([C, B, A], 30.0)
    assert rotation.seals(59.0) == 2
    assert (rotation.seals(60.0), rotation.pause(60.0)) == (1, 30.0)
    assert rotation.seals(90.0) == 0


def test_when_the_one_that_sealed_is_gone_the_one_known_longest_seals() -> None:
    rotation = Rotation([A], 60.0, 0.0)
    rotation.take([B, A], 100.0)
    rotation.take([C, B], 110.0)
    assert rotation.seals(110.0) == 1
    rotation.take([A], 120.0)
    assert rotation.seals(120.0) == 0


def test_a_secret_that_comes_back_is_new_again() -> None:
    rotation = Rotation([A], 60.0, 0.0)
    rotation.take([B], 10.0)
    rotation.take([A, B], 100.0)
    assert rotation.seals(100.0) == 1


def test_no_grace_means_at_once() -> None:
    rotation = Rotation([A], 0.0, 0.0)
    rotation.take([B, A], 10.0)
    assert (rotation.seals(10.0), rotation.pause(10.0)) == (0, None)


def test_the_same_secrets_are_no_change() -> None:
    rotation = Rotation([B, A], 60.0, 0.0)
    assert not rotation.take([B, A, A], 100.0)
    assert rotation.take([A, B], 100.0)


def test_a_new_secret_is_32_random_bytes_in_base64url() -> None:
    assert make_secret(lambda count: b"\xfb" * count) == "-_v7" * 10 + "-_s="
