"""Three gates that share sessions, before a certified provider that takes each refresh token once.

A second use of a token would end the session at the provider, and the person would be signed out.
"""

import threading
import time
from collections import Counter
from contextlib import ExitStack

import httpx
import pytest

from tests.integration.gates import start_gate
from tests.integration.processes import free_port, until
from tests.integration.redis_servers import RedisServer
from tests.integration.upstream import Upstream

pytestmark = pytest.mark.needs("redis", "oidc-provider")
ROUNDS, CROWD, DUE = 2, 30, 6.0


def at_once(urls, cookies):
    """Ask at all of these addresses at the same moment; count the statuses."""
    start, seen = threading.Barrier(len(urls)), Counter()

    def ask(url):
        start.wait()
        answer = httpx.get(f"{url}/x", cookies=cookies, timeout=30)
        seen[answer.status_code] += 1

    threads = [threading.Thread(target=ask, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def test_a_token_is_redeemed_once_however_many_ask_at_three_gates(oidc_provider, tmp_path):
    with ExitStack() as stack:
        server = RedisServer()
        stack.callback(server.end)
        app = Upstream()
        stack.callback(app.end)
        ports = [free_port() for _ in range(3)]
        client = oidc_provider.register(f"http://127.0.0.1:{ports[0]}")
        (tmp_path / "shared-secret").write_text("0123456789abcdef0123456789abcdef")
        flags = (
            f"--upstream={app.url}",
            "--session-store-type=redis",
            f"--redis-connection-url={server.url}",
            f"--cookie-secret-file={tmp_path / 'shared-secret'}",
            f"--cookie-refresh={DUE:g}s",
        )
        gates = [start_gate(tmp_path, port, client, flags) for port in ports]
        for gate in gates:
            stack.callback(gate.end)
            gate.wait_ready()
        person = stack.enter_context(gates[0].person("alice"))
        assert person.sign_in().text == "hello from /"
        urls = [gate.url for gate in gates] * (CROWD // 3)
        for _ in range(ROUNDS):
            signed = time.monotonic()
            until(lambda signed=signed: time.monotonic() - signed > DUE, 15, "it to be due")
            before = oidc_provider.count("refresh_token")
            assert at_once(urls, person.cookies) == {200: CROWD}
            assert oidc_provider.count("refresh_token") - before == 1
