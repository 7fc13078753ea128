"""The authority in a Host field: uri-host and perhaps a port (RFC 9110 section 7.2)."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address

# reg-name of RFC 3986 without the comma, which would make one field look like two, and without
# percent-encoding, which no name in the DNS has and which only some readers decode.
_HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+;=-]+|\[([0-9A-Fa-f:.]+)\])(?::([0-9]{0,5}))?")
_LARGEST_PORT = 65535
_LONGEST = 512
"""Bytes; a name of the DNS has 253, and what is longer is only there to cost something."""


def is_host(text: bytes) -> bool:
    """Say whether a text is a host name, an IPv4 address or a bracketed IPv6 one, with any port.

    No user part, no path, no list, no zone of an address, and not longer than any name is.
    """
    match = _HOST.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None or int(match[2] or 0) > _LARGEST_PORT:
        return False
    if match[1] is not None:
        try:
            IPv6Address(match[1].decode("ascii"))
        except AddressValueError:
            return False
    return True
