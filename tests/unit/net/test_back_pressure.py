"""Reading stops for any reason and goes on when the last one is gone."""

from sidegate.net.back_pressure import Full, Reading
from tests.kit.wire import FakeTransport


def test_reading_goes_on_only_when_every_reason_is_gone() -> None:
    transport = FakeTransport()
    reading = Reading(transport)
    reading.pause(Full.BODY)
    reading.pause(Full.REQUESTS)
    reading.resume(Full.BODY)
    assert transport.is_reading_paused
    assert reading.reasons
    reading.resume(Full.REQUESTS)
    assert not transport.is_reading_paused


def test_all_reasons_can_go_at_once() -> None:
    transport = FakeTransport()
    reading = Reading(transport)
    reading.pause(Full.BODY)
    reading.pause(Full.REQUESTS)
    reading.resume_all()
    assert not transport.is_reading_paused
    assert not reading.reasons


def test_a_reason_that_was_not_there_changes_nothing() -> None:
    transport = FakeTransport()
    reading = Reading(transport)
    reading.pause(Full.BODY)
    reading.resume(Full.REQUESTS)
    assert transport.is_reading_paused


def test_a_closing_transport_is_left_alone() -> None:
    transport = FakeTransport()
    reading = Reading(transport)
    transport.closed = "abort"
    reading.pause(Full.BODY)
    assert not transport.is_reading_paused
