"""The certificate of our own listener, judged from its file as a client would."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509

from sidegate.doctor.certificates import check_certificates, fits, names_of
from sidegate.doctor.finding import Finding
from tests.unit.doctor.conftest import MakeScene

NO_PROVIDER = ("--provider=oauth2", "--oauth2-user-claim=id", "--oidc-issuer-url=")
URLS = tuple(f"--{name}-url=http://127.0.0.1:1/" for name in ("login", "redeem", "profile"))


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """Return an authority that this machine trusts."""
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return made


def own(folder: Path, leaf: trustme.LeafCert, *, is_whole: bool = True) -> tuple[str, str]:
    """Write a certificate, with its chain or without, and its key; return the flags."""
    chain = leaf.cert_chain_pems if is_whole else leaf.cert_chain_pems[:1]
    (folder / "cert.pem").write_bytes(b"".join(one.bytes() for one in chain))
    leaf.private_key_pem.write_to_path(folder / "key.pem")
    return f"--tls-cert-file={folder / 'cert.pem'}", f"--tls-key-file={folder / 'key.pem'}"


def bad(make_scene: MakeScene, *flags: str) -> set[tuple[str, str]]:
    url = "https://app.example.com"
    scene = make_scene(*NO_PROVIDER, *URLS, *flags, f"--redirect-url={url}")
    found: list[Finding] = asyncio.run(check_certificates(scene))
    return {(str(one.severity), one.id) for one in found if one.severity != "fine"}


def test_one_that_is_right(make_scene: MakeScene, authority: trustme.CA, tmp_path: Path) -> None:
    leaf = authority.create_child_ca().issue_cert("*.example.com")
    assert bad(make_scene, *own(tmp_path, leaf)) == set()


def test_nothing_is_said_without_one(make_scene: MakeScene) -> None:
    assert bad(make_scene) == set()


@pytest.mark.parametrize(
    ("days", "name"), [(10, "certificate_expires"), (-1, "certificate_expired")]
)
def test_one_that_ends(
    make_scene: MakeScene, authority: trustme.CA, tmp_path: Path, days: int, name: str
) -> None:
    end = datetime.now(UTC) + timedelta(days=days)
    leaf = authority.issue_cert(
        "app.example.com", not_before=end - timedelta(days=90), not_after=end
    )
    assert ("problem", name) in bad(make_scene, *own(tmp_path, leaf))


def test_that_of_the_metrics_ends_too(
    make_scene: MakeScene, authority: trustme.CA, tmp_path: Path
) -> None:
    end = datetime.now(UTC) + timedelta(days=2)
    leaf = authority.issue_cert("gate.internal", not_before=end - timedelta(days=90), not_after=end)
    files = [flag.replace("--tls-", "--metrics-tls-") for flag in own(tmp_path, leaf)]
    flags = ("--metrics-secure-address=127.0.0.1:44181", *files)
    assert bad(make_scene, *flags) == {("problem", "certificate_expires")}
    (tmp_path / "key.pem").write_text("no key")
    assert bad(make_scene, *flags) == {("problem", "tls")}


@pytest.mark.parametrize(
    ("more", "expected"),
    [((), {("problem", "certificate_name")}), (("--reverse-proxy",), set())],
)
def test_one_for_another_name(
    make_scene: MakeScene,
    authority: trustme.CA,
    tmp_path: Path,
    more: tuple[str, ...],
    expected: set[tuple[str, str]],
) -> None:
    flags = own(tmp_path, authority.issue_cert("other.example.com"))
    assert bad(make_scene, *flags, *more) == expected


def test_one_without_its_chain(
    make_scene: MakeScene, authority: trustme.CA, tmp_path: Path
) -> None:
    leaf = authority.create_child_ca().issue_cert("app.example.com")
    flags = own(tmp_path, leaf, is_whole=False)
    assert bad(make_scene, *flags) == {("warning", "certificate_chain")}


def test_a_key_that_is_another_ones(
    make_scene: MakeScene, authority: trustme.CA, tmp_path: Path
) -> None:
    flags = own(tmp_path, authority.issue_cert("app.example.com"))
    other = authority.issue_cert("app.example.com")
    other.private_key_pem.write_to_path(tmp_path / "key.pem")
    assert bad(make_scene, *flags) == {("problem", "tls")}


@pytest.mark.parametrize(
    ("host", "name", "is_it"),
    [
        ("app.test", "APP.test", True),
        ("a.app.test", "*.app.test", True),
        ("a.b.app.test", "*.app.test", False),
        ("app.test", "*.app.test", False),
        ("other.test", "app.test", False),
    ],
)
def test_a_star_is_one_label(host: str, name: str, *, is_it: bool) -> None:
    assert fits(host, name) is is_it


def test_names_are_those_of_hosts_and_addresses(authority: trustme.CA) -> None:
    leaf = authority.issue_cert("app.test", "127.0.0.1").cert_chain_pems[0].bytes()
    assert names_of(x509.load_pem_x509_certificate(leaf)) == ["app.test", "127.0.0.1"]
    root = authority.cert_pem.bytes()
    assert names_of(x509.load_pem_x509_certificate(root)) == []
