"""Checks of where sessions live, and of the Redis servers they may live in."""

from collections.abc import Iterable, Mapping

import msgspec

from sidegate.config.addresses import is_loopback
from sidegate.config.findings import Findings, Malformed
from sidegate.config.key_material import ReadFile, find_optional_secret, read_readable
from sidegate.config.redis_url import PORT, SENTINEL_PORT, parse_redis_url
from sidegate.config.settings import RedisAddress
from sidegate.config.values import Values
from sidegate.core.secret import Secret

URLS = "redis_connection_url"
SENTINELS = "redis_sentinel_connection_urls"
NODES = "redis_cluster_connection_urls"
Resolved = Mapping[str, tuple[RedisAddress, ...]]


def check_redis(values: Values, findings: Findings, read_file: ReadFile) -> dict[str, object]:
    """Check sessions in Redis; return the fields whose value differs from what was written."""
    password = find_optional_secret(values, "redis_password", findings, read_file)
    own = find_optional_secret(values, "redis_sentinel_password", findings, read_file)
    found = {key: _addresses(values, key, password, findings) for key in (URLS, SENTINELS, NODES)}
    if values.text("session_store_type") != "redis":
        _warn_of_idle_options(values, findings)
    else:
        _check_choice(values, findings)
        _check_addresses(values, found, findings)
        _check_tls(values, found, findings, read_file)
    prefix = values.text("redis_key_prefix")
    if any(character in prefix for character in "{}*?[]\\ "):
        findings.refuse(
            values.place("redis_key_prefix"),
            "holds a space, a brace, a bracket or a wildcard",
            "Use letters, digits, dots, dashes, colons and underscores.",
        )
    return {
        **found,
        URLS: next(iter(found[URLS]), None),
        "redis_password": password,
        "redis_sentinel_password": own,
        "redis_key_prefix": prefix or values.text("cookie_name"),
    }


def _addresses(
    values: Values, key: str, password: Secret[str], findings: Findings
) -> tuple[RedisAddress, ...]:
    """Return the addresses of an option, each with the user and password that count."""
    texts = [values.text(key)] if key == URLS else values.items_of(key)
    username = values.text("redis_username")
    addresses = []
    for text in filter(None, texts):
        try:
            one = parse_redis_url(text, SENTINEL_PORT if key == SENTINELS else PORT)
        except Malformed as reason:
            findings.refuse(values.place(key), reason.what, reason.remedy)
            continue
        addresses.append(
            msgspec.structs.replace(
                one,
                username=username or one.username,
                password=password if password.reveal() else one.password,
            )
        )
    return tuple(addresses)


def _check_choice(values: Values, findings: Findings) -> None:
    """One kind of deployment, and what it needs."""
    sentinel, cluster = values.is_on("redis_use_sentinel"), values.is_on("redis_use_cluster")
    if sentinel and cluster:
        findings.refuse(
            values.place("redis_use_cluster"),
            "a cluster has no sentinels",
            "Keep redis_use_cluster or redis_use_sentinel.",
        )
    needed = {
        "redis_sentinel_master_name": sentinel,
        SENTINELS: sentinel,
        NODES: cluster,
        URLS: not sentinel and not cluster,
    }
    for key, is_needed in needed.items():
        if is_needed and not values[key].value:
            findings.refuse(
                values.place(key),
                "required where sessions live in Redis, and not given",
                f"Give --{values[key].option.flag}, or write session_store_type=cookie.",
            )
        elif not is_needed and values[key].is_given:
            findings.warn(values.place(key), "does nothing with this kind of Redis")


def _check_addresses(values: Values, found: Resolved, findings: Findings) -> None:
    """All addresses of a group speak of the same servers, over TCP; a cluster has no databases."""
    for key in (SENTINELS, NODES):
        addresses = found[key]
        if any(one.socket_path for one in addresses):
            findings.refuse(values.place(key), "a socket is no group", "Write redis:// addresses.")
        if len({(o.is_tls, o.database, o.username, o.password) for o in addresses}) > 1:
            findings.refuse(
                values.place(key),
                "the addresses differ in scheme, user, password or database",
                "Write them alike; user and password as redis_username and redis_password_file.",
            )
    if any(one.database for one in found[NODES]):
        findings.refuse(values.place(NODES), "a cluster has only database 0", "Remove the number.")


def _check_tls(values: Values, found: Resolved, findings: Findings, read_file: ReadFile) -> None:
    """Certificates are of use with TLS only; without TLS, others may read along."""
    everything = [(key, one) for key, addresses in found.items() for one in addresses]
    is_tls = any(one.is_tls for _, one in everything)
    for key in ("redis_ca_path", "redis_insecure_skip_tls_verify"):
        if values[key].value and not is_tls:
            findings.warn(values.place(key), "does nothing without rediss:// addresses")
    if values.text("redis_ca_path"):
        read_readable(
            values.place("redis_ca_path"), values.text("redis_ca_path"), findings, read_file
        )
    for key in {key for key, one in everything if _is_open(one)}:
        findings.warn(
            values.place(key),
            "the way to Redis is not encrypted: its password can be read there, and sign-ins "
            "undone. rediss:// mends it",
        )


def _is_open(address: RedisAddress) -> bool:
    return not (address.is_tls or address.socket_path or is_loopback(address.host))


def _warn_of_idle_options(values: Values, findings: Findings) -> None:
    for key in _idle(values):
        findings.warn(values.place(key), "does nothing without session_store_type=redis")


def _idle(values: Values) -> Iterable[str]:
    return (key for key, entry in values.items() if key.startswith("redis_") and entry.is_given)
