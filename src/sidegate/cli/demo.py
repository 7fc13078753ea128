"""`sidegate demo`: try it with a small identity provider and application."""

from importlib import import_module


def run(words: list[str]) -> int:
    """Hand over to the demo, which needs the extra `demo` and reads its own arguments."""
    status: int = import_module("sidegate.demo").run(words)
    return status
