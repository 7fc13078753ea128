"""Makes PNG files small, without a library: few colours, one byte a pixel (RFC 2083)."""

import struct
import zlib
from collections import Counter

MOST_COLOURS = 64
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def smaller(png: bytes) -> bytes:
    """Return a picture of a page with few colours; letters and flat areas need no more."""
    chunks = dict.fromkeys((b"IHDR", b"IDAT"), b"")
    position = len(SIGNATURE)
    while position < len(png):
        length, kind = struct.unpack(">I4s", png[position : position + 8])
        if kind in chunks:
            chunks[kind] += png[position + 8 : position + 8 + length]
        position += length + 12
    width, height, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, colour) in ((8, 2), (8, 6))
    size = 3 if colour == 2 else 4
    rows = [
        [row[at : at + 3] for at in range(0, len(row), size)]
        for row in _unfiltered(zlib.decompress(chunks[b"IDAT"]), width, height, size)
    ]
    seen = Counter(pixel for row in rows for pixel in row)
    palette, numbers = _palette(seen)
    indexed = b"".join(b"\0" + bytes(numbers[pixel] for pixel in row) for row in rows)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return SIGNATURE + b"".join(
        _chunk(kind, content)
        for kind, content in (
            (b"IHDR", header),
            (b"PLTE", b"".join(palette)),
            (b"IDAT", zlib.compress(indexed, 9)),
            (b"IEND", b""),
        )
    )


def _palette(seen: Counter[bytes]) -> tuple[list[bytes], dict[bytes, int]]:
    """Return the most frequent colours, and which of them is nearest to each that was seen."""
    palette = sorted(colour for colour, _ in seen.most_common(MOST_COLOURS))

    def nearest(colour: bytes) -> int:
        return min(
            range(len(palette)),
            key=lambda one: sum(abs(a - b) for a, b in zip(palette[one], colour, strict=True)),
        )

    return palette, {colour: nearest(colour) for colour in seen}


def _chunk(kind: bytes, content: bytes) -> bytes:
    checked = kind + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))


def _unfiltered(raw: bytes, width: int, height: int, size: int) -> list[bytes]:
    length, above = width * size, bytes(width * size)
    rows = []
    for number in range(height):
        start = number * (length + 1)
        row = bytearray(raw[start + 1 : start + 1 + length])
        _unfilter(raw[start], row, above, size)
        above = bytes(row)
        rows.append(above)
    return rows


def _unfilter(kind: int, row: bytearray, above: bytes, size: int) -> None:
    for at in range(len(row)):
        left = row[at - size] if at >= size else 0
        corner = above[at - size] if at >= size else 0
        guess = (0, left, above[at], (left + above[at]) // 2, _paeth(left, above[at], corner))[kind]
        row[at] = (row[at] + guess) & 0xFF


def _paeth(left: int, up: int, corner: int) -> int:
    straight = left + up - corner
    return min((left, up, corner), key=lambda one: abs(straight - one))
