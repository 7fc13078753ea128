"""The configuration file of a running gate: who may pass is taken over, all else waits for a start.

The whole configuration is read again, flags and variables too, and has to be right as at a start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from sidegate.app.rules import rules_of
from sidegate.config.findings import Malformed
from sidegate.config.settings import Settings
from sidegate.gate.rules import Rules
from sidegate.net.watch import Take, Watched

TAKEN: Final = frozenset({"rules", "email_domains", "allowed_groups"})
"""The options of `AccessSettings` that hold from the next request on."""

_FROM_FILES: Final = frozenset({"cookie_secrets", "client_secret", "jwt_key"})
_RESTART: Final = "Restart the gate for it."


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """Where the configuration came from. `load` reads all of it again: ConfigurationError."""

    path: str
    load: Callable[[], Settings]


def watch_config(file: ConfigFile, started: Settings, rules: Rules) -> Watched:
    """Return the file to watch. `started`: what the gate was built from."""
    known = [(started.access, _others(started, started))]

    def read() -> Take:
        new = file.load()
        _check(started, new)
        # The list of people has a watch of its own, on the file of the start.
        access = msgspec.structs.replace(new.access, authenticated_emails_file="")
        made, state = rules_of(access), (new.access, _others(started, new))

        def take() -> str | None:
            if known == [state]:
                return None
            known[:] = [state]
            made.take_emails(rules.emails)
            rules.take_over(made)
            detail = f"{len(new.access.rules)} rules"
            return (
                f"{detail}; a restart is needed for {', '.join(state[1])}" if state[1] else detail
            )

        return take

    return Watched("config", (file.path,), read)


def _check(started: Settings, new: Settings) -> None:
    """Raise Malformed for rules that need what sessions were not made with."""
    before, after = started.access, new.access
    if after.need_groups and not before.need_groups:
        raise Malformed("groups are judged for the first time; that needs a restart", _RESTART)
    if ("*" in before.email_domains) != ("*" in after.email_domains):
        raise Malformed("email_domains begins or ends to admit all; that needs a restart", _RESTART)
    kept = {one.id: set(one.kept_claims) for one in started.providers}
    if any(set(one.kept_claims) - kept.get(one.id, set()) for one in new.providers):
        raise Malformed("a claim is judged for the first time; that needs a restart", _RESTART)


def _others(started: Settings, new: Settings) -> tuple[str, ...]:
    """Return the fields that changed and are not taken over."""
    return tuple(sorted(set(_changed(started, new)) - TAKEN - _FROM_FILES - {"kept_claims"}))


def _changed(old: msgspec.Struct, new: msgspec.Struct) -> Iterator[str]:
    for name in old.__struct_fields__:
        was, now = getattr(old, name), getattr(new, name)
        if was == now:
            continue
        if name == "providers" and len(was) == len(now):
            for one, other in zip(was, now, strict=True):
                yield from _changed(one, other)
        elif isinstance(was, msgspec.Struct) and type(was) is type(now):
            yield from _changed(was, now)
        else:
            yield name
