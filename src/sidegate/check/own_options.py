"""The options of `serve` that somebody has here: what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sidegate.check.finding import Finding, Where
from sidegate.check.options_judged import JUDGED_ALREADY, judge
from sidegate.config.findings import Findings
from sidegate.config.key_material import ReadFile
from sidegate.config.load import load, merge
from sidegate.core.errors import ConfigurationError

PLACE = re.compile(r"(.+?) line (\d{1,9})\b")
SOURCE = "options of serve"


def find(words: Sequence[str], environ: Mapping[str, str], read_file: ReadFile) -> list[Finding]:
    """Return every mistake and weakness of flags, environment and file."""
    values = merge(words, environ, read_file, Findings())
    found = [
        Finding(one.id, where(values[one.key].place), one.what)
        for one in judge(values, is_sidegate=True)
    ]
    try:
        told, name = load(words, environ, read_file).warnings, "configuration-weak"
    except ConfigurationError as error:
        told, name = error.mistakes, "configuration-mistake"
    texts = (" ".join(text.split()) for text in told if JUDGED_ALREADY not in text)
    return [*found, *(Finding(name, where(text), text) for text in texts)]


def where(place: str) -> Where:
    """Return the line of a file that a place names, or the options as a whole."""
    found = PLACE.match(place)
    return Where(found[1], int(found[2])) if found else Where(SOURCE)
