"""`sidegate top`: a live view of a gate in the terminal."""

import argparse
import asyncio
import os
import sys

EPILOG = """\
examples:
  sidegate top
  sidegate top --metrics=http://10.0.0.7:44180 --interval=5
  sidegate top --once > figures.txt

The gate needs --metrics-address. q or Ctrl-C ends the view. NO_COLOR is
respected.
Exit status: 0, or 1 with --once when there is no answer.
"""
DEFAULT = "http://127.0.0.1:44180"
SHORTEST = 0.2


def run(words: list[str]) -> int:
    """Show what the metrics listener says, again and again or once."""
    asked = _parser().parse_args(words)
    from sidegate.top.screen import show_once, watch  # mistakes come first
    from sidegate.top.source import NoFigures, Source

    source = Source(asked.metrics)
    is_terminal = sys.stdout.isatty()
    colours = is_terminal and not os.environ.get("NO_COLOR")
    if is_terminal and not asked.once:
        asyncio.run(watch(source, asked.interval, sys.stdout, colours=colours))
        return 0
    try:
        asyncio.run(show_once(source, sys.stdout, colours=colours))
    except NoFigures as error:
        print(f"sidegate top: no answer: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sidegate top",
        description="Watch requests, latency, sign-ins, refusals and connections of a gate.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--metrics", default=DEFAULT, metavar="URL", help=f"its metrics listener ({DEFAULT})"
    )
    parser.add_argument(
        "--interval",
        default=2.0,
        type=_seconds,
        metavar="SECONDS",
        help="between two frames (2)",
    )
    parser.add_argument("--once", action="store_true", help="print one frame, since the start")
    return parser


def _seconds(text: str) -> float:
    seconds = float(text.removesuffix("s"))
    if not seconds >= SHORTEST:
        raise argparse.ArgumentTypeError(f"at least {SHORTEST:g}")
    return seconds
