"""A server that does not answer is left alone until it does."""

from sidegate.net.breaker import Breaker


def test_the_third_failure_in_a_row_opens_it_and_says_so_once() -> None:
    breaker = Breaker()
    assert [breaker.failed("gone") for _ in range(5)] == [False, False, True, False, False]
    assert breaker.is_open
    assert breaker.reason == "gone"


def test_an_answer_between_failures_keeps_it_closed() -> None:
    breaker = Breaker()
    for _ in range(5):
        assert not breaker.failed("slow")
        assert not breaker.failed("slow")
        assert not breaker.worked()
    assert not breaker.is_open


def test_an_answer_closes_it_and_says_so_once() -> None:
    breaker = Breaker()
    for _ in range(3):
        breaker.failed("gone")
    assert [breaker.worked(), breaker.worked()] == [True, False]
    assert breaker.reason == ""
