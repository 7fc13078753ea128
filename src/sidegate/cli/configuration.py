"""Reads the configuration of this process and prints its mistakes like a compiler."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from sidegate.config.load import Loaded, load
from sidegate.core.errors import ConfigurationError


def read_file(path: str) -> bytes:
    """Return the content of a file. Raises OSError."""
    return Path(path).read_bytes()


def load_again(words: Sequence[str]) -> Loaded:
    """Return the configuration as it is now. Raises ConfigurationError."""
    return load(words, os.environ, read_file)


def load_or_explain(words: Sequence[str]) -> Loaded | None:
    """Return the configuration, or print every mistake and return None."""
    try:
        return load_again(words)
    except ConfigurationError as error:
        for mistake in error.mistakes:
            print(f"{mistake}\n", file=sys.stderr)
        count = len(error.mistakes)
        print(
            f"{count} mistake{'s' if count > 1 else ''} in the configuration. "
            "`sidegate serve --help` lists the options.",
            file=sys.stderr,
        )
        return None
