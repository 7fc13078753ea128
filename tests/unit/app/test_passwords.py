"""The parts of password sign-in are made where there is a file of users, and only there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sidegate.app.passwords import PasswordParts
from sidegate.core.errors import ConfigurationError
from tests.kit.gate import proxy, request
from tests.kit.wire import Wire

P1 = "{SHA}t49XZhHsBvlq88plTCIXKl10bEA="
SCRIPT = """
import sys, tests.kit.gate as kit
kit.proxy(*sys.argv[1:])
heavy = ("bcrypt", "sidegate.app.passwords", "sidegate.config.password_file")
print(*[name for name in heavy if name in sys.modules])
"""


def test_a_file_that_went_since_the_settings_were_read_stops_the_start(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text(f"u1:{P1}\n")
    base = proxy(f"--htpasswd-file={users}").base
    users.unlink()
    with pytest.raises(ConfigurationError) as raised:
        PasswordParts(base.settings, base.observation, base.clock, base.spawn)
    assert raised.value.mistakes == [f"{users}: No such file or directory"]


def loaded(*flags: str) -> list[str]:
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": f"{root / 'src'}:{root}"}
    command = [sys.executable, "-c", SCRIPT, *flags]
    done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    return done.stdout.split()


def test_what_passwords_need_is_loaded_only_with_a_file_that_needs_it(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text(f"u1:{P1}\n")
    ours = ["sidegate.app.passwords", "sidegate.config.password_file"]
    assert loaded() == []
    assert loaded(f"--htpasswd-file={users}") == ours
    users.write_text("u1:$2y$05$SXWrNM7ldtbRzBvUC3VXyOvUeiUcP45XPwM93P5eeGOEPIiAZmJjC\n")
    assert loaded(f"--htpasswd-file={users}") == ["bcrypt", *ours]


@pytest.mark.parametrize(("flag", "shown"), [("true", True), ("false", False)])
def test_the_form_is_shown_where_it_is_wanted(tmp_path: Path, flag: str, *, shown: bool) -> None:
    users = tmp_path / "users"
    users.write_text(f"u1:{P1}\n")
    gate = proxy(f"--htpasswd-file={users}", f"--display-htpasswd-form={flag}")
    with Wire(gate, refuse=gate.refuse) as wire:
        wire.client_sends(request(b"/"))
        assert (b'name="password"' in wire.client_got().body) is shown
        body = b"username=u1&password=p1"
        form = b"Content-Type: application/x-www-form-urlencoded"
        length = b"Content-Length: %d" % len(body)
        wire.client_sends(request(b"/oauth2/sign_in", form, length, method=b"POST", body=body))
        wire.wait_for_work()
        assert wire.client_got().status == 302
