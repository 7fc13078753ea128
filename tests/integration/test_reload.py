"""Files of a running gate change, and the gate takes them over without a restart."""

import secrets
import signal
import ssl
from pathlib import Path

import pytest
import trustme

from tests.integration.processes import free_port, until
from tests.integration.wire import Wire

PUBLIC = "--skip-auth-route=^/"


class Mount:
    """A folder as Kubernetes mounts a Secret: all its files change when one link moves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.number = 0

    def show(self, **files: str) -> None:
        self.number += 1
        data = self.folder / f"..{self.number}"
        data.mkdir()
        for name, text in files.items():
            (data / name).write_text(text)
            if not (self.folder / name).is_symlink():
                (self.folder / name).symlink_to(Path("..data") / name)
        link = self.folder / "..new"
        link.symlink_to(data.name)
        link.rename(self.folder / "..data")

    def path(self, name: str) -> Path:
        return self.folder / name


@pytest.fixture
def mount(tmp_path: Path) -> Mount:
    return Mount(tmp_path)


def pair(authority: trustme.CA) -> dict[str, str]:
    made = authority.issue_cert("localhost")
    chain = b"".join(one.bytes() for one in made.cert_chain_pems)
    return {"cert": chain.decode(), "key": made.private_key_pem.bytes().decode()}


def wait_until_told(opened, text: str, times: int) -> None:
    opened.process.wait_until(
        lambda: opened.process.output.count(text) == times, 10, f"the log to tell: {text}"
    )


def test_a_new_certificate_is_shown_and_connections_that_stand_go_on(gate, mount):
    authority, port = trustme.CA(), free_port()
    first, second, third = (pair(authority) for _ in range(3))
    mount.show(**first)
    opened = gate(
        PUBLIC,
        f"--https-address=127.0.0.1:{port}",
        f"--tls-cert-file={mount.path('cert')}",
        f"--tls-key-file={mount.path('key')}",
    )
    context = ssl.create_default_context()
    authority.configure_trust(context)

    def shown() -> str:
        with Wire(port, tls=context) as wire:
            return ssl.DER_cert_to_PEM_cert(wire.socket.getpeercert(binary_form=True)).strip()

    with Wire(port, tls=context) as standing:
        assert standing.got("GET /a").status == 200
        assert first["cert"].strip().startswith(shown())
        mount.show(**second)
        until(lambda: second["cert"].strip().startswith(shown()), 10, "the second certificate")
        assert standing.got("GET /b").status == 200
    mount.show(cert=third["cert"], key=second["key"])
    wait_until_told(opened, "changed file was not taken over", 1)
    assert second["cert"].strip().startswith(shown())


def test_a_signal_has_the_files_read_at_once_and_ends_nothing(gate, mount):
    mount.show(ring=secrets.token_urlsafe(32))
    opened = gate(PUBLIC, f"--cookie-secret-file={mount.path('ring')}")
    for place in (1, 2, 3):
        mount.show(ring="\n".join(secrets.token_urlsafe(32) for _ in range(2)))
        opened.process.child.send_signal(signal.SIGHUP)
        wait_until_told(opened, "2 secrets, 2 new", place)
    with opened.wire() as wire:
        assert wire.got("GET /a").status == 200


def test_rules_of_the_configuration_file_hold_without_a_restart(gate, tmp_path):
    users, config = tmp_path / "users", tmp_path / "gate.toml"
    users.write_text("u1:{SHA}t49XZhHsBvlq88plTCIXKl10bEA=\n")
    rule = '[[rules]]\nname = "r"\npaths = ["/%s"]\nallow = [{ groups = ["staff"] }]\n'
    config.write_text(rule % "one")
    opened = gate(f"--config={config}", f"--htpasswd-file={users}", "--htpasswd-user-group=staff")
    basic = "Authorization: Basic dTE6cDE="

    def status(path: str) -> int:
        with opened.wire() as wire:
            return wire.got(f"GET {path}", basic).status

    assert (status("/one/a"), status("/two/a")) == (200, 403)
    config.write_text("no_such_option = 1\n" + rule % "two")
    wait_until_told(opened, "changed file was not taken over", 1)
    assert (status("/one/a"), status("/two/a")) == (200, 403)
    config.write_text(rule % "two")
    until(lambda: (status("/one/a"), status("/two/a")) == (403, 200), 10, "the new rules")
