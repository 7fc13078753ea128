"""Nothing secret is printed: each secret is planted, and looked for in all that anybody may see."""

import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from sidegate.config.log_format import FIELDS
from tests.conformance import daily_life
from tests.conformance.attacks import CALLBACK, Play
from tests.conformance.browser import Browser
from tests.conformance.exercise import leaks, printed, secrets_of
from tests.conformance.gates import COOKIE_SECRET, honest_flags
from tests.conformance.provider import Provider
from tests.conformance.world import World
from tests.integration.processes import LOOPBACK, Process, free_port

AUTH = "|".join("{{." + name + "}}" for name in FIELDS["auth_logging_format"])
REQUEST = "|".join("{{." + name + "}}" for name in FIELDS["request_logging_format"])
FORMS = {
    "text": (),
    "json": ("--logging-format=json", "--audit-hash-chain"),
    "templates": (f"--auth-logging-format={AUTH}", f"--request-logging-format={REQUEST}"),
}


@pytest.fixture(params=FORMS)
def life(world: World, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Play]:
    """Yield a whole life of sessions, good and bad, at a gate that logs all it can."""
    with daily_life.of(world, tmp_path, *FORMS[request.param]) as play:
        yield play


def test_no_secret_is_in_a_log_a_metric_or_a_page(life: Play) -> None:
    assert leaks(life) == []
    kinds = {value.partition("-")[0] for value in life.idp.given}
    assert kinds >= {"code", "access", "refresh"}, "the search knows what it looks for"
    assert len(secrets_of(life)) > 60
    shown = dict(printed(life))
    assert "state_mismatch" in shown["the log"]
    assert '"event":"session_renewed"' in shown["the audit"]


def test_a_secret_that_is_printed_would_be_found(life: Play) -> None:
    life.idp.given.add("id_token_rejected")
    assert leaks(life)


def test_the_codes_and_tokens_stand_in_no_address_that_a_page_tells_on(life: Play) -> None:
    for answer in life.answers:
        is_page = answer.get("content-type").startswith("text/html") or answer.get("location")
        assert not is_page or answer.get("referrer-policy") == "no-referrer", answer.raw


def test_only_the_application_is_told_the_tokens(life: Play) -> None:
    told = [r for r in life.upstream_requests() if r.get("x-forwarded-access-token")]
    assert told, "the application is told, where options ask for it"
    tokens = [one for one in life.idp.given if one.startswith(("access-", "refresh-"))]
    for answer in life.answers:
        shown = answer.raw.decode("latin-1") + answer.text
        assert not [one for one in tokens if one in shown]


def test_the_process_itself_shows_no_secret_that_came_from_a_file(
    world: World, tmp_path: Path
) -> None:
    with Provider(client_secret="canary-client-secret") as idp:  # in real time, as the process is
        port = free_port()
        own = [f"--http-address={LOOPBACK}:{port}", "--drain-delay=0s"]
        flags = [*own, *honest_flags(idp, world.upstream, tmp_path), *daily_life.FLAGS]
        process = Process([sys.executable, "-m", "sidegate", "serve", *flags])
        process.wait_until(lambda: "was discovered" in process.output, 20, "the gate to be ready")
        browser = Browser(port)
        started = browser.get("/deep")
        back = idp.authorize(started.get("location"), "alice@example.com")
        assert browser.get(f"{CALLBACK}?{urlencode(back.parameters)}").status == 302
        browser.close()
        proc = Path(f"/proc/{process.child.pid}")
        shown = b"".join((proc / name).read_bytes() for name in ("cmdline", "environ"))
        assert process.end() == 0
        texts = [shown.decode("utf-8", "replace"), process.output]
        process.forget()
        secrets = {*idp.given, idp.client_secret, COOKIE_SECRET}
        assert [one for one in secrets for text in texts if one in text] == []
