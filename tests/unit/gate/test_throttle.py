"""Whoever fails too often waits, for a time that ends."""

import pytest

from sidegate.gate.throttle import MOST_KEYS, Throttle, network_of

NOW = 1_000_000.0


def taken(throttle: Throttle, key: str, now: float, times: int = 50) -> int:
    """Return how many could be taken one after the other."""
    return next((n for n in range(times) if throttle.take(key, now)), times)


def test_so_many_pass_at_once_and_then_one_by_one() -> None:
    throttle = Throttle(5, 100)
    assert taken(throttle, "a", NOW) == 5
    assert throttle.take("a", NOW) == pytest.approx(20)
    assert throttle.take("a", NOW + 19) == pytest.approx(1)
    assert throttle.take("a", NOW + 20) == 0
    assert throttle.take("a", NOW + 20) == pytest.approx(20)


def test_everything_is_forgotten_after_the_period() -> None:
    throttle = Throttle(5, 100)
    taken(throttle, "a", NOW)
    assert taken(throttle, "a", NOW + 100) == 5


def test_keys_do_not_know_each_other() -> None:
    throttle = Throttle(1, 100)
    assert taken(throttle, "a", NOW) == 1
    assert taken(throttle, "b", NOW) == 1


def test_what_was_no_failure_is_given_back() -> None:
    throttle = Throttle(2, 100)
    for _ in range(10):
        assert throttle.take("a", NOW) == 0
        throttle.give_back("a")
    throttle.give_back("unknown")
    assert taken(throttle, "a", NOW) == 2


def test_a_refusal_costs_nothing() -> None:
    throttle = Throttle(1, 100)
    throttle.take("a", NOW)
    for _ in range(10):
        assert throttle.take("a", NOW + 50) == pytest.approx(50)


def test_a_clock_that_is_set_back_locks_nobody_out_for_longer_than_the_period() -> None:
    throttle = Throttle(2, 100)
    taken(throttle, "a", NOW)
    assert throttle.take("a", NOW - 86400) <= 50
    assert throttle.take("a", NOW - 86400 + 100) == 0


def test_the_memory_is_bounded() -> None:
    throttle = Throttle(1, 100)
    for number in range(MOST_KEYS + 10):
        throttle.take(str(number), NOW)
    assert len(throttle) == MOST_KEYS
    assert throttle.take("0", NOW) == 0
    assert throttle.take(str(MOST_KEYS), NOW) > 0


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::", "2001:db8:1:2::"),
        ("@", "@"),
        ("", ""),
    ],
)
def test_a_client_is_its_address_or_its_network(client: str, network: str) -> None:
    assert network_of(client) == network
