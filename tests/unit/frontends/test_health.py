"""Probes are told whether the process lives and whether it should be sent requests."""

from sidegate.frontends.health import Health
from sidegate.pages import answers
from tests.unit.login.fakes import exchange


def test_a_process_that_answers_lives_whatever_it_lacks() -> None:
    response = Health(lambda: ["draining"], lambda: ["staff"]).ping(exchange("/ping"))
    assert (response.status, response.body) == (200, b"OK")


def test_readiness_says_what_is_missing() -> None:
    made = exchange("/ready")
    assert Health(list, list).ready(made).body == answers.text(200, "OK").body
    some = Health(list, lambda: ["staff"]).ready(made)
    assert (some.status, some.body) == (200, b"OK\nprovider staff: not ready\n")
    assert not made.reason
    none = Health(lambda: ["draining", "no keys"], list).ready(made)
    assert (none.status, none.body) == (503, b"draining\nno keys\n")
    assert made.reason == "not_ready"
