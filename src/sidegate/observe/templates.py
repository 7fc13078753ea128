"""A log line by a format of the configuration: text with fields in it, filled for each event."""

from collections.abc import Mapping

from sidegate.config.log_format import parse_format


class LineTemplate:
    """The format of one log, read once. Values come escaped, for nothing is escaped here."""

    __slots__ = ("_names", "_pattern")

    def __init__(self, option: str, text: str) -> None:
        parts = parse_format(option, text)
        self._names = parts[1::2]
        self._pattern = "%s".join(part.replace("%", "%%") for part in parts[::2])

    def __repr__(self) -> str:
        return f"<LineTemplate of {', '.join(self._names)}>"

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the line. `values`: one for every field there is."""
        return self._pattern % tuple(values[name] for name in self._names)
