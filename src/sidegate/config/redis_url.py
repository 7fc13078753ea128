"""Reads the address of a Redis server or sentinel; quotes nothing of it, for it may hold secrets.

The forms are those of oauth2-proxy: `redis://[[USER]:PASSWORD@]HOST[:PORT][/DB]`, `rediss://` for
TLS, and `unix://[[USER]:PASSWORD@]/PATH[?db=DB]`. Further parameters would tune its client, and are
refused here.
"""

from urllib.parse import unquote

from sidegate.config.addresses import BAD_ESCAPE, URL, is_visible, parse_authority
from sidegate.config.findings import Malformed
from sidegate.config.settings import RedisAddress
from sidegate.core.secret import Secret

PORT = 6379
SENTINEL_PORT = 26379
_MOST_DATABASE = 16383
_FORM = "Write it as in redis://redis.example.com:6379/0, rediss://... (TLS) or unix:///run/x.sock."


def parse_redis_url(text: str, default_port: int = PORT) -> RedisAddress:
    """Return the address. Raises Malformed."""
    match = URL.fullmatch(text) if is_visible(text) else None
    scheme = match["scheme"].lower() if match else ""
    if match is None or scheme not in ("redis", "rediss", "unix") or match["fragment"]:
        raise Malformed("no redis://, rediss:// or unix:// URL", _FORM)
    if BAD_ESCAPE.search(text):
        raise Malformed("holds a broken escape", "Write %25 for a percent sign.")
    who, _, authority = match["authority"].rpartition("@")
    username, _, password = who.partition(":")
    path, query = match["path"], match["query"] or ""
    is_unix = scheme == "unix"
    if is_unix and (authority or not path.strip("/")):
        raise Malformed("no path of a socket", "Write it as in unix:///run/redis.sock.")
    host, port = ("", 0) if is_unix else parse_authority(authority, default_port)
    return RedisAddress(
        host=host,
        port=port,
        is_tls=scheme == "rediss",
        database=_database(query if is_unix else path + query, "?db=" if is_unix else "/"),
        username=unquote(username),
        password=Secret(unquote(password)),
        socket_path=unquote(path) if is_unix else "",
    )


def _database(text: str, mark: str) -> int:
    """Return the number behind `mark`, 0 where nothing stands there."""
    if text in ("", "/"):
        return 0
    digits = text.removeprefix(mark)
    plain = digits.isascii() and digits.isdigit() and len(digits) <= 5
    if digits == text or not plain or int(digits) > _MOST_DATABASE:
        raise Malformed(
            f"what follows the address is not {mark}N with the number of a database",
            "Remove it, or write the number.",
        )
    return int(digits)
