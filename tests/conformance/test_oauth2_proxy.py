"""Asks oauth2-proxy itself and the gate the same, beside what the recorded rows ask.

What differs is a fault, or has its reason in `oracle/accepted.py`, where none is left over.
"""

from collections.abc import Iterator
from random import Random

import pytest

from tests.conformance.browser import Answer, Browser
from tests.conformance.comparison import differences
from tests.conformance.gates import honest_flags
from tests.conformance.oracle.accepted import ACCEPTED, Seen
from tests.conformance.oracle.neighbours import GROUPS, Group, Neighbour
from tests.conformance.oracle.programs import OldProxy, as_row, signed_in
from tests.conformance.provider import Provider
from tests.conformance.test_endpoints import DEFAULTS
from tests.conformance.upstream import Request
from tests.conformance.world import World

pytestmark = pytest.mark.needs("oauth2-proxy")

COMMON = ("--cookie-secure=false", "--email-domain=*")
USERS = "u1:{SHA}t49XZhHsBvlq88plTCIXKl10bEA=\n"
ENDS_SESSIONS = ("/oauth2/sign_", "/oauth2/start")


class Beside:
    """Both programs with the same settings."""

    def __init__(self, world: World, *flags: str) -> None:
        self._world = world
        self.idp: Provider = world.provider(client_id="cid", client_secret="csec")
        given = {flag.partition("=")[0] for flag in flags}
        defaults = [flag for flag in DEFAULTS if flag.partition("=")[0] not in given]
        honest = honest_flags(self.idp, world.upstream, world.folder)
        self.old = OldProxy([*honest, *COMMON, *flags])
        self.ports = (self.old.port, world.gate(self.idp, *COMMON, *defaults, *flags).port)
        self._sessions = ("", "")

    def differences(self, asked: Neighbour) -> Iterator[Seen]:
        """Ask both; yield what differs."""
        if asked.has_session and not any(self._sessions):
            old, ours = self.ports
            self._sessions = (signed_in(old, self.idp), signed_in(ours, self.idp))
        (theirs, told), (answer, reached) = (
            self._ask(port, asked, session)
            for port, session in zip(self.ports, self._sessions, strict=True)
        )
        for text in differences(as_row(theirs, told), answer, reached):
            yield Seen(text, asked, theirs, answer)
        if asked.target.startswith(ENDS_SESSIONS):
            self._sessions = ("", "")

    def _ask(self, port: int, asked: Neighbour, session: str) -> tuple[Answer, list[Request]]:
        before, browser = (
            len(self._world.upstream.requests),
            Browser(port, behind=False, https=False),
        )
        browser.host = asked.host
        cookies = session if asked.has_session else asked.cookies
        answer = browser.ask(
            asked.method, asked.target, *asked.fields, body=asked.body, cookies=cookies
        )
        browser.close()
        return answer, self._world.upstream.requests[before:]


def compare(group: Group, world: World, random: Random) -> Iterator[tuple[tuple[str, ...], Seen]]:
    """Yield what differs, with the settings it differs in."""
    users = world.folder / "oracle-users"
    users.write_text(USERS)
    more = (f"--htpasswd-file={users}",) if group is GROUPS["passwords"] else ()
    for flags in group.settings:
        both = Beside(world, *flags, *more)
        try:
            for _ in range(group.size):
                yield from ((flags, seen) for seen in both.differences(group.make(random)))
        finally:
            both.old.end()


@pytest.mark.parametrize("name", GROUPS)
def test_neighbours_of_the_rows_are_answered_as_by_oauth2_proxy(name: str, world: World) -> None:
    faults, needed = [], set()
    seeded = Random(f"1 {name}")  # noqa: S311 - the same requests in every run
    for flags, seen in compare(GROUPS[name], world, seeded):
        found = next((reason for reason, holds in ACCEPTED[name].items() if holds(seen)), None)
        if found is None:
            faults.append(f"{' '.join(flags)}: {seen.asked}\n  {seen.text}")
        else:
            needed.add(found)
    assert not faults, "\n".join(faults)
    assert needed == ACCEPTED[name].keys(), "a reason that nothing needs leaves the list"
