"""The options about pages arrive in the pages of a gate."""

from pathlib import Path

import pytest

from sidegate.core.errors import ProviderMisbehaved
from tests.kit.gate import proxy, request
from tests.kit.wire import Answer, Wire

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"></svg>'


def ask(*flags: str, target: bytes = b"/oauth2/sign_in") -> Answer:
    gate = proxy(*flags)
    with Wire(gate, refuse=gate.refuse) as wire:
        wire.client_sends(request(target))
        return wire.client_got()


def test_name_banner_and_footer_are_on_the_page() -> None:
    body = ask("--brand-name=Corp", "--banner=<b>Hi</b>", "--footer=Imprint").body
    assert b"Sign In - Corp" in body
    assert b"<b>Hi</b>" in body
    assert b"Imprint" in body


def test_a_dash_means_none() -> None:
    assert ask("--banner=-", "--footer=-", "--custom-sign-in-logo=-").body == ask().body


def test_the_accent_is_in_the_stylesheet() -> None:
    css = ask("--accent-color=#123456", target=b"/oauth2/static/sidegate.css").body
    assert b"--accent: #123456" in css


def test_a_logo_file_is_served_by_us(tmp_path: Path) -> None:
    file = tmp_path / "logo.svg"
    file.write_bytes(SVG)
    flag = f"--custom-sign-in-logo={file}"
    assert b'src="/oauth2/static/logo?v=' in ask(flag).body
    served = ask(flag, target=b"/oauth2/static/logo")
    assert (served.status, served.body) == (200, SVG)
    assert ask(target=b"/oauth2/static/logo").status == 404


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    (tmp_path / "sign_in.html").write_text(
        "{{.ProviderName}} {{.Redirect}} {{.Footer}} {{.Version}} {{.LogoData}}"
    )
    (tmp_path / "robots.txt").write_text("Allow: /\n")
    return tmp_path


def test_own_templates_take_the_place_of_ours(templates: Path) -> None:
    flag = f"--custom-templates-dir={templates}"
    body = ask(flag, "--footer=-", target=b"/oauth2/sign_in?rd=/x").body.decode()
    assert body.startswith("Example ID /x - 0.")
    assert ask(flag, target=b"/robots.txt").body == b"Allow: /\n"
    assert b"bad_request" in ask(flag, target=b"/oauth2/sign_in?rd=%zz").body


def test_a_debug_page_shows_the_log_without_its_secrets() -> None:
    gate = proxy("--show-debug-on-error")
    error = ProviderMisbehaved("10.0.0.7 says client-s3cret")
    for made, holds in ((gate, True), (proxy(), False)):
        with Wire(gate, refuse=gate.refuse) as wire:
            wire.client_sends(request(b"/"))
            body = made.refuse(error, wire.observed[0]).body
        assert (b"10.0.0.7" in body) is holds
        assert b"client-s3cret" not in body
