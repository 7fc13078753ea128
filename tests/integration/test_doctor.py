"""The doctor looks at real parts: each finding appears where it should, and only there."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from sidegate.doctor import providers
from sidegate.doctor.finding import Finding
from sidegate.doctor.issuers import check_issuers
from sidegate.doctor.providers import check_providers
from sidegate.doctor.public import check_public
from sidegate.doctor.scene import Check, Scene
from sidegate.doctor.upstreams import check_upstreams, machine_addresses
from tests.conformance.provider import Canned, Provider
from tests.integration.processes import free_port
from tests.integration.providers import Client
from tests.integration.site import Site, Told

MakeScene = Callable[..., Scene]


def look(check: Check, scene: Scene) -> list[Finding]:
    return list(asyncio.run(check(scene)))


def bad(findings: Iterable[Finding]) -> set[tuple[str, str]]:
    return {(str(one.severity), one.id) for one in findings if one.severity != "fine"}


# Providers


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as one:
        yield one


def test_a_provider_that_is_right_is_fine(doctor_scene: MakeScene, provider: Provider) -> None:
    scene = doctor_scene(f"--oidc-issuer-url={provider.issuer}", "--oidc-end-session")
    (one,) = look(check_providers, scene)
    assert (str(one.severity), one.about) == ("fine", "oidc")
    assert "signs with RS256" in one.seen
    assert [call.endpoint for call in provider.calls] == ["discovery", "jwks"]


def test_a_provider_that_is_not_there(doctor_scene: MakeScene) -> None:
    findings = look(check_providers, doctor_scene())
    assert bad(findings) == {("problem", "provider_unreachable")}


@pytest.mark.parametrize(
    ("metadata", "flags", "severity", "name"),
    [
        ({"issuer": "https://other.test"}, [], "problem", "provider_issuer"),
        ({"token_endpoint": None}, [], "problem", "provider_document"),
        (
            {"id_token_signing_alg_values_supported": ["HS256"]},
            [],
            "problem",
            "provider_document",
        ),
        (
            {"id_token_signing_alg_values_supported": ["ES384"]},
            [],
            "problem",
            "provider_keys",
        ),
        (
            {"code_challenge_methods_supported": ["plain"]},
            [],
            "problem",
            "provider_pkce",
        ),
        ({}, ["--code-challenge-method="], "warning", "provider_pkce"),
        (
            {"end_session_endpoint": None},
            ["--oidc-end-session"],
            "problem",
            "provider_sign_out",
        ),
        (
            {"token_endpoint_auth_methods_supported": ["client_secret_post"]},
            ["--token-endpoint-auth-method=client_secret_basic"],
            "problem",
            "provider_client_method",
        ),
    ],
)
def test_what_a_provider_says_is_compared_with_the_configuration(
    doctor_scene: MakeScene,
    metadata: dict[str, Any],
    flags: list[str],
    severity: str,
    name: str,
) -> None:
    with Provider(metadata=metadata) as one:
        findings = look(check_providers, doctor_scene(f"--oidc-issuer-url={one.issuer}", *flags))
    assert bad(findings) == {(severity, name)}


def test_an_endpoint_on_another_host_has_to_be_reached_too(doctor_scene: MakeScene) -> None:
    with Site() as other:
        for url, expected in (
            (f"{other.url}/token", set()),
            (f"http://localhost:{free_port()}/token", {("problem", "provider_unreachable")}),
        ):
            with Provider(metadata={"token_endpoint": url}) as one:
                findings = look(check_providers, doctor_scene(f"--oidc-issuer-url={one.issuer}"))
            assert bad(findings) == expected
        assert [head.split("\n")[0] for head in other.heads] == ["GET / HTTP/1.1"]
        assert "uthorization" not in other.heads[0]


def test_a_provider_that_is_silent_is_not_waited_for(
    doctor_scene: MakeScene, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "PATIENCE", 0.2)
    provider.answers["discovery"] = Canned(how="silent")
    (one,) = look(check_providers, doctor_scene(f"--oidc-issuer-url={provider.issuer}"))
    assert (one.id, one.seen) == ("provider_unreachable", "no answer within 0.2 s")


def test_keys_that_verify_nothing(doctor_scene: MakeScene, provider: Provider) -> None:
    provider.jwks = "weak"
    findings = look(check_providers, doctor_scene(f"--oidc-issuer-url={provider.issuer}"))
    assert bad(findings) == {("problem", "provider_keys")}


def test_an_error_page_in_place_of_a_document(doctor_scene: MakeScene, provider: Provider) -> None:
    provider.answers["discovery"] = Canned(404, b"<h1>nothing</h1>")
    (one,) = look(check_providers, doctor_scene(f"--oidc-issuer-url={provider.issuer}"))
    assert one.id == "provider_document"
    assert one.seen.endswith("answered 404")


@pytest.mark.parametrize(
    ("seconds", "fields", "expected"),
    [
        (0, (), {"fine"}),
        (120, (), {"problem"}),
        (-120, (), {"problem"}),
        (120, (("Age", "120"),), set()),  # made by a cache, some time ago
    ],
)
def test_clocks_are_compared(
    doctor_scene: MakeScene,
    provider: Provider,
    seconds: int,
    fields: tuple[tuple[str, str], ...],
    expected: set[str],
) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    provider.answers["jwks"] = Canned(
        200,
        json.dumps({"keys": [provider.keys.rsa.jwk()]}).encode(),
        (("Date", date), *fields),
    )
    findings = look(check_providers, doctor_scene(f"--oidc-issuer-url={provider.issuer}"))
    assert {str(one.severity) for one in findings if one.id == "clock"} == expected


def test_a_provider_without_discovery_is_asked_whether_it_is_there(doctor_scene: MakeScene) -> None:
    flags = ["--provider=oauth2", "--oauth2-user-claim=id", "--oidc-issuer-url="]
    with Site() as site:
        for name, path in (("login", "a"), ("redeem", "t"), ("profile", "u")):
            flags.append(f"--{name}-url={site.url}/{path}")
        assert bad(look(check_providers, doctor_scene(*flags))) == set()
        assert all("uthorization" not in head for head in site.heads)
    assert bad(look(check_providers, doctor_scene(*flags))) == {("problem", "provider_unreachable")}


def test_issuers_of_programs_are_asked_for_their_keys(
    doctor_scene: MakeScene, provider: Provider
) -> None:
    flags = ["--skip-jwt-bearer-tokens", f"--extra-jwt-issuers={provider.issuer}=api"]
    assert bad(look(check_issuers, doctor_scene(*flags))) == set()
    provider.answers["discovery"] = Canned(503)
    findings = look(check_issuers, doctor_scene(*flags))
    assert bad(findings) == {("problem", "issuer_unreachable")}


# The application


def test_an_application_on_loopback_only_is_fine(doctor_scene: MakeScene) -> None:
    with Site() as site:
        (one,) = look(check_upstreams, doctor_scene(f"--upstream=http://127.0.0.1:{site.port}"))
    assert (str(one.severity), one.seen) == ("fine", "it takes connections, on loopback only")


def test_an_application_that_is_not_there(doctor_scene: MakeScene) -> None:
    flag = f"--upstream=http://127.0.0.1:{free_port()}"
    assert bad(look(check_upstreams, doctor_scene(flag))) == {("problem", "upstream_unreachable")}


def test_an_application_that_everybody_reaches(doctor_scene: MakeScene) -> None:
    if not machine_addresses(Path("/")):
        pytest.skip("this machine has no other address than loopback")
    with Site(address="0.0.0.0") as site:  # noqa: S104 - that is the point
        findings = look(check_upstreams, doctor_scene(f"--upstream=http://127.0.0.1:{site.port}"))
    assert bad(findings) == {("problem", "upstream_exposed")}


def test_an_application_elsewhere_is_nothing_we_can_judge(doctor_scene: MakeScene) -> None:
    addresses = machine_addresses(Path("/"))
    if not addresses:
        pytest.skip("this machine has no other address than loopback")
    with Site(address=addresses[0]) as site:
        flag = f"--upstream=http://{addresses[0]}:{site.port}"
        assert bad(look(check_upstreams, doctor_scene(flag))) == {("warning", "upstream_elsewhere")}


# The public address


def answers(**others: Told) -> dict[str, Told]:
    """Return what a gate at `http://localhost` answers, with something else in places."""
    usual = {"auth": (401, {}), "ready": (200, {}), "start": (302, {})}
    told = {**usual, **others}
    return {
        "/oauth2/auth": told["auth"],
        "/oauth2/start/oidc": told["start"],
        "/ready": told["ready"],
    }


def begun(site: Site, host: str = "") -> Told:
    """Return the beginning of a sign-in that comes back to `host`, by default to the site."""
    callback = f"{host or site.url}/oauth2/callback"
    return 302, {"Location": f"https://login.test/authorize?redirect_uri={callback}"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, set()),
        ({"auth": (404, {})}, {("problem", "public_foreign")}),
        ({"auth": (202, {})}, {("problem", "public_open")}),
        ({"ready": (503, {})}, {("problem", "public_ready")}),
        ({"start": (503, {})}, {("problem", "public_start")}),
    ],
)
def test_what_the_public_address_answers(
    doctor_scene: MakeScene, changed: dict[str, Told], expected: set[tuple[str, str]]
) -> None:
    with Site() as site:
        site.answers = answers(**{"start": begun(site), **changed})
        assert bad(look(check_public, doctor_scene(url=site.url))) == expected
        assert all("_oauth2_proxy" not in head for head in site.heads)


@pytest.mark.parametrize(
    ("flags", "name"),
    [(["--reverse-proxy"], "forwarded_unseen"), ([], "public_callback")],
)
def test_a_gate_that_does_not_know_its_address(
    doctor_scene: MakeScene, flags: list[str], name: str
) -> None:
    with Site() as site:
        site.answers = answers(start=begun(site, "http://app.internal:4180"))
        assert bad(look(check_public, doctor_scene(*flags, url=site.url))) == {("problem", name)}


def test_nobody_at_the_public_address(doctor_scene: MakeScene) -> None:
    scene = doctor_scene(url=f"http://localhost:{free_port()}")
    assert bad(look(check_public, scene)) == {("problem", "public_unreachable")}


def test_a_public_address_that_nobody_told_is_not_asked(doctor_scene: MakeScene) -> None:
    with Site() as site:
        assert look(check_public, doctor_scene(f"--redirect-url={site.url}")) == []
        assert site.heads == []


# All of it, as an operator runs it


def test_a_gate_that_works_has_no_problem_and_is_not_changed(
    gate: Any, provider: Provider, tmp_path: Path
) -> None:
    client = Client(provider.issuer, provider.client_id, provider.client_secret)
    running = gate("--cookie-refresh=0s", client=client)
    flags = running.process.child.args[4:]
    calls = len(provider.calls)
    command = [sys.executable, "-m", "sidegate", "doctor", *flags, f"--url={running.url}"]
    done = subprocess.run([*command, "--format=json"], capture_output=True, text=True, check=False)
    whole = json.loads(done.stdout)
    problems = [one for one in whole["findings"] if one["severity"] in {"problem", "unseen"}]
    assert problems == []
    assert done.returncode == 0, done.stderr
    seen = {one["id"] for one in whole["findings"]}
    assert {"provider", "callback", "cookies", "public", "public_heads", "upstream"} <= seen
    assert {call.endpoint for call in provider.calls[calls:]} == {"discovery", "jwks"}
    assert client.client_secret not in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_large_session_is_refused_where_heads_are_small(
    gate: Any, provider: Provider, doctor_scene: MakeScene
) -> None:
    client = Client(provider.issuer, provider.client_id, provider.client_secret)
    running = gate("--limit-header-bytes=1500", client=client)
    scene = doctor_scene(f"--oidc-issuer-url={provider.issuer}", url=running.url)
    assert bad(look(check_public, scene)) == {("problem", "public_heads")}


def test_serving_loads_neither_the_doctor_nor_the_view() -> None:
    script = "import sys, sidegate.app.process; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    loaded = done.stdout.decode().split()
    assert "sidegate.app.wiring" in loaded
    assert not [name for name in loaded if name.startswith(("sidegate.doctor", "sidegate.top"))]
