"""`sidegate privacy export|erase`: what operators answer when a person asks what is held.

Rule 1: nothing is reported as erased that is still there; what stays is named, with the reason.
Rule 2: a file that the gate writes may be rewritten while it does: both hold the lock of the file,
        and the gate looks which file is there after it got the lock (`net.log_file`).
"""

import argparse
import asyncio
import fcntl
import gzip
import json
import os
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sidegate.cli.configuration import load_or_explain
from sidegate.cli.sessions import described, with_store
from sidegate.config.settings import Settings
from sidegate.core.errors import StoreUnavailable
from sidegate.observe.persons import about, is_linked, without_person
from sidegate.session.freshness import session_end
from sidegate.stores.shared import SharedStore

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
nobody changed any. Exit status: 0 done, 1 something stays or failed, 2 not understood.
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
    stays: list[str] = []
    asked = asked if asked.files else Asked(asked.names, _own_files(settings))
    try:
        sessions = _sessions(settings, asked, stays, is_erasure=is_erasure)
        audit = _erase(asked, stays) if is_erasure else _lines(asked)
    except (StoreUnavailable, OSError, EOFError) as error:
        print(f"sidegate privacy: {error}", file=sys.stderr)
        return 1
    told = {"names": sorted(asked.names), "sessions": sessions, "audit": audit}
    told["stays" if is_erasure else "remarks"] = stays
    print(json.dumps(told, indent=2))
    return 1 if is_erasure and stays else 0


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
    if not settings.logging.audit_log_file:
        return ()
    file = Path(settings.logging.audit_log_file)
    found = (file, *file.parent.glob(f"{file.stem}-*{file.suffix}*"))
    return tuple(sorted(one for one in found if one.is_file()))


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


def _lines(asked: Asked) -> list[dict[str, object]]:
    """Return the audit lines about the person, each with its place."""
    told: list[dict[str, object]] = []
    for file in asked.files:
        with _open(file)(file, "rb") as opened:
            for number, line in enumerate(opened, 1):
                found = about(line, asked.names)
                if found is not None:
                    told.append({"file": str(file), "line": number, "event": found})
    return told


def _erase(asked: Asked, stays: list[str]) -> dict[str, object]:
    """Put a pseudonym in place of the person in each file; add to `stays` what cannot change."""
    pseudonym = f"erased-{secrets.token_hex(8)}"
    changed: dict[str, object] = {"pseudonym": pseudonym}
    for file in asked.files:
        with _locked(file):
            changed[str(file)], linked = _rewrite(file, asked.names, pseudonym)
        if linked:
            stays.append(
                f"{file}: {linked} lines are links of a hash chain and were not changed; "
                "they go with the file"
            )
    return changed


def _rewrite(file: Path, names: frozenset[str], pseudonym: str) -> tuple[int, int]:
    """Return how many lines were changed, and how many are links of a chain."""
    lines, changed, linked = [], 0, 0
    with _open(file)(file, "rb") as opened:
        for line in opened:
            found = about(line, names)
            if found is None or is_linked(found):
                linked += found is not None
                lines.append(line)
            else:
                changed += 1
                lines.append(without_person(found, names, pseudonym) + b"\n")
    if changed:
        _replace(file, lines)
    return changed, linked


def _replace(file: Path, lines: list[bytes]) -> None:
    """Write the file anew, whole, with the same rights."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    with _open(file)(beside, "wb") as written:
        written.writelines(lines)
    status = file.stat()
    beside.chmod(status.st_mode & 0o777)
    if os.geteuid() == 0:
        os.chown(beside, status.st_uid, status.st_gid)
    os.utime(beside, ns=(status.st_atime_ns, status.st_mtime_ns))
    beside.replace(file)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Hold the lock of the file that the path leads to."""
    while True:
        with file.open("rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX)
            if os.path.samestat(os.fstat(opened.fileno()), file.stat()):
                yield
                return


def _open(file: Path) -> Callable[..., Any]:
    return gzip.open if file.suffix == ".gz" else open
