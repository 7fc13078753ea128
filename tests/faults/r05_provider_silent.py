"""The provider stops answering when many sessions have to be renewed, and comes back."""

import time

from tests.conformance.provider import Canned
from tests.faults.fault import Fault, Outcome
from tests.faults.load import asking
from tests.faults.stage import Stage

PEOPLE, RATE, AWAY = 60, 60.0, 25.0
FIRST = 6.0  # seconds until the first one has lost patience
ADDED = 50.0  # milliseconds


def play(stage: Stage) -> Outcome:
    """Sign many in, let the provider fall silent, and measure what they notice."""
    provider = stage.provider()
    gate = stage.gate_of(provider, "--cookie-refresh=3s")
    people = [stage.sign_in(gate.port, provider, f"p{n}@example.com") for n in range(PEOPLE)]
    provider.answers["token"] = Canned(how="silent")
    before = provider.count("token")
    began = time.monotonic()

    def after(seconds: float) -> None:
        stage.until(lambda: time.monotonic() - began > seconds, seconds + 5, "time to pass")

    with asking(people, RATE) as first:
        after(3 + FIRST)
    with asking(people, RATE) as later:
        after(3 + FIRST + AWAY)
    calls = provider.count("token") - before
    provider.answers.clear()
    renewed = provider.count("token")
    with asking(people, RATE) as back:
        stage.until(lambda: provider.count("token") >= renewed + PEOPLE, 30, "all to be renewed")
    failed = first.failed + later.failed + back.failed
    return Outcome(
        f"{PEOPLE} sessions due: at first p99 {first.slowest():.0f} ms, then "
        f"{later.slowest():.0f} ms over {AWAY:g} s; {calls} calls; {failed} of "
        f"{first.count + later.count + back.count} requests not 200; then all were renewed",
        failed == 0 and later.slowest() <= ADDED and calls <= PEOPLE + 10,
    )


FAULT = Fault(
    "R-05",
    "the provider accepts connections and never answers, while all sessions have to be renewed",
    f"nobody is signed out; one call a session, then one each 10 s, and at most {ADDED:g} ms more",
    play,
)
