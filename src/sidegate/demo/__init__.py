"""`sidegate demo`: an identity provider, a small application and the gate in front of it.

Everything listens on loopback, lives in a temporary folder and is gone at the end.
"""

from __future__ import annotations

import argparse
import importlib.util
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from sidegate.demo.children import ChildEnded, Children
from sidegate.demo.stage import ACCOUNTS, Stage

MISSING = """\
The demo needs an identity provider to sign in at. Install it with

    pip install 'sidegate[demo]'

on a machine of your own: the image of the gate has neither it nor a browser to try it with.
"""


def run(argv: Sequence[str]) -> int:
    """Run the demo until Ctrl-C or SIGTERM and return the exit code, 0 when it ended well.

    `argv`: what follows `sidegate demo` on the command line.
    """
    options = _parser().parse_args(argv)
    if importlib.util.find_spec("oidc_provider_mock") is None:
        sys.stderr.write(MISSING)
        return 1
    with _sigterm_is_ctrl_c():
        try:
            _play(options.port)
        except KeyboardInterrupt:
            print("\nThe demo has ended.", flush=True)
        except ChildEnded as ended:
            sys.stderr.write(f"{ended}\n")
            return 1
    return 0


def _play(port: int) -> None:
    with Stage.build(port) as stage, Children() as children:
        children.start("identity provider", stage.provider_command())
        children.start("application", stage.application_command())
        children.wait_for(f"{stage.issuer}/.well-known/openid-configuration")
        children.wait_for(f"{stage.application_url}/healthz")
        children.start("sidegate", stage.gate_command(), shown=True)
        children.wait_for(f"{stage.url}/ready")
        print(_welcome(stage), flush=True)
        children.watch()


def _welcome(stage: Stage) -> str:
    accounts = "\n".join(f"    {a.subject:<8} {a.email:<22} {a.outcome}" for a in ACCOUNTS)
    return f"""
  Open      {stage.url}
  Sign in   at the test identity provider with one of its buttons:
{accounts}
  End       Ctrl-C
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sidegate demo",
        description="Start an identity provider, an application and sidegate, ready to click.",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=4180,
        metavar="PORT",
        help="where the gate listens (4180; another one when it is taken)",
    )
    return parser


@contextmanager
def _sigterm_is_ctrl_c() -> Iterator[None]:
    """Let SIGTERM end the demo the way Ctrl-C does, with everything cleaned up."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
