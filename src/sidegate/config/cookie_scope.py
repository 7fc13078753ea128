"""Which hosts and paths a browser sends a cookie to (RFC 6265 section 5.1)."""


def lies_in(host: str, domain: str) -> bool:
    """Say whether a lower-case host is the domain or below it (section 5.1.3).

    A leading dot of the domain means nothing; an empty one covers no host.
    """
    bare = domain.removeprefix(".").lower()
    return bool(bare) and (host == bare or host.endswith(f".{bare}"))


def covers(cookie_path: str, path: str) -> bool:
    """Say whether a cookie of this path is sent to `path` (section 5.1.4)."""
    return path == cookie_path or path.startswith(cookie_path.rstrip("/") + "/")
