"""The doctor and real handshakes: certificates of providers, applications, the public address."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from sidegate.doctor.certificates import check_certificates
from sidegate.doctor.public import check_public
from sidegate.doctor.scene import Check, Scene
from tests.integration.site import Site

MakeScene = Callable[..., Scene]
MakeContext = Callable[[trustme.LeafCert], ssl.SSLContext]


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """Return an authority that this machine trusts."""
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return made


def context_of(leaf: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    return context


def without_chain(leaf: trustme.LeafCert, folder: Path) -> ssl.SSLContext:
    leaf.cert_chain_pems[0].write_to_path(folder / "leaf.pem")
    leaf.private_key_pem.write_to_path(folder / "leaf-key.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf.pem", folder / "leaf-key.pem")
    return context


def bad(check: Check, scene: Scene) -> set[tuple[str, str, str]]:
    found = asyncio.run(check(scene))
    return {(str(one.severity), one.id, one.about) for one in found if str(one.severity) != "fine"}


def leaf_of(authority: trustme.CA, days: int = 90, name: str = "localhost") -> trustme.LeafCert:
    end = datetime.now(UTC) + timedelta(days=days)
    return authority.issue_cert(name, not_before=end - timedelta(days=100), not_after=end)


@pytest.mark.parametrize(
    ("days", "name", "finding"),
    [
        (90, "localhost", ""),
        (10, "localhost", "certificate_expires"),
        (-2, "localhost", "certificate_expired"),
        (90, "other.test", "certificate_name"),
    ],
)
def test_certificates_of_an_application_and_a_provider(
    doctor_scene: MakeScene, authority: trustme.CA, days: int, name: str, finding: str
) -> None:
    with Site(context=context_of(leaf_of(authority, days, name))) as site:
        scene = doctor_scene(f"--upstream={site.url}", f"--oidc-issuer-url={site.url}")
        found = bad(check_certificates, scene)
    abouts = {f"upstream localhost:{site.port}", "provider oidc, localhost"}
    assert found == ({("problem", finding, about) for about in abouts} if finding else set())


def test_the_chain_of_a_certificate_has_to_be_sent(
    doctor_scene: MakeScene, authority: trustme.CA, tmp_path: Path
) -> None:
    leaf = authority.create_child_ca().issue_cert("localhost")
    with Site(context=without_chain(leaf, tmp_path)) as site:
        found = bad(check_certificates, doctor_scene(f"--upstream={site.url}"))
    assert {name for _, name, _ in found} == {"certificate_chain"}


def test_an_authority_of_a_provider_counts_for_it_alone(
    doctor_scene: MakeScene, authority: trustme.CA, tmp_path: Path
) -> None:
    own = trustme.CA()
    own.cert_pem.write_to_path(tmp_path / "own.pem")
    with Site(context=context_of(own.issue_cert("localhost"))) as site:
        flags = [f"--upstream={site.url}", f"--oidc-issuer-url={site.url}"]
        scene = doctor_scene(*flags, f"--provider-ca-file={tmp_path / 'own.pem'}")
        found = bad(check_certificates, scene)
    assert authority is not own
    assert {about for _, _, about in found} == {f"upstream localhost:{site.port}"}


def test_a_port_that_speaks_no_tls(doctor_scene: MakeScene, authority: trustme.CA) -> None:
    assert authority
    with Site() as site:
        scene = doctor_scene(f"--upstream=https://localhost:{site.port}")
        assert {name for _, name, _ in bad(check_certificates, scene)} == {"tls"}


def test_what_is_not_verified_is_said_to_be_so(
    doctor_scene: MakeScene, authority: trustme.CA
) -> None:
    with Site(context=context_of(leaf_of(authority, name="other.test"))) as site:
        flags = [f"--upstream={site.url}", "--ssl-upstream-insecure-skip-verify"]
        assert bad(check_certificates, doctor_scene(*flags)) == set()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({"Strict-Transport-Security": "max-age=1"}, set()), ({}, {("warning", "public_hsts", "")})],
)
def test_browsers_are_told_to_come_by_https(
    doctor_scene: MakeScene,
    authority: trustme.CA,
    fields: dict[str, str],
    expected: set[tuple[str, str, str]],
) -> None:
    with Site(context=context_of(leaf_of(authority))) as site:
        callback = f"{site.url}/oauth2/callback"
        site.answers = {
            "/oauth2/auth": (401, fields),
            "/ready": (200, fields),
            "/oauth2/start/oidc": (302, {"Location": f"https://l.test/?redirect_uri={callback}"}),
        }
        scene = doctor_scene(url=site.url)
        assert bad(check_public, scene) == expected
        assert bad(check_certificates, scene) == set()
