"""Kubernetes manifests as text with positions, and as the objects that they describe."""

NO_YAML = (
    "PyYAML is missing. Run it where your manifests are, with pip install 'sidegate[kubernetes]'. "
    "The image of the gate leaves PyYAML out: serving needs none."
)
"""What to say where the package cannot be used."""


def visible(text: str) -> str:
    """Return what others wrote so that it moves no cursor of a terminal: controls are escaped."""
    return "".join(c if c.isprintable() or c in " \n\t" else ascii(c)[1:-1] for c in text)
