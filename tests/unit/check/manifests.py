"""Manifests in which there is nothing to find, and what is found when one place is spoilt."""

from pathlib import Path

from sidegate.check.examine import examine
from sidegate.manifests.objects import Source, collect

HERE = Path(__file__).parent
CLEAN = {path.name: path.read_text() for path in sorted((HERE / "clean").glob("*.yaml"))}


def spoilt(old: str, new: str) -> list[Source]:
    """Return the clean manifests with one text replaced, wherever it stands."""
    assert any(old in text for text in CLEAN.values()), old
    return [Source(name, text.replace(old, new)) for name, text in CLEAN.items()]


def found(old: str, new: str) -> set[str]:
    """Return the ids of what is found."""
    return {one.id for one in examine(collect(spoilt(old, new)))}


def founding() -> list[Source]:
    """Return the manifests of the founding deployment."""
    files = sorted((HERE / "founding").glob("*.yaml"))
    return [Source(path.name, path.read_text()) for path in files]
