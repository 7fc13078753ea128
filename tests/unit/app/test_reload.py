"""Which files a gate watches, and what their change means."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import trustme

from sidegate.app.keys import Keys
from sidegate.app.providers import connect
from sidegate.app.reload import (
    own_files,
    watch_authorities,
    watch_client_secret,
)
from sidegate.config.settings import Settings
from sidegate.core.errors import ConfigurationError
from sidegate.core.secret import Secret
from sidegate.net.client_tls import client_context
from sidegate.net.fetch import Fetcher
from sidegate.net.server_tls import Certificate
from sidegate.net.watch import Watched
from sidegate.providers.credentials import Credentials
from tests.kit.gate import proxy


def refetched(watched: Watched) -> str | None:
    return watched.read()()


def test_a_new_client_secret_is_learned_and_shown(tmp_path: Path) -> None:
    path, learned = tmp_path / "secret", list[object]()
    path.write_text("client-s3cret\n")
    settings = settings_of("--client-secret=", f"--client-secret-file={path}").providers[0]
    credentials = Credentials(settings, lambda: 0.0, bytes, lambda _: b"")
    watched = watch_client_secret(settings, credentials, learned.extend)
    assert refetched(watched) is None
    path.write_text("another-s3cret\n")
    assert refetched(watched) == ""
    assert credentials.client(audience="").client_secret == Secret("another-s3cret")
    assert learned == [Secret("another-s3cret")]


def test_new_authorities_hold_for_the_next_call_and_broken_ones_do_not(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    settings = settings_of(f"--provider-ca-file={path}").providers[0]
    fetcher = Fetcher(lambda: client_context(settings))
    watched = watch_authorities(settings, fetcher)
    assert refetched(watched) is None
    trustme.CA().cert_pem.write_to_path(str(path))
    assert refetched(watched) == ""
    assert fetcher._context is not None
    taken = fetcher._context
    path.write_text("half a certi")
    with pytest.raises(ConfigurationError):
        watched.read()
    assert fetcher._context is taken


def test_only_files_that_were_named_are_watched(tmp_path: Path) -> None:
    secret, cookie, authority = (tmp_path / name for name in ("secret", "cookie", "ca.pem"))
    secret.write_text("client-s3cret")
    cookie.write_text("k" * 32)
    trustme.CA().cert_pem.write_to_path(str(authority))
    flags = (
        *("--client-secret=", "--cookie-secret=", f"--client-secret-file={secret}"),
        *(f"--cookie-secret-file={cookie}", f"--provider-ca-file={authority}"),
    )
    cert = trustme.CA().issue_cert("localhost")
    cert.cert_chain_pems[0].write_to_path(str(tmp_path / "c"))
    cert.private_key_pem.write_to_path(str(tmp_path / "k"))
    certificate = Certificate(str(tmp_path / "c"), str(tmp_path / "k"), "TLS1.2")
    assert names_of(settings_of()) == []
    assert names_of(settings_of(*flags), certificate) == [
        "cookie_secret_file",
        "tls_cert_file",
        "client_secret_file",
        "provider_ca_files",
    ]


def test_the_files_of_several_providers_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("client-s3cret\n")
    one, two = (
        connect(settings_of("--client-secret=", f"--client-secret-file={path}"), lambda: 0.0)[0]
        for _ in range(2)
    )
    renamed = replace(two, settings=msgspec.structs.replace(two.settings, id="other"))
    keys = keys_of(settings_of())
    names = [w.name for w in own_files(keys, [], [one, renamed], lambda _: None)]
    assert names == ["client_secret_file:oidc", "client_secret_file:other"]


def settings_of(*flags: str) -> Settings:
    return proxy(*flags).base.settings


def keys_of(settings: Settings) -> Keys:
    return Keys(
        settings.cookie, monotonic=lambda: 0.0, wall=lambda: 0.0, later=lambda _pause, _call: None
    )


def names_of(settings: Settings, *certificates: Certificate) -> list[str]:
    connected = connect(settings, lambda: 0.0)
    found = own_files(keys_of(settings), certificates, connected, lambda _: None)
    return [watched.name for watched in found]
