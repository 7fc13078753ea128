"""What others can see or claim: secrets, forwarded fields, metrics; and options that are weak."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path

from sidegate.config.values import Effective, Values
from sidegate.doctor.finding import Finding, fine, unseen, warning
from sidegate.doctor.scene import Scene
from sidegate.net.listen import parse_address

# Files with secrets whose option has no twin that is marked as a secret.
_ALSO_SECRET = (
    "tls_key_file",
    "metrics_tls_key_file",
    "jwt_key_file",
    "htpasswd_file",
    "client_assertion_file",
    "google_service_account_json",
)
MOST_TRUSTED = {4: 2**16, 6: 2**80}  # addresses


async def check_exposure(scene: Scene) -> list[Finding]:
    """Look at options and files; nothing is connected."""
    values = [scene.loaded.values, *scene.loaded.providers]
    found = [*_weak(scene), *_trusted(scene), *_metrics(scene)]
    files = dict.fromkeys(entry for one in values for entry in secret_files(one))
    readable = [one for option, path in files if (one := _judge_file(option, path)) is not None]
    return [*found, *readable] or [fine("exposure", "no weak option, no readable secret")]


def _weak(scene: Scene) -> Iterator[Finding]:
    """Yield what the start warns of, secrets on the command line among it."""
    for text in scene.loaded.warnings:
        place, _, what = text.partition(": ")
        yield warning("weak_option", what, place)


def secret_files(values: Values) -> Iterator[tuple[str, str]]:
    """Yield option and path of each file that holds a secret."""
    for key, entry in values.items():
        twin = values.get(key.removesuffix("_file"))
        holds = key.endswith("_file") and twin is not None and twin.option.secret
        if (holds or key in _ALSO_SECRET) and entry.value:
            yield key, str(entry.value)
    if any(e.source == "file" and _is_secret(key, e) for key, e in values.items()):
        yield "config", values.text("config")


def _is_secret(key: str, entry: Effective) -> bool:
    """Say whether a value is a secret; an address is one where user or password stand in it."""
    if not entry.option.secret or not entry.value:
        return False
    return not key.endswith("_url") or "@" in str(entry.value)


def _judge_file(option: str, path: str) -> Finding | None:
    try:
        mode = Path(path).stat().st_mode
    except OSError as error:
        return unseen("secret_unread", f"{path}: {error.strerror}", option)
    if mode & stat.S_IROTH:
        seen = f"{path} has mode {stat.S_IMODE(mode):04o}: everybody on the machine reads it"
        return warning("secret_readable", seen, option)
    return None


def _trusted(scene: Scene) -> Iterator[Finding]:
    for text in scene.settings.trust.trusted_proxy_ips:
        network = ip_network(text, strict=False)
        if network.num_addresses > MOST_TRUSTED[network.version]:
            yield warning("proxies_wide", f"{text} holds {network.num_addresses} addresses")


def _metrics(scene: Scene) -> Iterator[Finding]:
    text = scene.settings.metrics.metrics_address
    if not text:
        return
    where = parse_address(text)
    if where.socket_path or where.descriptor >= 0 or _is_loopback(where.host):
        return
    yield warning("metrics_public", f"metrics are at {where}")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
