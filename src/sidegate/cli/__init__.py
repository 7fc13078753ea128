"""The command line; `COMMANDS` has what it does.

Rules of this interface: results go to standard output, findings and errors to standard error.
Exit status 0 means done, 1 means mistakes were found, 2 means the command was not understood.
Flags without a command mean `serve`, so that a command line of oauth2-proxy works unchanged.
Nothing is imported before it is needed.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module

__all__ = ["COMMANDS", "main"]

COMMANDS = {
    "serve": "protect an application; flags alone mean this too",
    "config": "check, show or describe the configuration",
    "explain": "say what would happen to a request, and why",
    "rules": "test the rules against what is expected of them",
    "doctor": "look at a configuration and what is around it; explain codes",
    "top": "watch requests, latency and sign-ins of a gate that runs",
    "sessions": "list, show or end sessions that are kept in Redis",
    "check": "find mistakes in manifests, options and a running gate",
    "inject": "put the gate into Kubernetes manifests, or take it out",
    "privacy": "tell what is held about a person, or erase it",
    "audit": "verify the chain of audit files",
    "secret": "make a cookie secret, or replace it in a file",
    "demo": "try it with a small identity provider and application",
    "completion": "print completion for bash, zsh or fish",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that `argv` (by default that of the process) names; return its status."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        status = dispatch(words)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader left, as `head` does: nobody to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    return status


def dispatch(words: list[str]) -> int:
    """Find the command and run it."""
    first = words[0] if words else ""
    if first in ("-h", "--help", "help"):
        from sidegate.cli.help import overview  # serving needs no help

        print(overview(), end="")
        return 0
    if first in ("--version", "version"):
        from sidegate import __version__  # read when asked

        print(f"sidegate {__version__}")
        return 0
    if first in COMMANDS:
        return run(first, words[1:])
    if not first or first.startswith("-"):
        return run("serve", words)
    return misunderstood(first)


def run(command: str, words: list[str]) -> int:
    """Run one command with its arguments."""
    status: int = import_module(f"sidegate.cli.{command}").run(words)
    return status


def misunderstood(word: str) -> int:
    """Say that there is no such command."""
    from sidegate.config.findings import suggestion  # only mistakes need it

    hint = suggestion(word, COMMANDS, f"The commands are {', '.join(COMMANDS)}.")
    print(f"sidegate: no command {word!r}. {hint}", file=sys.stderr)
    return 2
