"""`sidegate sessions list|show|revoke`: what operators do with sessions in Redis.

Sessions are named as Redis names them: by a hash, with which nobody can sign in. No token is ever
printed, because none can be opened here: only the browser's ticket opens a session.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from sidegate.cli.configuration import load_or_explain
from sidegate.config.settings import Settings
from sidegate.core.errors import ConfigurationError, StoreUnavailable
from sidegate.core.identity import shown_provider
from sidegate.stores.shared import Kept, SharedStore

Result = TypeVar("Result")
SHORT = 12  # letters of a name that a list shows; more are taken too
LEAST = 8  # letters by which a session may be named
EPILOG = """\
examples:
  sidegate sessions list --user=alice@example.com --config=sidegate.toml
  sidegate sessions revoke 3f0c9a17b2d4 --config=sidegate.toml
  sidegate sessions revoke --user=alice@example.com --config=sidegate.toml

The flags of `sidegate serve` follow; the same variables and file are read. --user
takes a subject, an email address or a user name.
"""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for. `user`, `name`: whose, or which, sessions; empty for all."""

    user: str
    name: str
    as_json: bool


def run(words: list[str]) -> int:
    """Run the named action."""
    parser = argparse.ArgumentParser(
        prog="sidegate sessions",
        description="List, show or end sessions that are kept in Redis.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="sidegate sessions {list,show,revoke} [SESSION] [--user=WHO] [--json] "
        "[flags of serve]",
    )
    parser.add_argument("action", choices=ACTIONS, help="revoke ends them, everywhere at once")
    if {"-h", "--help"}.intersection(words):
        parser.print_help()
        return 0
    action: str = parser.parse_args(words[:1]).action
    asked, rest = _understood(words[1:])
    if action != "list" and bool(asked.user) == bool(asked.name):
        return _complain(f"{action} needs a session or --user=WHO, and not both.", status=2)
    if asked.name and len(asked.name) < LEAST:
        return _complain(f"Name a session by {LEAST} letters or more.", status=2)
    loaded = load_or_explain(rest)
    if loaded is None:
        return 1
    if loaded.settings.redis.session_store_type != "redis":
        return _complain("Sessions are in cookies (session_store_type), so only browsers know.")
    return asyncio.run(_act(ACTIONS[action], loaded.settings, asked))


def _understood(words: list[str]) -> tuple[Request, list[str]]:
    """Take what is ours out of the words; the rest are flags of `serve`."""
    name = words[0] if words and not words[0].startswith("-") else ""
    users = [word.partition("=")[2] for word in words if word.startswith("--user=")]
    ours = {name, "--json"}
    rest = [word for word in words if word not in ours and not word.startswith("--user=")]
    return Request(users[-1] if users else "", name.lower(), "--json" in words), rest


def _complain(text: str, status: int = 1) -> int:
    print(f"sidegate sessions: {text}", file=sys.stderr)
    return status


async def _act(action: "Action", settings: Settings, asked: Request) -> int:
    """Do it on the Redis of these settings."""
    try:
        return await with_store(settings, lambda store: action(store, asked, settings))
    except StoreUnavailable as error:
        return _complain(str(error))


async def with_store(
    settings: Settings, act: Callable[[SharedStore], Coroutine[Any, Any, Result]]
) -> Result:
    """Return what `act` returns on the Redis of these settings. Raises StoreUnavailable."""
    from sidegate.app.shared_server import SharedServer  # redis-py, after the mistakes
    from sidegate.app.shared_sessions import store_for_operators

    try:
        server = SharedServer(settings.redis)
    except ConfigurationError as error:
        raise StoreUnavailable(" ".join(error.mistakes)) from None
    clock = time.time  # noqa: TID251 - the real clock comes in here
    try:
        await server.link.probe()
        return await act(store_for_operators(settings, server, clock))
    finally:
        await server.close()


async def _found(store: SharedStore, asked: Request) -> list[Kept]:
    return [kept async for kept in store.sessions(asked.user, asked.name)]


async def _list(store: SharedStore, asked: Request, _settings: Settings) -> int:
    """Print all, or those of a person."""
    found = await _found(store, asked)
    if asked.as_json:
        _print_json([described(kept) for kept in found])
        return 0
    for kept in found:
        about = kept.about
        until = _time(about.ends_at)
        provider = shown_provider(about.provider)
        print(f"{kept.name[:SHORT]}  {until}  {provider}  {about.email or about.user}")
    print(f"{len(found)} session{'' if len(found) == 1 else 's'}", file=sys.stderr)
    return 0


async def _show(store: SharedStore, asked: Request, _settings: Settings) -> int:
    """Print everything that may be known of them."""
    found = await _found(store, asked)
    if not found:
        return _complain("there is no such session.")
    if asked.as_json:
        _print_json([described(kept) for kept in found])
        return 0
    for kept in found:
        print("\n".join(f"{key}: {value}" for key, value in described(kept).items()), end="\n\n")
    return 0


async def _revoke(store: SharedStore, asked: Request, settings: Settings) -> int:
    """End those of a person, or the one that is named."""
    found = await _found(store, asked)
    if asked.name and len(found) > 1:
        return _complain("several sessions begin so; write more letters.")
    ended = [kept for kept in found if await store.end(kept.name)]
    if [kept for kept in ended if not _audited(settings, kept)]:
        _complain("the audit file could not be written.")
    if asked.as_json:
        _print_json({"ended": [kept.name for kept in ended]})
    else:
        print(f"{len(ended)} ended")
    return 0 if ended else 1


def _audited(settings: Settings, kept: Kept) -> bool:
    """Write down that a session was ended from here; say whether that worked."""
    from sidegate.app.operators import tell  # only who revokes needs it

    clock = time.time  # noqa: TID251 - the real clock comes in here
    about = kept.about
    return tell(
        settings,
        clock,
        "sessions_revoked",
        user=about.email or about.user,
        subject=about.user,
        provider=shown_provider(about.provider),
        detail=f"session {kept.name[:SHORT]}",
    )


def described(kept: Kept) -> dict[str, object]:
    """Return everything that may be known of a session, for JSON."""
    about = kept.about
    return {
        "session": kept.name,
        "user": about.user,
        "email": about.email,
        "preferred_username": about.preferred_username,
        "provider": shown_provider(about.provider),
        "provider_session": about.sid,
        "created_at": _time(about.created_at),
        "refreshed_at": _time(about.refreshed_at),
        "ends_at": _time(about.ends_at),
        "renewals": about.generation,
        "device": about.device,
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


Action = Callable[[SharedStore, Request, Settings], Coroutine[Any, Any, int]]
ACTIONS: dict[str, Action] = {"list": _list, "show": _show, "revoke": _revoke}
