"""The formats of the three logs, in the language of oauth2-proxy: text with `{{.Name}}` in it."""

import re
from typing import Final

from sidegate.config.findings import Malformed, suggestion

_OFTEN = ("Client", "Host", "Protocol", "RequestID", "RequestMethod", "Timestamp", "UserAgent")
FIELDS: Final = {
    "auth_logging_format": (*_OFTEN, "Username", "Status", "Message", "TraceID"),
    "request_logging_format": (
        *_OFTEN,
        *("Username", "Upstream", "RequestURI", "StatusCode", "ResponseSize", "RequestDuration"),
        "TraceID",
    ),
    "standard_logging_format": ("Timestamp", "File", "Message"),
}
"""What may stand in each. TraceID is ours, all else is oauth2-proxy's."""

_ACTION = re.compile(r"\{\{(.*?)\}\}")
_NAME = re.compile(r"\s*\.(\w+)\s*")


def parse_format(option: str, text: str) -> tuple[str, ...]:
    """Return text and names in turn, beginning and ending with text. Raises Malformed."""
    names = FIELDS[option]
    parts = _ACTION.split(text)
    if not text.isprintable():
        raise Malformed("a control character is in it", "An event is one line: write one line.")
    for number, part in enumerate(parts):
        if number % 2 == 0:
            if "{{" in part or "}}" in part:
                raise Malformed("braces that do not pair", "Write fields as in {{.Client}}.")
            continue
        found = _NAME.fullmatch(part)
        if found is None:
            raise Malformed(
                "something in braces that is no field",
                "Only fields are taken, as in {{.Client}}: no functions and no conditions.",
            )
        name = found[1]
        if name not in names:
            remedy = suggestion(name, names, f"Its fields are {', '.join(names)}.")
            raise Malformed(f"there is no field {name[:40]}", remedy)
        parts[number] = name
    return tuple(parts)
