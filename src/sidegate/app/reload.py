"""The files that a running gate takes over when they change, and that have no keeper of their own.

Each is read and checked in a thread (`net.watch`); what it gives is swapped in by the loop.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from sidegate.app.keys import Keys
from sidegate.app.providers import Connected
from sidegate.config.key_material import parse_client_secret
from sidegate.config.settings import ProviderSettings
from sidegate.core.secret import Secret
from sidegate.net.client_tls import client_context
from sidegate.net.fetch import Fetcher
from sidegate.net.server_tls import Certificate
from sidegate.net.watch import Take, Watched
from sidegate.providers.credentials import Credentials

Learn = Callable[[list[Secret[str] | Secret[bytes]]], None]
"""Hears of secrets that no log may show."""


def own_files(
    keys: Keys, certificates: Iterable[Certificate], connected: Sequence[Connected], learn: Learn
) -> Iterator[Watched]:
    """Yield the files of a gate that no other part watches."""
    if (ring := keys.watched()) is not None:
        yield ring
    for certificate in certificates:
        yield certificate.watched()
    for one in connected:
        suffix = f":{one.settings.id}" if len(connected) > 1 else ""
        if one.settings.client_secret_file:
            watched = watch_client_secret(one.settings, one.credentials, learn)
            yield replace(watched, name=watched.name + suffix)
        if one.settings.provider_ca_files:
            watched = watch_authorities(one.settings, one.fetcher)
            yield replace(watched, name=watched.name + suffix)


def watch_client_secret(
    settings: ProviderSettings, credentials: Credentials, learn: Learn
) -> Watched:
    """Return the file of the client secret. `learn` hears of a new one before anybody uses it."""
    path, known = settings.client_secret_file, [settings.client_secret]

    def read() -> Take:
        new = parse_client_secret(Path(path).read_bytes())

        def take() -> str | None:
            if known == [new]:
                return None
            known[:] = [new]
            learn([new])
            credentials.take_secret(new)
            return ""

        return take

    return Watched("client_secret_file", (path,), read)


def watch_authorities(settings: ProviderSettings, fetcher: Fetcher) -> Watched:
    """Return the files of authorities that vouch for the provider."""
    paths = settings.provider_ca_files
    known = [digest_of(paths)]

    def read() -> Take:
        digest, context = digest_of(paths), client_context(settings)

        def take() -> str | None:
            if known == [digest]:
                return None
            known[:] = [digest]
            fetcher.take_tls(context)
            return ""

        return take

    return Watched("provider_ca_files", paths, read)


def digest_of(paths: Iterable[str]) -> bytes:
    """Return what tells one content of these files from another. Raises OSError."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(Path(path).read_bytes()).digest())
    return digest.digest()
