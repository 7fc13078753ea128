"""`sidegate serve`: protect an application."""

from importlib import import_module

from sidegate.cli.configuration import load_again, load_or_explain

HELP = frozenset({"-h", "-help", "--help"})
TEST = frozenset({"--config-test", "--config-test=true"})


def run(words: list[str]) -> int:
    """Serve until a signal ends it; 1 when the configuration has mistakes."""
    if HELP.intersection(words):
        from sidegate.cli.help import serve_help  # serving needs no help

        print(serve_help(), end="")
        return 0
    if TEST.intersection(words):
        from sidegate.cli.config import check  # serving needs no report

        return check(words)
    if "--version" in words:
        from sidegate import __version__  # read when asked

        print(f"sidegate {__version__}")
        return 0
    loaded = load_or_explain(words)
    if loaded is None:
        return 1
    # Late, so that mistakes are told before the server's libraries are loaded.
    status: int = import_module("sidegate.app").run(
        loaded.settings,
        loaded.warnings,
        loaded.values.text("config"),
        lambda: load_again(words).settings,
    )
    return status
