"""`sidegate secret`: make a cookie secret, or put a new one on top of a file."""

import argparse
import os

from sidegate.session.rotation import make_secret


def run(words: list[str]) -> int:
    """Print 32 random bytes as url-safe base64; `rotate FILE` puts them into a file instead."""
    if words[:1] == ["rotate"]:
        from sidegate.cli.rotate import run as rotate  # making one needs no files

        return rotate(words[1:])
    parser = argparse.ArgumentParser(
        prog="sidegate secret",
        usage="%(prog)s [-h] | rotate FILE|--in-cluster NAME [--keep N]",
        description="Print a new cookie secret: 32 random bytes as base64. `rotate` replaces the "
        "secret of a file and signs nobody out.",
        epilog="examples: (umask 077; sidegate secret > cookie-secret); "
        "sidegate secret rotate cookie-secret",
    )
    parser.parse_args(words)
    print(make_secret(os.urandom))
    return 0
