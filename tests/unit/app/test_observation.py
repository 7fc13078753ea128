"""What the parts report arrives in the right log and the right counter, without secrets."""

from collections.abc import Iterator

import pytest

from sidegate.app.observation import Observation, redactor_of
from sidegate.core.errors import BadRequest, SidegateError, UpstreamUnreachable
from sidegate.core.messages import Exchange
from sidegate.core.secret import Secret
from tests.kit.gate import NOW
from tests.unit.app.conftest import MakeSettings
from tests.unit.login.fakes import a_session, exchange


@pytest.fixture
def seen(settings: MakeSettings) -> Iterator[Observation]:
    observation = Observation(settings("--logging-level=debug"), lambda: NOW)
    yield observation
    observation.close()


def finished(target: str = "/app?x=1") -> Exchange:
    made = exchange(target)
    made.head.minor = 1
    made.status, made.user, made.route = 200, "alice@example.com", "/"
    return made


def told(seen: Observation, capfd: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """Return what was written to standard output and standard error."""
    seen.close()
    printed = capfd.readouterr()
    return printed.out, printed.err


def test_a_finished_request_is_logged_and_counted(
    seen: Observation, capfd: pytest.CaptureFixture[str]
) -> None:
    seen.exchange(finished())
    out, _ = told(seen, capfd)
    assert out.count("\n") == 1
    assert "alice@example.com" in out
    assert seen.metrics.requests["GET", "/", 200].count == 1


@pytest.mark.parametrize("path", ["/ping", "/ready"])
def test_probes_are_not_counted(seen: Observation, path: str) -> None:
    seen.exchange(finished(path))
    assert seen.metrics.requests == {}


def test_each_step_of_a_sign_in_has_its_counter(
    seen: Observation, capfd: pytest.CaptureFixture[str]
) -> None:
    made = finished("/oauth2/callback?code=s3cret-code&state=s3cret-state")
    seen.sign_in("attempt", made, "", "", "")
    seen.sign_in("failure", made, "state_mismatch", "", "the cookie says otherwise")
    seen.sign_in("success", made, "", "alice@example.com", "")
    seen.sign_in("sign_out", made, "", "alice@example.com", "")
    metrics = seen.metrics
    assert (metrics.attempts, metrics.sessions_started) == (1, 1)
    assert metrics.failures["state_mismatch"] == 1
    out, _ = told(seen, capfd)
    assert len(out.splitlines()) == 4
    assert "reason=state_mismatch" in out
    assert "s3cret" not in out


def test_a_token_that_is_refused_is_counted_and_the_reason_can_be_read(
    seen: Observation, capfd: pytest.CaptureFixture[str]
) -> None:
    made = finished()
    seen.sign_in("token_accepted", made, "", "robot", "")
    seen.sign_in("token_refused", made, "bearer_rejected", "", "payload of the JWT: not JSON")
    seen.sign_in("token_refused", made, "provider_unavailable", "", "https://idp.test: refused")
    assert seen.metrics.failures["bearer_rejected"] == 1
    assert seen.metrics.failures["provider_unavailable"] == 1
    out, _ = told(seen, capfd)
    assert "token accepted" in out
    assert "payload of the JWT: not JSON" in out


def test_a_failed_renewal_is_counted_by_its_code(
    seen: Observation, capfd: pytest.CaptureFixture[str]
) -> None:
    seen.refresh_failed("grant_rejected", a_session())
    assert seen.metrics.refresh_errors["grant_rejected"] == 1
    assert "reason=grant_rejected" in "".join(told(seen, capfd))


def test_what_failed_behind_a_sign_in_or_a_renewal_is_told(
    seen: Observation, capfd: pytest.CaptureFixture[str]
) -> None:
    seen.refresh_incomplete("provider_unavailable")
    seen.sign_in("success", finished(), "", "alice", "provider_misbehaved")
    lines = "".join(told(seen, capfd))
    assert "reason=provider_unavailable" in lines
    assert "detail=provider_misbehaved" in lines


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (UpstreamUnreachable("refused"), "warn"),
        (SidegateError("bug"), "error"),
        (BadRequest("odd"), "debug"),
    ],
)
def test_an_error_is_logged_by_whose_fault_it_is(
    seen: Observation, capfd: pytest.CaptureFixture[str], error: SidegateError, level: str
) -> None:
    seen.error(error, finished())
    printed = "".join(told(seen, capfd))
    assert level in printed.lower()
    assert str(error) in printed
    assert "req-1" in printed


