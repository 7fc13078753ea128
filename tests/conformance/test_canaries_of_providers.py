"""Nothing secret is printed, whoever vouches for people, and whatever comes back from there.

Each provider is asked with its own secrets: tokens of people, keys and tokens of machines. At each
call of a sign-in in turn it begins to send back all that it was told, in answers of every kind.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc.jwk import ECKey, RSAKey

from sidegate.providers.google import GOOGLE
from tests.conformance.attacks import CALLBACK
from tests.conformance.browser import Answer, Browser
from tests.conformance.exercise import found_in, shown_by
from tests.conformance.gates import COOKIE_SECRET, METRICS, Gate, wait_ready
from tests.conformance.provider import Back, Call, Canned, Provider
from tests.conformance.provider.entra import ONE, Account, Entra
from tests.conformance.provider.github import GitHub, Person
from tests.conformance.provider.gitlab import GitLab
from tests.conformance.provider.google import Google
from tests.conformance.world import World

HOUR = 3600.0
PARROTS = [(200, "json"), (401, "json"), (403, "html")]
ALICE = {"sub": "1", "email": "alice@example.com", "email_verified": True}
MACHINE_TOKEN = "canary-token-of-somebody-who-lists"
FEDERATED = f"eyJhbGciOiJSUzI1NiJ9.{'canary' * 12}.{'federated' * 8}"
SECRET_FIELDS = ("code", "code_verifier", "client_secret", "client_assertion", "assertion")
SERVICE_KEY = RSAKey.generate_key(2048)


@dataclass
class Case:
    """A gate, the provider it asks, and how somebody signs in there."""

    site: Any
    flags: tuple[str, ...]
    authorize: Callable[[str], Back]
    environment: tuple[tuple[str, str], ...] = ()
    secrets: set[str] = field(default_factory=set)


def of_github(world: World, folder: Path) -> Case:
    site = GitHub(world.clock)
    mails = {"octo@example.com": (True, True)}
    site.people = {"octocat": Person(1, mails, ["acme"], ["acme:dev"]), "lister": Person(2)}
    site.repos = {"acme/wiki": {"private": True, "permissions": {"push": True}}}
    site.collaborators["acme/wiki"] = {"octocat", "lister"}
    site.tokens[MACHINE_TOKEN] = "lister"
    token = folder / "token"
    token.write_text(MACHINE_TOKEN)
    flags = (
        "--provider=github",
        f"--login-url={site.issuer}/login/oauth/authorize",
        "--github-org=acme",
        "--github-repo=acme/wiki",
        f"--github-token-file={token}",
    )
    return Case(site, flags, lambda url: site.authorize(url, "octocat"), (), {MACHINE_TOKEN})


def of_gitlab(world: World, _: Path) -> Case:
    site = GitLab(world.clock)
    site.levels = {"company/wiki": 30}
    flags = ("--provider=gitlab", "--gitlab-group=company", "--gitlab-project=company/wiki=30")
    person = {**ALICE, "nickname": "alice"}
    told = {"userinfo": {"groups": ["company"]}}
    return Case(site, flags, lambda url: site.authorize(url, person, told))  # type: ignore[arg-type] # a mutation


def of_entra(world: World, folder: Path) -> Case:
    site = Entra(world.clock)
    many = [f"g{number}" for number in range(5)]
    site.people = {"carol": Account(ONE, {"email": "carol@example.com"}, many)}
    site.assertion = FEDERATED
    token = folder / "federated"
    token.write_text(FEDERATED)
    flags = (
        "--provider=entra-id",
        f"--oidc-issuer-url={site.of(ONE)}",
        "--allowed-group=g4",
        "--entra-id-federated-token-auth",
        "--client-secret-file=",
    )
    environment = (("AZURE_FEDERATED_TOKEN_FILE", str(token)),)
    return Case(site, flags, lambda url: site.authorize(url, "carol"), environment, {FEDERATED})


def of_google(world: World, folder: Path) -> Case:
    site = Google(SERVICE_KEY)
    site.clock = world.clock
    site.members = {"staff@example.com": {"alice@example.com"}}
    pem = SERVICE_KEY.as_pem(private=True).decode()
    account = {"type": "service_account", "client_email": "s@project.example"}
    file = folder / "account.json"
    file.write_text(json.dumps({**account, "private_key_id": "k1", "private_key": pem}))
    flags = (
        "--provider=google",
        "--google-group=staff@example.com",
        "--google-admin-email=root@example.com",
        f"--google-service-account-json={file}",
    )

    def authorize(url: str) -> Back:
        there = url.replace(GOOGLE.authorization_endpoint, f"{site.issuer}/authorize")
        return site.authorize(there, {**ALICE, "hd": "example.com"})

    secrets = {"ya29.admin", *pem.splitlines()[1:-1]}
    return Case(site, flags, authorize, (("GOOGLE_AT", site.issuer),), secrets)


def of_a_key(world: World, folder: Path) -> Case:
    site = Signed(clock=world.clock)
    pem = ECKey.generate_key("P-256").as_pem(private=True).decode()
    file = folder / "key.pem"
    file.write_text(pem)
    flags = (f"--jwt-key-file={file}", "--client-secret-file=")
    lines = set(pem.splitlines()[1:-1])
    return Case(site, flags, lambda url: site.authorize(url, ALICE), (), lines)


class Signed(Provider):
    """Takes any assertion: how it is made is not what is looked at here."""

    def _is_client(self, call: Call) -> bool:
        return call.form.get("client_assertion", "").startswith("eyJ")


CASES = [of_github, of_gitlab, of_entra, of_google, of_a_key]


@dataclass
class Stage:
    """Somebody who signs in, again and again, and all that was shown meanwhile."""

    case: Case
    gate: Gate
    mark: int
    answers: list[Answer] = field(default_factory=list)

    def sign_in(self) -> Browser:
        browser = self.gate.browser()
        back = self.case.authorize(self.keep(browser.get("/deep")).get("location"))
        self.case.secrets |= {back["code"], back["state"]}
        self.keep(browser.get(f"{CALLBACK}?{urlencode(back.parameters)}"))
        return browser

    def keep(self, answer: Answer) -> Answer:
        self.answers.append(answer)
        return answer

    def secrets(self) -> set[str]:
        """Return what was planted, what went over the wire, and what lies in cookies."""
        known = {COOKIE_SECRET, self.case.site.client_secret, *self.case.secrets}
        known |= set(getattr(self.case.site, "given", ()))
        for call in self.case.site.calls:
            known |= {call.form[name] for name in SECRET_FIELDS if name in call.form}
            known |= {call.fields.get("authorization", "").partition(" ")[2]}
            known |= {value for name, value in call.form.items() if name.endswith("token")}
        for answer in self.answers:
            pairs = (line.partition(";")[0].partition("=") for line in answer.all("set-cookie"))
            known |= {value for _, _, value in pairs if len(value) > 20}
        return known - {""}

    def shown(self) -> Iterator[tuple[str, str]]:
        yield "the log", self.gate.said_all()[self.mark :]
        yield "the metrics", self.gate.scrape()
        for answer in self.answers:
            yield from shown_by(answer)


def parrot_after(site: Any, honest: int, status: int, kind: str) -> None:
    """Let a provider answer some calls, and send back what it is told from then on."""
    usual = type(site).answer
    left = iter(range(honest))

    def answer(call: Call) -> Canned:
        if next(left, None) is not None:
            return usual(site, call)  # type: ignore[no-any-return] # of any provider
        told = f"{call.fields.get('authorization', '')} {call.body} {call.target}"
        texts = dict.fromkeys(("error", "error_description", "message", "token_type"), told)
        if kind == "json":
            return Canned.json(texts, status)
        return Canned(status, f"<html>{told}</html>".encode(), (("Content-Type", "text/html"),))

    site.answer = answer


@pytest.fixture(params=CASES, ids=lambda make: make.__name__)
def stage(request: pytest.FixtureRequest, world: World, tmp_path: Path) -> Iterator[Stage]:
    case: Case = request.param(world, tmp_path)
    flags = (
        *("--email-domain=*", "--reverse-proxy", "--skip-provider-button", "--cookie-refresh=1h"),
        *("--logging-level=debug", METRICS),
    )
    with case.site:
        gate = world.gate(case.site, *case.flags, *flags, environment=case.environment)
        wait_ready(gate)
        yield Stage(case, gate, len(gate.output))
        gate.hang_up()


def test_no_secret_of_a_provider_is_printed(stage: Stage) -> None:
    site, clock = stage.case.site, stage.gate.nursery.clock
    site.calls.clear()
    browser = stage.sign_in()
    assert stage.answers[-1].status == 302, stage.gate.output[stage.mark :]
    calls = len(site.calls)
    for honest in range(calls):
        for parrot in PARROTS:
            parrot_after(site, honest, *parrot)
            stage.sign_in()
            del site.answer
    clock.offset += HOUR + 5
    parrot_after(site, 0, 400, "json")
    stage.keep(browser.get("/after-an-hour"))
    del site.answer
    assert found_in(stage.shown(), stage.secrets()) == []
    assert len(stage.secrets()) > 2 * calls, "the search knows what it looks for"
