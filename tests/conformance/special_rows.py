"""Rows that no script of requests tells: each is played by a function of its own."""

import ssl
import warnings
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
import trustme

from sidegate.config.branding.own_pages import ERROR, NAMES, SIGN_IN
from tests.conformance.attacks import CALLBACK
from tests.conformance.browser import Browser
from tests.conformance.gates import COOKIE_SECRET, StartRefused, free_port
from tests.conformance.world import World
from tests.integration.processes import until

OLD = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)


def _tls_versions(world: World) -> None:
    """Demand that our own listener takes TLS 1.2 and 1.3 and nothing older or weaker."""
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    chain, key = world.folder / "cert.pem", world.folder / "key.pem"
    certificate.cert_chain_pems[0].write_to_path(chain)
    certificate.private_key_pem.write_to_path(key)
    port = free_port()
    flags = (f"--https-address=127.0.0.1:{port}", f"--tls-cert-file={chain}")
    world.gate(world.provider(), "--email-domain=*", *flags, f"--tls-key-file={key}")
    known = (*OLD, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
    taken = [version for version in known if _shakes_hands(port, version)]
    assert taken == [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
    for weak in ("RC4", "3DES", "AES128-SHA", "AES256-SHA", "ECDHE-RSA-AES128-SHA"):
        assert not _shakes_hands(port, ssl.TLSVersion.TLSv1_2, weak), weak


def _shakes_hands(port: int, version: ssl.TLSVersion, ciphers: str = "ALL") -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with warnings.catch_warnings(action="ignore"):  # that the old ones are old
            context.minimum_version = context.maximum_version = version
        context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    except (ssl.SSLError, ValueError):
        return False  # not even known here
    browser = Browser(port, behind=False)
    browser.tls = context
    try:
        return browser.get("/ping").status == 200
    except OSError:
        return False
    finally:
        browser.close()


def _emails_reload(world: World) -> None:
    """Demand that a list of people holds at once, and that a broken one changes nothing."""
    people = world.folder / "emails"
    _replace(people, "alice@list.test\nbob@list.test\n")
    idp = world.provider()
    flags = (f"--authenticated-emails-file={people}", "--email-domain=nobody.test")
    gate = world.gate(idp, *flags)
    alice, bob = gate.browser(), gate.browser()
    for browser, name in ((alice, "alice@list.test"), (bob, "bob@list.test")):
        back = idp.authorize(browser.get("/oauth2/start?rd=/x").get("location"), name)
        browser.get(f"{CALLBACK}?{urlencode(back.parameters)}")
        assert browser.get("/x").status == 200
    # A folder cannot be read either, not even by root, whom no mode keeps out.
    spoils = (lambda: people.write_text(""), people.unlink, people.mkdir)
    for told, spoil in enumerate(spoils, 1):
        spoil()
        _until(lambda told=told: gate.output.count("was not taken over") == told)
        assert (alice.get("/x").status, bob.get("/x").status) == (200, 200)
    people.rmdir()
    _replace(people, "bob@list.test\n")
    _until(lambda: alice.get("/x").status == 403, 5)
    assert bob.get("/x").status == 200


def _replace(path: Path, text: str) -> None:
    new = path.with_suffix(".new")
    new.write_text(text)
    new.rename(path)


def _until(holds: Callable[[], bool], seconds: float = 20) -> None:
    until(holds, seconds, "the file to be noticed")


def _custom_templates(world: World) -> None:
    """Demand that own templates escape what they show, and that no secret is in their reach."""
    folder = world.folder / "templates"
    folder.mkdir(exist_ok=True)
    names = (*NAMES[SIGN_IN], *NAMES[ERROR])
    for file in (SIGN_IN, ERROR):
        plain = [name for name, items in NAMES[file].items() if not items]
        text = "".join(f'<p title="{{{{{name}}}}}">{{{{{name}}}}}</p>' for name in plain)
        (folder / file).write_text(text)
    idp, flag = world.provider(), f"--custom-templates-dir={folder}"
    gate = world.gate(idp, "--email-domain=*", flag, "--banner=<b>Hi</b>")
    browser = gate.browser(behind=False, https=False)
    pages = [browser.get("/oauth2/sign_in?rd=/%22%3E%3Cscript%3E"), browser.get("/x?%3Cscript%3E")]
    pages.append(browser.get("/oauth2/callback?error=%3Cscript%3E"))
    gate.hang_up()
    for page in pages:
        assert "</p>" in page.text
        assert "<script>" not in page.text
        assert not [value for value in (idp.client_secret, COOKIE_SECRET) if value in page.text]
    for name in (".ClientSecret", ".CookieSecret", ".Settings"):
        assert name not in names
        (folder / SIGN_IN).write_text(f"{{{{{name}}}}}")
        with pytest.raises(StartRefused):
            world.gate(idp, "--email-domain=*", flag, f"--footer={name}")


# Rows about the inside of a part, which its own tests show.
SHOWN_INSIDE = {
    "bearer-cache-key": (
        "tests/unit/stores/test_bearer.py",
        "test_other_bytes_are_another_token",
        "test_a_flood_of_bad_tokens_pushes_no_good_one_out",
        "test_a_verified_token_is_remembered_and_no_longer_than_its_time",
    ),
    "basic-htpasswd": (
        "tests/unit/gate/test_passwords.py",
        "test_no_password_is_cut_for_bcrypt",
        "test_whoever_is_asked_about_each_cost_is_computed_once",
    ),
}


def _shown_inside(row: str) -> Callable[[World], None]:
    """Return a check that the tests which show a row are still there."""
    file, *tests = SHOWN_INSIDE[row]

    def check(_: World) -> None:
        text = (Path(__file__).parents[2] / file).read_text(encoding="utf-8")
        assert [test for test in tests if f"def {test}(" not in text] == []

    return check


SPECIAL: dict[str, Callable[[World], None]] = {
    "tls-min": _tls_versions,
    "authz-file-reload": _emails_reload,
    "xss-custom-templates": _custom_templates,
    **{row: _shown_inside(row) for row in SHOWN_INSIDE},
}
