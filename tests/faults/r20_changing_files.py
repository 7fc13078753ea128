"""Mounted files are swapped a hundred times under load, as Kubernetes does it; some are broken."""

import hashlib
import shutil
import signal
import ssl
from base64 import b64encode
from pathlib import Path

import trustme

from tests.conformance.browser import Browser, Wire
from tests.faults.fault import Fault, Outcome
from tests.faults.load import asking
from tests.faults.stage import Gate, Stage
from tests.integration.processes import LOOPBACK, free_port

SWAPS = 100
BROKEN = 4  # every fourth set of files is broken
FILES = ("authenticated_emails_file", "htpasswd_file", "tls_cert_file")


class Mount:
    """A mounted folder whose files change all at once: a link in the middle of the path moves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "mount"
        self.folder.mkdir()
        self.authority = trustme.CA()
        self.number = 0
        for name in ("emails", "users", "cert", "key"):
            (self.folder / name).symlink_to(Path("..data") / name)

    def swap(self, *, broken: bool = False) -> None:
        """Show the next set of files."""
        old, self.number = self.number, self.number + 1
        data = self.folder / f"..{self.number}"
        data.mkdir()
        made = self.authority.issue_cert("localhost")
        other = self.authority.issue_cert("localhost")
        digest = b64encode(hashlib.sha1(b"p", usedforsecurity=False).digest()).decode()
        emails = '"alice@list.test' if broken else f"alice@list.test\n{self.number}@c.d\n"
        (data / "emails").write_text(emails)
        users = f"u1:{{SHA}}{digest}\nu{self.number}:{{SHA}}{digest}\n"
        (data / "users").write_text(users[:50] if broken else users)
        made.cert_chain_pems[0].write_to_path(str(data / "cert"))
        (other if broken else made).private_key_pem.write_to_path(str(data / "key"))
        link = self.folder / "..new"
        link.symlink_to(data.name)
        link.rename(self.folder / "..data")
        shutil.rmtree(self.folder / f"..{old}", ignore_errors=True)


def play(stage: Stage) -> Outcome:
    """Swap under load; a broken set must change nothing."""
    provider, mount, port = stage.provider(), Mount(stage.folder), free_port()
    mount.swap()
    gate = stage.gate_of(
        provider,
        "--email-domain=nobody.test",
        f"--authenticated-emails-file={mount.folder / 'emails'}",
        f"--htpasswd-file={mount.folder / 'users'}",
        f"--https-address={LOOPBACK}:{port}",
        f"--tls-cert-file={mount.folder / 'cert'}",
        f"--tls-key-file={mount.folder / 'key'}",
    )
    people = [_over_tls(stage.sign_in(gate.port, provider, "alice@list.test")) for _ in range(4)]
    for person in people:
        person.port = port
    programs = [Browser(gate.port) for _ in range(4)]
    shown = set()
    cpu = gate.cpu()
    with asking(people, 100) as by_cookie, asking(programs, 100, ask=_by_password) as by_password:
        for number in range(1, SWAPS + 1):
            broken = number % BROKEN == 0
            before = _counts(gate, broken=broken)
            mount.swap(broken=broken)
            gate.process.child.send_signal(signal.SIGHUP)
            stage.until(
                lambda: min(_counts(gate, broken=broken)) > min(before),  # noqa: B023 - waited for here
                10,
                f"swap {number} to be noticed",
            )
            shown.add(_certificate(port))
    failed = by_cookie.failed + by_password.failed
    good = SWAPS - SWAPS // BROKEN
    counted = _counts(gate, broken=False) + _counts(gate, broken=True)
    asked = by_cookie.count + by_password.count
    return Outcome(
        f"{SWAPS} swaps, {SWAPS // BROKEN} broken: sessions over TLS {by_cookie}; passwords "
        f"{by_password}; certificates shown {len(shown)}; taken over and refused, by file "
        f"{counted}; {1000 * (gate.cpu() - cpu) / asked:.1f} ms CPU a request, with handshakes",
        failed == 0
        and len(shown) == good
        and counted == [good] * len(FILES) + [SWAPS // BROKEN] * len(FILES),
    )


def _over_tls(browser: Browser) -> Browser:
    browser.close()
    browser.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    browser.tls.check_hostname = False
    browser.tls.verify_mode = ssl.CERT_NONE
    return browser


def _by_password(browser: Browser) -> int:
    credentials = b64encode(b"u1:p").decode()
    return browser.get("/x", ("Authorization", f"Basic {credentials}")).status


def _counts(gate: Gate, *, broken: bool) -> list[int]:
    outcome = "failure" if broken else "success"
    total = "sidegate_reloads_total"
    return [int(gate.metric(total, file=name, outcome=outcome)) for name in FILES]


def _certificate(port: int) -> bytes | None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    wire = Wire(port, tls=context)
    found = wire.socket.getpeercert(binary_form=True)
    wire.close()
    return found


FAULT = Fault(
    "R-20",
    "100 swaps of emails, htpasswd and certificate (Kubernetes' ..data), a quarter broken",
    "200 rps, 0 errors; new or old, never half; broken ones are counted and change nothing",
    play,
)
