"""Which images run: named exactly, and without holes that are known."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sidegate.check.finding import Finding, seen
from sidegate.check.gates import called
from sidegate.manifests.node import Node
from sidegate.manifests.objects import Manifests, containers

FIRST_WHOLE = (7, 15, 2)
VERSION = re.compile(r"v?(\d{1,5})\.(\d{1,5})(?:\.(\d{1,5}))?")


def find(manifests: Manifests) -> Iterator[Finding]:
    """Yield images that may be another tomorrow, or have holes."""
    for thing in manifests.workloads:
        for container in containers(thing.pod):
            image = container["image"]
            if image and floats(image.text):
                yield seen("image-floats", thing, image, image.text, called(container))
            if has_holes(image):
                yield seen("image-has-holes", thing, image, image.text, called(container))


def floats(image: str) -> bool:
    """Tell whether the name may mean another image tomorrow."""
    if "@" in image:
        return False
    tag = image.rpartition("/")[2].partition(":")[2]
    return tag in ("", "latest")


def has_holes(image: Node) -> bool:
    """Tell whether it is a release of oauth2-proxy before the critical advisories were mended."""
    name, _, tag = image.text.partition("@")[0].rpartition("/")[2].partition(":")
    found = VERSION.match(tag)
    if name != "oauth2-proxy" or found is None:
        return False
    return tuple(int(part or 0) for part in found.groups()) < FIRST_WHOLE
