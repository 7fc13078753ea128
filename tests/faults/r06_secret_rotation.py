"""Cookie secrets are replaced while three replicas learn of it at different moments."""

import base64
import secrets
import time
from urllib.parse import urlencode

from tests.conformance.browser import Browser
from tests.conformance.provider import Provider
from tests.faults.fault import Fault, Outcome
from tests.faults.load import asking
from tests.faults.stage import Gate, Stage

GRACE = 10
APART = 1.2  # seconds between the replicas, each of which takes two more to notice
ROTATIONS = 2
PEOPLE = 12
LARGE = tuple(f"group-{secrets.token_hex(12)}" for _ in range(200))


class Replicas:
    """Three gates, each with a file of its own, and the ring that is on its way to all of them."""

    def __init__(self, stage: Stage, provider: Provider) -> None:
        self.stage = stage
        self.ring = [secrets.token_urlsafe(32)]
        for number in range(3):
            self._write(number)
        self.gates = [self._gate(provider, number) for number in range(3)]

    def _gate(self, provider: Provider, number: int) -> Gate:
        path = self.stage.folder / f"ring-{number}"
        flags = (f"--cookie-secret-file={path}", f"--cookie-secret-grace={GRACE}s")
        return self.stage.gate_of(provider, *flags)

    def _write(self, number: int) -> None:
        self.stage.write(f"ring-{number}", "\n".join(self.ring))

    def spread(self) -> None:
        """Let each replica learn of the ring, one after the other."""
        for number, gate in enumerate(self.gates):
            before = _reloads(gate)
            self._write(number)
            gate.process.wait_until(lambda: _reloads(gate) > before, 10, "it to be taken")  # noqa: B023 - waited for here
            _pause(self.stage, APART)


def play(stage: Stage) -> Outcome:
    """Rotate, drop the old secrets, and count who was sent to sign in."""
    provider = stage.provider()
    replicas = Replicas(stage, provider)
    balancer = stage.balancer(*replicas.gates)
    people = [_person(stage, balancer.port, provider, number) for number in range(PEOPLE)]
    pieces = max(len(person.jar.cookies) for person in people)
    pending = 0
    with asking(people, 200) as load:
        for _ in range(ROTATIONS):
            late = Browser(balancer.port)
            began = late.get("/oauth2/start?rd=/x")
            replicas.ring.insert(0, secrets.token_urlsafe(32))
            replicas.spread()
            _pause(stage, GRACE)
            back = provider.authorize(began.get("location"), "late@example.com")
            ended = late.get(f"/oauth2/callback?{urlencode(back.parameters)}")
            pending += ended.status == 302 and late.get("/x").status == 200
            late.close()
        del replicas.ring[1:]
        replicas.spread()
        _pause(stage, APART)
    ids = {_key_of(person) for person in people}
    holds = load.failed == 0 and pending == ROTATIONS and len(ids) == 1
    return Outcome(
        f"{ROTATIONS} rotations and the end of the old secrets, 3 replicas, 200 rps, sessions of "
        f"up to {pieces} cookies: {load}; sign-ins that were under way and ended well: "
        f"{pending} of {ROTATIONS}; keys left in cookies: {len(ids)}",
        holds,
    )


def _person(stage: Stage, port: int, provider: Provider, number: int) -> Browser:
    name = f"p{number}@example.com"
    claims = {"sub": f"p{number}", "email": name, "email_verified": True}
    return stage.sign_in(port, provider, {**claims, "groups": LARGE} if number % 3 == 0 else name)


def _key_of(person: Browser) -> bytes:
    """Return the id of the key that sealed the session of a browser."""
    cookies = {cookie.name: cookie for cookie in person.jar.cookies.values()}
    found = [cookies[name] for name in sorted(cookies) if name.startswith("_oauth2_proxy")]
    value = found[0].value if found else "A" * 8  # signed out: the key of nobody
    return base64.urlsafe_b64decode(value.removeprefix(f"{value[:1]}.")[:8])[1:5]


def _reloads(gate: Gate) -> float:
    return gate.metric("sidegate_reloads_total", file="cookie_secret_file", outcome="success")


def _pause(stage: Stage, seconds: float) -> None:
    end = time.monotonic() + seconds
    stage.until(lambda: time.monotonic() >= end, seconds + 1, "the time to pass")


FAULT = Fault(
    "R-06",
    "cookie secrets rotate, replicas reload at different moments",
    "0 requests sent to sign-in; pending sign-ins survive; cookies under the newest secret",
    play,
)
