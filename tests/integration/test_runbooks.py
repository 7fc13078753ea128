"""What a runbook says to type shows something while there is cause for its alert.

The commands are those of the pages, word by word, but for where things are: the addresses of the
gate, of the provider and of Redis, the folder of the configuration, and the log, which kubectl
would fetch. What asks the cluster itself (`kubectl get`, `describe`, `top`) is not typed.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from tests.architecture.source import named
from tests.conformance.browser import Browser
from tests.conformance.provider import Provider
from tests.conformance.provider.answers import Canned
from tests.faults.stage import Stage
from tests.integration.operating import Place
from tests.integration.processes import LOOPBACK, until
from tests.integration.redis_servers import RedisServer
from tests.parts import ROOT

StartTroubled = Callable[..., Place]
pytestmark = pytest.mark.needs("redis")

RUNBOOKS = sorted(
    path for path in (ROOT / "docs/operate/runbooks").glob("*.md") if path.stem != "README"
)
# Where the gate of a runbook is not the one that works; `lost` reaches neither provider nor Redis.
PLACES = {
    "SidegateProviderUnreachable": "lost",
    "SidegateNotReady": "lost",
    "SidegateStoreDown": "lost",
    "SidegateReloadFailed": "broken",
}
# What says with its status that something is wrong, beside the doctor.
FINDS_IT = {"broken": "sidegate config check"}
OF_THE_CLUSTER = re.compile(r"kubectl (?!logs deployment/sidegate --since)")
# What the commands bring to light, by the cause that is given here.
SHOWN = {
    "SidegateAuthenticationFailures": r"\[AuthFailure\] sign-in failed reason=attempt_missing",
    "SidegateCallbackErrors": r"\[AuthError\] sign-in failed reason=provider_unavailable",
    "SidegateConnectionsRefused": r"sidegate_websockets_open 0(?s:.*)limit_connections = ",
    "SidegateCookiesDoNotOpen": r'failures_total\{cookie="session"\} [1-9](?s:.*)cookie_name = ',
    "SidegateNotReady": r"^store\nprovider\n",
    "SidegateProviderUnreachable": r"provider_unreachable",
    "SidegateRefreshesPostponed": r"a session was not renewed reason=provider_unavailable",
    "SidegateReloadFailed": r"was not taken over(?s:.*)file=cookie_secret_file(?s:.*)not 32 bytes",
    "SidegateRuleRefusals": r'sidegate_rule_refusals_total\{rule="closed"\} 1',
    "SidegateServerErrors": r'"/dead/" HTTP/1.1 "[^"]*" 502 ',
    "SidegateStoreDown": r"redis_unreachable",
    "SidegateTokenRefreshErrors": r"a session was not renewed reason=provider_unavailable",
}
# Keys are asked for anew each hour: that nobody waits for.
TOO_LATE = 'grep "was not asked anew"'


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage() as made:
        yield made


@pytest.fixture(scope="module")
def lost(stage: Stage) -> Iterator[Place]:
    """Give a gate that reaches nobody."""
    place = Place(stage, f"http://{LOOPBACK}:1", f"redis://{LOOPBACK}:1")
    for words in ("sessions cannot be kept in Redis", "the provider was not discovered"):
        place.process.wait_until(lambda sought=words: sought in place.process.output, 30, words)
    yield place
    place.end()


@pytest.fixture(scope="module")
def started(stage: Stage) -> Iterator[StartTroubled]:
    """Start gates that work, each after all the causes of alerts about requests."""
    with ExitStack() as ending:

        def start(**options: object) -> Place:
            redis, provider = RedisServer(), stage.provider()
            ending.callback(redis.end)
            place = Place(
                stage,
                provider.issuer,
                redis.url,
                provider.client_secret,
                client_id=provider.client_id,
                cookie_refresh="1s",
                upstreams=[f"{stage.application.url}/", f"http://{LOOPBACK}:1/dead/"],
                skip_auth_routes=["^/dead/"],
                **options,
            )
            ending.callback(place.end)
            place.process.wait_until(place.gate.is_ready, 30, "the gate to be ready")
            trouble(stage, place, provider)
            return place

        yield start


@pytest.fixture(scope="module")
def troubled(started: StartTroubled) -> Place:
    """Give one of them."""
    return started()


@pytest.fixture
def broken(troubled: Place) -> Iterator[Place]:
    """Give that gate after somebody broke the file of its cookie secret."""
    file = troubled.folder / "cookie-secret"
    before = file.read_text()
    file.write_text("broken")
    until(lambda: "was not taken over" in troubled.process.output, 20, "the broken file to be told")
    yield troubled
    file.write_text(before)


def trouble(stage: Stage, place: Place, provider: Provider) -> None:
    """Give cause for alerts, one after the other."""
    gate = place.gate
    alice = stage.sign_in(gate.port, provider)
    assert alice.get("/closed").status == 403
    visitor = Browser(gate.port)
    assert visitor.get("/oauth2/callback?state=12345678&code=x").status == 403
    assert visitor.get("/dead/").status == 502
    visitor.close()
    cookie = {"Cookie": "_oauth2_proxy=made-up"}
    httpx.get(f"http://{LOOPBACK}:{gate.port}/", headers=cookie)
    provider.answers["token"] = Canned(503)
    started = (browser := Browser(gate.port)).get("/oauth2/start?rd=/")
    back = provider.authorize(started.get("location"), "alice@example.com")
    assert browser.get(f"/oauth2/callback?{urlencode(back.parameters)}").status >= 500
    browser.close()

    def refused() -> float:
        alice.get("/")
        return gate.metric("oauth2_proxy_token_refresh_errors_total")

    until(refused, 20, "a session not to be renewed")
    until(lambda: "was not renewed" in place.process.output, 20, "that to be in the log")
    del provider.answers["token"]


def commands(page: Path) -> list[str]:
    """Return the commands of a runbook that can be typed here."""
    text = page.read_text().partition("\n## Commands\n")[2]
    lines = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)[0].splitlines()
    return [line for line in lines if not OF_THE_CLUSTER.match(line) and TOO_LATE not in line]


@pytest.mark.parametrize("page", RUNBOOKS, ids=named)
def test_every_command_of_a_runbook_shows_what_its_alert_is_about(
    page: Path, request: pytest.FixtureRequest
) -> None:
    which = PLACES.get(page.stem, "troubled")
    place: Place = request.getfixturevalue(which)
    told = ""
    for command in commands(page):
        done = place.types(command)
        told += done.stdout
        said = f"{command}\n{done.stdout}{done.stderr}"
        assert done.stdout + done.stderr, command
        if command.startswith(("sidegate doctor", FINDS_IT.get(which, "sidegate doctor"))):
            assert done.returncode == 1, said
        else:
            assert done.returncode == 0 or (which == "lost" and "|" not in command), said
    assert re.search(SHOWN.get(page.stem, ""), told), told


def test_with_json_the_words_of_the_index_find_the_same(started: StartTroubled) -> None:
    place = started(logging_format="json")
    index = (ROOT / "docs/operate/runbooks/README.md").read_text()
    rows = dict(re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|$", index, re.MULTILINE))
    sought = {
        words
        for page in RUNBOOKS
        for words in re.findall(r"kubectl logs .* grep (.+)", page.read_text())
        if words not in {'"was not asked anew"', '"was not taken over"', "Redis"}
    }
    assert {word.strip("'") for word in sought} > set(rows)
    for words in sought:
        found = rows.get(words.strip("'"))
        command = f"kubectl logs deployment/sidegate --since=15m | grep {words}"
        if found is not None:
            command = command.replace(words, f"'{found}'")
        done = place.types(command)
        assert done.returncode == 0, command
        assert all("log" in json.loads(line) for line in done.stdout.splitlines())
