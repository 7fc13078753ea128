"""A coarse name of a browser, by which somebody knows their own sign-ins again.

Product and system, out of a fixed list: no version, no model, nothing that a client wrote. So it
tells less of a person than any line of a log.
"""

from collections.abc import Callable
from typing import Final

from sidegate.core.messages import RequestHead

# The first that is found counts: nearly all call themselves Chrome or Safari as well.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)

NameDevice = Callable[[RequestHead], str]
"""Names the browser that signs in."""


def no_name(_: RequestHead) -> str:
    """Name nothing: where nobody could ever be shown the name, it is not kept."""
    return ""


def device_of(head: RequestHead) -> str:
    """Return names such as `Firefox, Linux`; empty for what no browser is known by."""
    agent = head.text(b"user-agent")
    found = (_first(_BROWSERS, agent), _first(_SYSTEMS, agent))
    return ", ".join(filter(None, found))


def _first(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for mark, name in names if mark in agent), "")
