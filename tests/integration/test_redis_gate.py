"""Gates that keep their sessions in Redis: shared by replicas, ended everywhere, never a loop."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.integration.fault_proxy import OK, REFUSE, RESET, SAY, SILENT, FaultProxy
from tests.integration.gates import Gate, start_gate
from tests.integration.people import Person
from tests.integration.processes import free_port, until
from tests.integration.providers import OidcProvider
from tests.integration.redis_servers import RedisServer
from tests.integration.upstream import Upstream

pytestmark = pytest.mark.needs("redis", "oidc-provider")
PASSWORD = "canary-of-redis-7d1f"
ANSWERS = {
    "readonly": b"-READONLY You can't write against a read only replica.\r\n",
    "loading": b"-LOADING Redis is loading the dataset in memory\r\n",
    "oom": b"-OOM command not allowed when used memory > 'maxmemory'.\r\n",
    "noauth": b"-NOAUTH Authentication required.\r\n",
    "wrongpass": b"-WRONGPASS invalid username-password pair or user is disabled.\r\n",
    "nonsense": b"HTTP/1.1 200 OK\r\n\r\n",
}
FAULTS = {"refuse": (REFUSE, b""), "reset": (RESET, b""), "silent": (SILENT, b"")}
FAULTS |= {name: (SAY, words) for name, words in ANSWERS.items()}


class Replicas:
    """Two gates with the same secrets before the same application, over one Redis."""

    def __init__(self, stack: ExitStack, folder: Path, idp: OidcProvider, *more: str) -> None:
        self.server = RedisServer("--requirepass", PASSWORD)
        stack.callback(self.server.end)
        self.proxy = FaultProxy(self.server.port)
        stack.callback(self.proxy.end)
        app = Upstream()
        stack.callback(app.end)
        ports = [free_port(), free_port()]
        client = idp.register(f"http://127.0.0.1:{ports[0]}")
        secret = folder / "shared-secret"
        secret.write_text("0123456789abcdef0123456789abcdef")
        (folder / "redis-password").write_text(PASSWORD)
        flags = (
            f"--upstream={app.url}",
            "--session-store-type=redis",
            f"--redis-connection-url=redis://127.0.0.1:{self.proxy.port}",
            f"--redis-password-file={folder / 'redis-password'}",
            f"--cookie-secret-file={secret}",
            "--logging-level=debug",
            *more,
        )
        self.flags = (
            *flags,
            f"--oidc-issuer-url={client.issuer}",
            f"--client-id={client.client_id}",
            f"--client-secret={client.client_secret}",
            "--email-domain=example.com",
        )
        self.gates: list[Gate] = []
        for port in ports:
            gate = start_gate(folder, port, client, flags)
            gate.canaries.add(PASSWORD)
            stack.callback(gate.end)
            self.gates.append(gate)
        for gate in self.gates:
            gate.wait_ready()

    def person(self, stack: ExitStack) -> Person:
        """Return somebody who signed in at the first gate."""
        person = stack.enter_context(self.gates[0].person("alice"))
        page = person.sign_in()
        assert page.text == "hello from /", page.text
        return person

    def ask(self, number: int, person: Person, path: str = "/x") -> httpx.Response:
        """Return what a gate answers to this browser, without following where it leads."""
        url = f"{self.gates[number].url}{path}"
        return person.http.get(url, follow_redirects=False)

    def operate(self, *words: str) -> str:
        """Return what `sidegate sessions` prints."""
        command = [sys.executable, "-m", "sidegate", "sessions", *words, *self.flags]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def ready(self, number: int) -> tuple[int, str]:
        answer = httpx.get(f"{self.gates[number].url}/ready")
        return answer.status_code, answer.text


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def replicas(
    tmp_path_factory: pytest.TempPathFactory, oidc_provider: OidcProvider
) -> Iterator[Replicas]:
    with ExitStack() as stack:
        yield Replicas(stack, tmp_path_factory.mktemp("replicas"), oidc_provider)


@pytest.fixture
def mended(replicas: Replicas) -> Iterator[Replicas]:
    """Yield replicas whose Redis works, before the test and after it."""
    yield replicas
    replicas.proxy.set(OK)
    for number in (0, 1):
        until(lambda number=number: replicas.ready(number)[0] == 200, 20, "the gate to be ready")


def test_a_session_of_one_gate_is_known_at_the_other(mended: Replicas, stack: ExitStack) -> None:
    person = mended.person(stack)
    assert mended.ask(1, person).text == "hello from /x"
    (cookie,) = [value for name, value in person.cookies.items() if name == "_oauth2_proxy"]
    assert len(cookie) < 200


def test_who_signs_out_is_signed_out_everywhere(mended: Replicas, stack: ExitStack) -> None:
    person = mended.person(stack)
    copy = dict(person.cookies)
    assert mended.ask(1, person).status_code == 200
    assert mended.ask(0, person, "/oauth2/sign_out").status_code == 302
    gone = lambda: httpx.get(f"{mended.gates[1].url}/x", cookies=copy).status_code == 403  # noqa: E731 - short
    until(gone, 3, "the other gate to hear of it")
    assert httpx.get(f"{mended.gates[0].url}/x", cookies=copy).status_code == 403


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_503_and_never_a_sign_in(mended: Replicas, stack: ExitStack, fault: str) -> None:
    person = mended.person(stack)
    mended.proxy.set(*FAULTS[fault])
    for _ in range(5):
        answer = mended.ask(1, person)  # which has not seen this session
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert "set-cookie" not in answer.headers
        assert "store_unavailable" in answer.text
    assert mended.ask(0, person, "/oauth2/sign_out").status_code == 503
    until(lambda: mended.ready(1) == (503, "store\n"), 10, "the gate to be unready")
    mended.proxy.set(OK)
    until(lambda: mended.ask(1, person).status_code == 200, 10, "the gate to find it again")


def test_a_session_just_seen_is_good_while_redis_is_gone(
    mended: Replicas, stack: ExitStack
) -> None:
    person = mended.person(stack)
    assert mended.ask(1, person).status_code == 200
    mended.proxy.set(SILENT)
    began = time.monotonic()
    while time.monotonic() - began < 7:  # longer than it counts as fresh
        assert mended.ask(1, person).status_code == 200


def test_a_sign_in_that_redis_does_not_take_is_none(mended: Replicas, stack: ExitStack) -> None:
    person = stack.enter_context(mended.gates[0].person("alice"))
    mended.proxy.set(REFUSE)
    page = person.sign_in()
    assert page.status_code == 503, page.text
    assert "_oauth2_proxy" not in person.cookies
    mended.proxy.set(OK)
    until(lambda: mended.ready(0)[0] == 200, 10, "the gate to be ready")
    assert person.sign_in().text == "hello from /"


def test_when_redis_was_emptied_people_sign_in_again(mended: Replicas, stack: ExitStack) -> None:
    person = mended.person(stack)
    mended.server.ask("FLUSHALL", password=PASSWORD)
    until(lambda: mended.ask(0, person).status_code == 403, 10, "the sign-in page")
    assert "_oauth2_proxy" not in person.cookies
    assert person.sign_in().text == "hello from /"


def test_a_silent_redis_piles_nothing_up(mended: Replicas, stack: ExitStack) -> None:
    person = mended.person(stack)
    mended.proxy.set(SILENT)
    until(lambda: mended.ready(1)[0] == 503, 10, "the gate to be unready")
    before = mended.proxy.accepted
    for _ in range(200):
        assert mended.ask(1, person).status_code == 503
    assert mended.proxy.accepted - before < 20


def test_the_server_holds_nothing_that_can_be_read(mended: Replicas, stack: ExitStack) -> None:
    person = mended.person(stack)
    keys = mended.server.ask("--scan", password=PASSWORD).split()
    told = " ".join(keys)
    for key in keys:
        if mended.server.ask("TYPE", key, password=PASSWORD) == "hash":
            told += mended.server.ask("HGETALL", key, password=PASSWORD)
            assert int(mended.server.ask("TTL", key, password=PASSWORD)) > 0
    assert "_oauth2_proxy:s:" in told
    for secret in ("alice", "example.com", *person.seen):
        assert secret not in told


def test_operators_list_show_and_end_sessions(mended: Replicas, stack: ExitStack) -> None:
    person = mended.person(stack)
    assert mended.ask(1, person).status_code == 200
    found = json.loads(mended.operate("list", "--user=alice@example.com", "--json"))
    newest = max(found, key=lambda one: one["created_at"])
    assert (newest["user"], newest["provider"], newest["renewals"]) == ("alice", "oidc", 0)
    assert f"session: {newest['session']}" in mended.operate("show", newest["session"][:12])
    assert newest["session"][:12] in mended.operate("list")
    for told in (mended.operate("list", "--json"), mended.operate("show", "--user=alice")):
        for secret in (PASSWORD, *person.seen):
            assert secret not in told
    assert mended.operate("revoke", "--user=alice") == f"{len(found)} ended\n"
    until(lambda: mended.ask(1, person).status_code == 403, 3, "the gate to hear of it")
    assert json.loads(mended.operate("list", "--json")) == []
