"""The file of email addresses that may pass: CSV as oauth2-proxy reads it, and nobody when broken.

The first column counts, a line that begins with `#` is a comment, empty lines are none. All records
have as many columns as the first. A file that breaks these rules is refused whole: half of a list
of people may be the wrong half.
"""

from sidegate.config.findings import Malformed

_REMEDY = "Write one address a line; a line that begins with # is a comment."


def parse_emails(text: str) -> frozenset[str]:
    """Return the addresses as they are written. Raises Malformed."""
    import csv  # noqa: PLC0415 - only who has such a file pays for it

    lines = [line for line in text.splitlines() if not line.startswith("#")]
    try:
        records = [r for r in csv.reader(lines, skipinitialspace=True, strict=True) if r]
    except csv.Error as error:
        raise Malformed(f"broken CSV: {error}", _REMEDY) from None
    if any('"' in field for record in records for field in record):
        raise Malformed("a quote inside a value", _REMEDY)
    if len({len(record) for record in records}) > 1:
        raise Malformed("lines of different numbers of columns", _REMEDY)
    first = (record[0].strip() for record in records)
    return frozenset(address for address in first if address)
