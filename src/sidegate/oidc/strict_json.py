"""JSON from a stranger, read one way only.

The standard parser takes duplicate names (and keeps the last), NaN and Infinity, lone surrogates
and any depth. Two readers may then see two documents in the same bytes; here there is one.
"""

import json
import re
from typing import Any, Final

DEEPEST: Final = 64
# Strings are matched only to be skipped: a bracket inside one opens nothing. Possessive, and an
# open end matches too, so that no text makes it look twice.
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)


class JsonRejected(ValueError):
    """The bytes are not one JSON text as RFC 8259 (and RFC 7493) want it.

    The message names the fault and never quotes the document.
    """


def parse_object(data: bytes) -> dict[str, Any]:
    """Return the JSON object in `data` (UTF-8), or raise JsonRejected; see `parse_json`."""
    value = parse_json(data)
    if not isinstance(value, dict):
        raise JsonRejected("JSON, but not an object")
    return value


def parse_json(data: bytes) -> Any:
    """Return the JSON value in `data` (UTF-8), or raise JsonRejected.

    At most 64 levels deep, whatever the interpreter's own limit is. Names are unique at every
    level (RFC 7519 section 4 lets a verifier insist on that), numbers are finite and all text can
    be encoded as UTF-8.
    """
    try:
        text = data.decode("utf-8")
        _check_depth(text)
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
        if "\\u" in text:  # an escape is the only way for a lone surrogate to get in
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except JsonRejected:
        raise
    except ValueError as error:
        # The parser's own message can quote the input, so only its kind is kept.
        raise JsonRejected(f"not valid JSON ({type(error).__name__})") from None
    return value


def _check_depth(text: str) -> None:
    depth = 0
    for token in _TOKENS.finditer(text):
        kind = token[0][0]
        depth += (kind in "[{") - (kind in "]}")
        if depth > DEEPEST:
            raise JsonRejected("JSON is nested too deeply")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise JsonRejected("JSON with a duplicate name")
    return found


def _no_constant(_name: str) -> Any:
    raise JsonRejected("JSON with NaN or Infinity")


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise JsonRejected("JSON with a number out of range")
    return number
