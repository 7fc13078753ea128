"""What operators do from the command line is in the audit file as well."""

import os
import pwd
from contextlib import suppress

from sidegate.app.log_outputs import audit_file
from sidegate.app.observation import redactor_of
from sidegate.config.settings import Settings
from sidegate.core.ports import Clock
from sidegate.observe.audit import Event, line


def tell(settings: Settings, clock: Clock, event: str, *, user: str = "", **known: str) -> bool:
    """Append an event to the audit file, if there is one; say whether all is well.

    `user`: who it is about. `known`: fields of `Event`; the operator's name comes to `detail`. The
    file is the running gate's too, and so is its chain: both write under its lock, and look where
    the chain ends. A new file is for the gate to begin, as the one that has to write it.
    """
    file = audit_file(settings.logging, clock, rotates=False)
    if file is None:
        return True
    detail = "; ".join(filter(None, (known.pop("detail", ""), f"by {_operator()}")))
    told = Event(clock(), event, user=user, detail=detail, **known)  # type: ignore[arg-type] # texts
    lost = file.send(line(told, redactor_of(settings)).encode() + b"\n")
    file.close()
    return not lost


def _operator() -> str:
    """Return the name of the system user, or their number."""
    with suppress(KeyError):
        return pwd.getpwuid(os.getuid()).pw_name
    return str(os.getuid())
