"""Somebody signs in at two gates with one Redis, sees both sessions, and ends one of them."""

import base64
import hashlib
import hmac
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from tests.integration.people import Person
from tests.integration.processes import until
from tests.integration.providers import OidcProvider
from tests.integration.test_redis_gate import PASSWORD, Replicas

pytestmark = pytest.mark.needs("redis", "oidc-provider")
KEY = "canary-of-the-webhook-0123456789"
TOKEN = re.compile(r'name="token" value="([^"]+)"')


class Desk:
    """Takes requests for erasure. `status`: what it answers."""

    def __init__(self) -> None:
        desk = self
        self.status = 204
        self.got: list[tuple[dict[str, str], bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                desk.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(desk.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/erasure"
        self._thread = threading.Thread(target=self.server.serve_forever)
        self._thread.start()

    def end(self) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.end()


@pytest.fixture(scope="module")
def replicas(
    tmp_path_factory: pytest.TempPathFactory, oidc_provider: OidcProvider, desk: Desk
) -> Iterator[Replicas]:
    folder = tmp_path_factory.mktemp("account")
    (folder / "webhook").write_text(KEY)
    more = (
        f"--erasure-request-url={desk.url}",
        f"--erasure-request-secret-file={folder / 'webhook'}",
        "--session-idle-timeout=1h",
        "--email-domain=example.com",
        "--email-domain=partner.example",
    )
    with ExitStack() as stack:
        gates = Replicas(stack, folder, oidc_provider, *more)
        for gate in gates.gates:
            gate.canaries.add(KEY)
        yield gates


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def page(replicas: Replicas, person: Person, number: int = 0, query: str = "") -> httpx.Response:
    return replicas.ask(number, person, f"/oauth2/account{query}")


def send(replicas: Replicas, person: Person, **form: str) -> httpx.Response:
    url = f"{replicas.gates[0].url}/oauth2/account"
    return person.http.post(url, data=form, headers={"Sec-Fetch-Site": "same-origin"})


def everything_in_redis(replicas: Replicas) -> str:
    return replicas.server.ask("--scan", password=PASSWORD)


def test_both_sessions_are_listed_and_the_other_one_ends(
    replicas: Replicas, stack: ExitStack
) -> None:
    here, there = replicas.person(stack), replicas.person(stack)
    document = page(replicas, here, 1, "?download").json()
    places = document["sessions"]
    assert [place["this"] for place in places].count(True) == 1
    assert document["sessions_are_all"]
    assert all(place["used_at"] for place in places)
    shown = page(replicas, here, 1)
    assert shown.headers["cache-control"].startswith("no-cache, no-store")
    others = page(replicas, there, 1, "?download").json()["sessions"]
    (name,) = [place["name"] for place in others if place["this"]]
    token = TOKEN.search(shown.text)
    assert token
    done = send(replicas, here, do="end", session=name, token=token[1])
    assert "That session has ended." in done.text
    until(lambda: replicas.ask(1, there).status_code == 403, 3, "the other gate to hear of it")
    assert page(replicas, there).status_code == 403
    assert page(replicas, here).status_code == 200
    left = page(replicas, here, 0, "?download").json()["sessions"]
    assert name not in [place["name"] for place in left]


def test_nobody_ends_the_session_of_somebody_else(replicas: Replicas, stack: ExitStack) -> None:
    alice = replicas.person(stack)
    bob = stack.enter_context(replicas.gates[0].person("bob"))
    assert bob.sign_in().text == "hello from /"
    (name,) = [
        place["name"]
        for place in page(replicas, alice, 0, "?download").json()["sessions"]
        if place["this"]
    ]
    assert name not in page(replicas, bob).text
    assert "had ended already" in send(replicas, bob, do="end", session=name).text
    assert replicas.ask(1, alice).status_code == 200


def test_a_request_for_erasure_arrives_signed_or_is_said_to_have_failed(
    replicas: Replicas, stack: ExitStack, desk: Desk
) -> None:
    person = replicas.person(stack)
    desk.status = 500
    for status, said in (
        (500, "was not passed on"),
        (302, "was not passed on"),
        (204, "passed on"),
    ):
        desk.status = status
        asked = send(replicas, person, do="ask")
        token = TOKEN.search(asked.text)
        assert token
        done = send(replicas, person, do="erase", token=token[1])
        assert said in done.text
        assert done.status_code == (200 if status == 204 else 503)
    headers, body = desk.got[-1]
    assert headers["webhook-id"] in done.text
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(KEY.encode(), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert json.loads(body)["data"]["email"] == "alice@example.com"
    assert len(desk.got) == 3


def test_operators_tell_and_erase_what_redis_holds(replicas: Replicas, stack: ExitStack) -> None:
    person = replicas.person(stack)
    flags = (*replicas.flags, "--user=alice@example.com")
    command = [sys.executable, "-m", "sidegate", "privacy"]
    told = subprocess.run([*command, "export", *flags], capture_output=True, text=True, check=True)
    sessions = json.loads(told.stdout)["sessions"]
    assert sessions
    assert {one["email"] for one in sessions} == {"alice@example.com"}
    done = subprocess.run([*command, "erase", *flags], capture_output=True, text=True, check=True)
    assert len(json.loads(done.stdout)["sessions"]["ended"]) == len(sessions)
    until(lambda: replicas.ask(1, person).status_code == 403, 3, "the other gate to hear of it")
    for one in sessions:
        assert one["session"] not in everything_in_redis(replicas)
    again = subprocess.run([*command, "export", *flags], capture_output=True, text=True, check=True)
    assert json.loads(again.stdout)["sessions"] == []


def test_no_token_is_in_the_page_or_the_document(
    replicas: Replicas, stack: ExitStack, oidc_provider: OidcProvider
) -> None:
    del oidc_provider
    person = replicas.person(stack)
    answers = [page(replicas, person), page(replicas, person, 0, "?download")]
    for answer in answers:
        assert answer.status_code == 200
        for canary in (*replicas.gates[0].canaries, *dict(person.cookies).values()):
            assert canary not in answer.text
