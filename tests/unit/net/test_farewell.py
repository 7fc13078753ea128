"""The last answer is not destroyed by the way the connection ends."""

from sidegate.net.back_pressure import Full, Reading
from sidegate.net.farewell import DROPPED_LIMIT, Farewell
from tests.kit.wire import FakeTransport


def test_only_the_sending_side_is_closed_and_reading_goes_on() -> None:
    transport = FakeTransport()
    reading = Reading(transport)
    reading.pause(Full.BODY)
    Farewell(transport, reading)
    assert transport.closed == "half"
    assert not transport.is_reading_paused


def test_what_is_dropped_has_a_bound() -> None:
    transport = FakeTransport()
    farewell = Farewell(transport, Reading(transport))
    farewell.drop(b"a" * DROPPED_LIMIT)
    assert not transport.is_reading_paused
    farewell.drop(b"a")
    assert transport.is_reading_paused


def test_a_client_that_takes_some_of_the_answer_is_still_reading() -> None:
    transport = FakeTransport()
    farewell = Farewell(transport, Reading(transport))
    transport.unsent = 100
    assert farewell.is_being_read()
    assert not farewell.is_being_read()
    transport.unsent = 50
    assert farewell.is_being_read()
    transport.unsent = 0
    assert not farewell.is_being_read()