def test_an_error_before_there_was_a_request_is_logged_too(
    seen: Observation, capfd: pytest.CaptureFixture[str]
) -> None:
    seen.error(BadRequest("odd"), None)
    assert "odd" in "".join(told(seen, capfd))


def test_the_secrets_of_the_configuration_never_appear(
    seen: Observation, capfd: pytest.CaptureFixture[str]
) -> None:
    seen.log.error("client-s3cret 0123456789abcdef0123456789abcdef")
    seen.error(UpstreamUnreachable("a client-s3cret b"), finished("/x?y=client-s3cret"))
    printed = "".join(told(seen, capfd))
    assert "client-s3cret" not in printed
    assert "0123456789abcdef" not in printed


def test_a_line_break_of_a_stranger_makes_no_line(
    seen: Observation, capfd: pytest.CaptureFixture[str]
) -> None:
    seen.error(BadRequest("a\r\nforged line\u2028another"), finished())
    printed = "".join(told(seen, capfd))
    assert len(printed.splitlines()) == 1


def test_logouts_that_providers_tell_of_are_logged_and_are_no_failed_sign_ins(
    seen: Observation, capfd: pytest.CaptureFixture[str]
) -> None:
    made = finished("/oauth2/backchannel-logout")
    seen.sign_in("backchannel_logout", made, "", "sub-1", "sid-of-the-provider")
    seen.sign_in("logout_refused", made, "logout_token_rejected", "", "no jti")
    out, _ = told(seen, capfd)
    assert "backchannel logout" in out
    assert "sid-of-the-provider" not in out
    assert "logout refused" in out
    assert not any(seen.metrics.failures.values())


def test_a_changed_file_is_logged_and_counted_whatever_became_of_it(
    seen: Observation, capfd: pytest.CaptureFixture[str]
) -> None:
    seen.metrics.watch_file("htpasswd_file", NOW - 100)
    seen.reloaded("htpasswd_file", False, "line 3 is not USER:HASH")
    assert seen.metrics.reloaded_at == {"htpasswd_file": NOW - 100}
    seen.reloaded("htpasswd_file", True, "")
    assert seen.metrics.reloaded_at == {"htpasswd_file": NOW}
    assert seen.metrics.reloads == {
        ("htpasswd_file", "success"): 1,
        ("htpasswd_file", "failure"): 1,
    }
    out, _ = told(seen, capfd)
    refused, taken = out.splitlines()
    assert "line 3 is not USER:HASH" in refused
    assert "level=warning" in refused
    assert "taken over" in taken


def test_a_secret_that_came_later_is_masked_too(
    seen: Observation, capfd: pytest.CaptureFixture[str]
) -> None:
    seen.learn([Secret("a-later-s3cret"), Secret(b"bytes-later-s3cret")])
    seen.log.info("said", detail="a-later-s3cret and bytes-later-s3cret, client-s3cret")
    out, _ = told(seen, capfd)
    assert "s3cret" not in out


@pytest.mark.parametrize(
    ("option", "secret"),
    [
        ("redis-password", "canary-of-redis"),
        ("redis-connection-url", "redis://:canary-of-redis@127.0.0.1:6379"),
        ("erasure-request-secret", "whsec_" + "Y2FuYXJ5" * 5),
        ("client-secret", "canary-of-the-client"),
        ("cookie-secret", "Y2FuYXJ5" * 5 + "Y2E="),
    ],
)
def test_every_secret_of_the_configuration_is_masked(
    settings: MakeSettings, option: str, secret: str
) -> None:
    on = ("--session-store-type=redis", "--redis-connection-url=redis://127.0.0.1:6379")
    more = on[: 1 if "url" in option else 2] if option.startswith("redis") else ()
    redactor = redactor_of(settings(*more, f"--{option}={secret}"))
    assert "anary" not in redactor.text(f"somebody said {secret}")
    assert "Y2FuYXJ5" not in redactor.text(f"somebody said {secret}")


def test_what_was_closed_because_its_session_ended_is_told(
    seen: Observation, capfd: pytest.CaptureFixture[str]
) -> None:
    made = finished("/ws")
    made.reason = "session_ended"
    seen.exchange(made)
    out, err = told(seen, capfd)
    (line,) = [line for line in (out + err).splitlines() if "session_ended" in line]
    assert "alice@example.com" in line
