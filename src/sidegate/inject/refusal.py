"""What cannot be done safely: the place, what is there, and the way out."""

from sidegate.manifests.node import Node
from sidegate.manifests.objects import Thing


class Refused(ValueError):
    """Nothing is written. `where` is a place as people read it."""

    def __init__(self, where: str, what: str, remedy: str) -> None:
        super().__init__(f"{where}: {what}. {remedy}")
        self.where = where
        self.what = what
        self.remedy = remedy


def refused(thing: Thing, node: Node, what: str, remedy: str) -> Refused:
    """Return a refusal at the place of a node."""
    return Refused(f"{thing.source}:{node.start.line + 1} ({thing})", what, remedy)
