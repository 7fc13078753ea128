"""`sidegate privacy export|erase`: what operators answer when a person asks what is held.

Rule 1: nothing is reported as erased that is still there; what stays is named, with the reason.
Rule 2: who looked at somebody's data, and who erased it, is in the audit file of the gate; of whom
        was erased it has the pseudonym only.
"""

import argparse
import asyncio
import json
import secrets
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sidegate.cli.audit_lines import erase, lines_about
from sidegate.cli.configuration import load_or_explain
from sidegate.cli.sessions import described, with_store
from sidegate.config.settings import Settings
from sidegate.core.errors import StoreUnavailable
from sidegate.session.freshness import session_end
from sidegate.stores.shared import SharedStore

_clock = time.time  # noqa: TID251 - the real clock comes in here
EPILOG = """\
examples:
  sidegate privacy export --user=alice@example.com --config=sidegate.toml
  sidegate privacy erase --user=alice@example.com --user=SUBJECT \\
    --audit=/var/log/sidegate/audit.jsonl --config=sidegate.toml

--user takes a subject, an email address or a user name, and may come several times.
--audit names an audit file, may come several times too, and reads .gz as well;
without it the files of audit_log_file are meant.

erase ends the person's sessions in Redis, and puts a pseudonym in place of the person
in audit files. Lines of a hash chain stay: to change one would break the proof that
nobody changed any. Both are events of the audit themselves.

Exit status: 0 done, 1 something stays or failed, 2 not understood.
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom it is about, and the audit files to look at."""

    names: frozenset[str]
    files: tuple[Path, ...]


def run(words: list[str]) -> int:
    """Run the named action."""
    parser = argparse.ArgumentParser(
        prog="sidegate privacy",
        description="Tell what is held about a person, or erase it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="sidegate privacy {export,erase} --user=WHO [--audit=FILE] [flags of serve]",
    )
    parser.add_argument("action", choices=("export", "erase"))
    if {"-h", "--help"}.intersection(words):
        parser.print_help()
        return 0
    is_erasure = parser.parse_args(words[:1]).action == "erase"
    asked, rest = _understood(words[1:])
    if not asked.names:
        print("sidegate privacy: say about whom, with --user=WHO.", file=sys.stderr)
        return 2
    loaded = load_or_explain(rest)
    if loaded is None:
        return 1
    return _answer(loaded.settings, asked, is_erasure=is_erasure)


def _answer(settings: Settings, asked: Asked, *, is_erasure: bool) -> int:
    """Do it, and print what was found or done, and what stays."""
    asked = asked if asked.files else Asked(asked.names, _own_files(settings))
    stays: list[str] = []
    try:
        told = (_erased if is_erasure else _exported)(settings, asked, stays)
    except (StoreUnavailable, OSError, EOFError) as error:
        if is_erasure:
            _audit(settings, "erasure_failed", detail=str(error))
        print(f"sidegate privacy: {error}", file=sys.stderr)
        return 1
    print(json.dumps(told, indent=2))
    return 1 if is_erasure and stays else 0


def _exported(settings: Settings, asked: Asked, stays: list[str]) -> dict[str, object]:
    """Return what is held about a person; the audit hears of it under each of their names."""
    told: dict[str, object] = {
        "names": sorted(asked.names),
        "sessions": _sessions(settings, asked, stays, is_erasure=False),
        "audit": list(lines_about(asked.files, asked.names)),
        "remarks": stays,
    }
    for name in sorted(asked.names):
        _audit(settings, "data_exported", user=name)
    return told


def _erased(settings: Settings, asked: Asked, stays: list[str]) -> dict[str, object]:
    """End sessions and change lines; add to `stays` what cannot be changed."""
    sessions = _sessions(settings, asked, stays, is_erasure=True)
    pseudonym = f"erased-{secrets.token_hex(8)}"
    changed: dict[str, object] = {"pseudonym": pseudonym}
    for file, lines in erase(asked.files, asked.names, pseudonym):
        changed[str(file)] = lines.changed
        if lines.kept:
            stays.append(
                f"{file}: {lines.kept} lines belong to a hash chain and were not changed; "
                "they go with the file"
            )
    _audit(settings, "erasure_done", user=pseudonym, detail="; ".join(stays))
    return {"names": sorted(asked.names), "sessions": sessions, "audit": changed, "stays": stays}


def _audit(settings: Settings, event: str, *, user: str = "", detail: str = "") -> None:
    """Tell the audit of the gate; say so where that failed."""
    from sidegate.app.operators import tell  # the logs of a gate, after the mistakes

    if not tell(settings, _clock, event, user=user, detail=detail):
        print("sidegate privacy: the audit file could not be written.", file=sys.stderr)


def _sessions(settings: Settings, asked: Asked, stays: list[str], *, is_erasure: bool) -> object:
    """Return the sessions, or which were ended; None where only browsers have them."""
    if settings.redis.session_store_type == "redis":
        act = _end if is_erasure else _list
        return asyncio.run(with_store(settings, lambda store: act(store, asked.names)))
    hours = session_end(0.0, settings.cookie.cookie_expire) / 3600
    stays.append(
        "sessions are in cookies, so only browsers have them; each ends by itself within "
        f"{hours:g} hours of its sign-in"
    )
    return None


def _own_files(settings: Settings) -> tuple[Path, ...]:
    """Return the audit file of this configuration, and the old ones beside it."""
    from sidegate.app.log_outputs import audit_file  # as above

    file = audit_file(settings.logging, _clock)
    return () if file is None else tuple(file.files())


def _understood(words: Sequence[str]) -> tuple[Asked, list[str]]:
    """Take what is ours out of the words; the rest are flags of `serve`."""
    names = [word.partition("=")[2] for word in words if word.startswith("--user=")]
    files = [word.partition("=")[2] for word in words if word.startswith("--audit=")]
    rest = [word for word in words if not word.startswith(("--user=", "--audit="))]
    return Asked(frozenset(filter(None, names)), tuple(map(Path, files))), rest


async def _list(store: SharedStore, names: frozenset[str]) -> object:
    """Return what is said of the person's sessions; their tokens nobody can open here."""
    return [described(kept) async for kept in store.sessions() if any(map(kept.about.is_of, names))]


async def _end(store: SharedStore, names: frozenset[str]) -> object:
    """End the sessions of the person, and take them out of the indexes."""
    found = [kept async for kept in store.sessions() if any(map(kept.about.is_of, names))]
    return {"ended": [kept.name for kept in found if await store.end(kept.name)]}
