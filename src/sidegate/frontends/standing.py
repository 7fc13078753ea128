"""Who passed lately, and for how long that stands: a yes is repeated while nothing can change it.

Rule 1: only `gate.decide` decides. What it says depends on the session, the rules and the time,
and with `[[rules]]` on what is asked for. So its yes is repeated for the very same session under
the very same rules, until one of the session's own times comes; with `[[rules]]` never.
Rule 2: whether there is a session at all is asked anew with each request. A store that was told of
an end does not find it any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sidegate.core.decision import Admission, Allow
from sidegate.core.identity import Session
from sidegate.gate.rules import Policy, Rules
from sidegate.login.ports import name_of
from sidegate.session.freshness import refresh_due
from sidegate.session.idleness import touch_due

_BOUND: Final = 2048  # sessions


@dataclass(frozen=True, slots=True)
class Standing:
    """A session that may pass: under `policy`, from `since` until `until` (seconds of the epoch).

    `name` is the one that logs use.
    """

    session: Session
    name: str
    admission: Admission
    policy: Policy
    since: float
    until: float


class Standings:
    """The sessions that passed lately. `cookie_refresh`, `idle_timeout`: the options, in seconds.

    Those that a password began are not among them: the file of users is asked with each request.
    """

    def __init__(self, rules: Rules, cookie_refresh: float, idle_timeout: float) -> None:
        self._rules = rules
        self._cookie_refresh = cookie_refresh
        self._idle_timeout = idle_timeout
        self._known: dict[object, Standing] = {}

    def find(self, found: object, now: float) -> Standing | None:
        """Return what still stands for a session, None when it has to be judged.

        `found`: what a store gave, a session or not.
        """
        known = self._known.get(found)
        if known is None or not known.since <= now < known.until:
            return None
        return known if known.policy is self._rules.policy else None

    def note(self, admission: Admission, now: float) -> None:
        """Remember what was decided just now, if it will stand.

        The session needs neither to be renewed nor to be written down as used at this moment.
        """
        decision, policy = admission.decision, self._rules.policy
        if not isinstance(decision, Allow) or decision.session is None:
            return
        session = decision.session
        if session.is_by_password or policy.ordered is not None:
            return
        until = min(
            session.end,
            refresh_due(session, self._cookie_refresh),
            touch_due(session, self._idle_timeout),
        )
        if len(self._known) >= _BOUND:
            self._known.clear()  # cheaper than keeping an order, and those in use are back at once
        name = name_of(session.identity)
        self._known[session] = Standing(session, name, admission, policy, now, until)
