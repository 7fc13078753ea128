"""`sidegate secret`: make a cookie secret."""

import argparse
import base64
import os
from collections.abc import Callable


def run(words: list[str]) -> int:
    """Print 32 random bytes as url-safe base64."""
    parser = argparse.ArgumentParser(
        prog="sidegate secret",
        description="Print a new cookie secret: 32 random bytes as base64.",
        epilog="example: (umask 077; sidegate secret > cookie-secret)",
    )
    parser.parse_args(words)
    print(make_secret(os.urandom))
    return 0


def make_secret(randomness: Callable[[int], bytes]) -> str:
    """Return a cookie secret of 32 bytes from `randomness`."""
    return base64.urlsafe_b64encode(randomness(32)).decode()
