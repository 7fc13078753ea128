"""What all tests share: which real parts are here, and an honest account of what did not run.

`@pytest.mark.needs("keycloak")` skips a test whose part could not be had and says so at the end,
with the reason. Under `CI=true` nothing may be left out: the run fails instead.
"""

import pytest
from hypothesis import settings

from tests.parts import IN_CI, missing_reason

LEFT_OUT: dict[str, list[str]] = {}

# No test judges how fast a machine is: it may be busy.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave a test out, or fail it in CI, when a part that it needs is missing."""
    for marker in item.iter_markers("needs"):
        for part in marker.args:
            reason = missing_reason(part)
            if reason:
                answer = pytest.fail if IN_CI else pytest.skip
                answer(f"needs {part}: {reason}")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember each test that was left out, by reason."""
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        LEFT_OUT.setdefault(reason.removeprefix("Skipped: "), []).append(report.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List what did not run and why, once, in one place."""
    if not LEFT_OUT:
        return
    terminalreporter.write_line("")
    terminalreporter.write_line("Not run here:")
    for reason, tests in sorted(LEFT_OUT.items()):
        terminalreporter.write_line(f"  {len(tests)} tests: {reason}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail in CI when anything was left out."""
    if IN_CI and LEFT_OUT and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
