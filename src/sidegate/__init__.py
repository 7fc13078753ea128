"""sidegate: the identity gate that stands beside an application."""

__version__ = "0.1.0"
