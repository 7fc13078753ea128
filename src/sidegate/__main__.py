"""Lets `python -m sidegate` do what the command `sidegate` does."""

import sys

from sidegate.cli import main

if __name__ == "__main__":
    sys.exit(main())
