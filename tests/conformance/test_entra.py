"""Microsoft Entra ID and Graph over the wire, as Microsoft's documents say that they answer."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.conformance.attacks import CALLBACK
from tests.conformance.browser import Answer, Browser
from tests.conformance.gates import Gate, wait_ready
from tests.conformance.provider import Canned
from tests.conformance.provider.entra import ONE, OTHER, Account, Entra, forbidden, throttled
from tests.conformance.world import World

HOUR = 3600.0
MANY = [f"g{number}" for number in range(5)]  # more than the token holds, on three pages


@pytest.fixture(scope="module")
def running(world: World) -> Iterator[Entra]:
    with Entra(world.clock) as site:
        yield site


@pytest.fixture
def site(running: Entra) -> Entra:
    """Return a site with somebody in two groups, somebody in many, and a stranger."""
    running.people = {
        "alice": Account(ONE, {"email": "alice@example.com"}, ["g0", "g1"]),
        "carol": Account(ONE, {"email": "carol@example.com"}, list(MANY)),
        "mallory": Account(OTHER, {"email": "ceo@example.com"}),
    }
    running.revoked.clear()
    running.assertion = ""
    running.tokens.clear()
    running._queued.clear()
    running.calls.clear()
    return running


class Stage:
    """A gate before the application, and Entra ID behind it."""

    def __init__(self, world: World, site: Entra) -> None:
        self.world, self.site = world, site
        self.gate: Gate
        self.environment: tuple[tuple[str, str], ...] = ()

    def start(self, *flags: str) -> "Stage":
        given = {flag.partition("=")[0] for flag in flags}
        usual = (
            "--email-domain=*",
            "--provider=entra-id",
            f"--oidc-issuer-url={self.site.of(ONE)}",
        )
        self.gate = self.world.gate(
            self.site,  # type: ignore[arg-type] - it has what a gate needs to know
            *(flag for flag in usual if flag.partition("=")[0] not in given),
            *flags,
            "--reverse-proxy",
            "--skip-provider-button",
            environment=self.environment,
        )
        wait_ready(self.gate)
        self.mark = len(self.gate.output)
        return self

    def sign_in(self, login: str) -> tuple[Browser, Answer]:
        browser = self.gate.browser()
        back = self.site.authorize(browser.get("/deep").get("location"), login)
        self.site.calls.clear()
        return browser, browser.get(f"{CALLBACK}?{urlencode(back.parameters)}")

    def signed_in(self, login: str) -> Browser:
        browser, answer = self.sign_in(login)
        assert answer.status == 302, self.said
        self.site.calls.clear()
        return browser

    def groups(self, browser: Browser) -> str | None:
        assert browser.get("/").status == 200
        return self.world.upstream.requests[-1].get("x-forwarded-groups")

    @property
    def said(self) -> str:
        return self.gate.said_all()[self.mark :]


@pytest.fixture
def stage(world: World, site: Entra) -> Iterator[Stage]:
    made = Stage(world, site)
    yield made
    made.gate.hang_up()


def test_groups_of_the_token_need_no_graph(stage: Stage, site: Entra) -> None:
    browser, answer = stage.start("--allowed-group=g1").sign_in("alice")
    assert (answer.status, answer.get("location")) == (302, "/deep")
    assert stage.groups(browser) == "g0,g1"
    assert site.asked() == ["token", "userinfo"]


def test_more_groups_than_fit_are_read_over_all_pages(stage: Stage, site: Entra) -> None:
    browser, _ = stage.start("--allowed-group=g4").sign_in("carol")
    assert stage.groups(browser) == ",".join(MANY)
    assert site.asked() == ["token", "userinfo", "groups", "groups", "groups"]


def test_groups_may_be_called_by_their_names(stage: Stage) -> None:
    stage.start("--azure-graph-group-field=displayName", "--allowed-group=G1")
    assert stage.groups(stage.signed_in("alice")) == "G0,G1"


def test_a_refresh_asks_graph_again(stage: Stage, site: Entra) -> None:
    browser = stage.start("--allowed-group=g4").signed_in("carol")
    site.people["carol"].groups.append("g9")
    stage.world.clock.offset += HOUR
    assert stage.groups(browser) == ",".join([*MANY, "g9"])
    assert site.count("groups") == 4


def test_who_left_the_group_is_out_at_the_next_refresh(stage: Stage, site: Entra) -> None:
    browser = stage.start("--allowed-group=g4").signed_in("carol")
    site.people["carol"].groups = [*MANY[:4], "g8"]
    stage.world.clock.offset += HOUR
    assert browser.get("/").status == 403


def test_a_hiccup_of_graph_is_asked_over(stage: Stage, site: Entra) -> None:
    site.queue("groups", Canned(503))
    assert stage.groups(stage.start("--allowed-group=g4").signed_in("carol")) == ",".join(MANY)


@pytest.mark.parametrize(
    ("answers", "status", "code"),
    [
        ((Canned(503), Canned(503)), 503, "provider_unavailable"),
        ((throttled(77),), 503, "provider_unavailable"),
        ((forbidden(),), 502, "provider_misbehaved"),
        ((Canned.json({"value": {}}),), 502, "provider_misbehaved"),
        (
            (Canned.json({"value": [], "@odata.nextLink": "https://evil.example/"}),),
            502,
            "provider_misbehaved",
        ),
    ],
)
def test_without_graph_nobody_passes_a_rule_about_groups(
    stage: Stage, site: Entra, answers: tuple[Canned, ...], status: int, code: str
) -> None:
    site.queue("groups", *answers)
    browser, answer = stage.start("--allowed-group=g4").sign_in("carol")
    assert (answer.status, code in answer.text) == (status, True)
    assert f"reason={code}" in stage.said
    assert "[AuthError]" in stage.said
    assert "canary" not in stage.said
    assert not browser.jar.named("_oauth2_proxy")


def test_the_wait_that_graph_asks_for_is_told_and_kept(stage: Stage, site: Entra) -> None:
    site.queue("groups", throttled(77))
    _, answer = stage.start("--allowed-group=g4").sign_in("carol")
    assert answer.get("retry-after") == "77"
    assert site.count("groups") == 1


def test_without_graph_and_without_such_a_rule_people_sign_in_and_the_log_knows(
    stage: Stage, site: Entra
) -> None:
    site.queue("groups", forbidden())
    browser = stage.start().signed_in("carol")
    assert stage.groups(browser) is None
    assert "detail=provider_misbehaved" in stage.said


def test_a_session_goes_on_without_graph_and_the_log_knows(stage: Stage, site: Entra) -> None:
    browser = stage.start("--allowed-group=g4").signed_in("carol")
    site.queue("groups", throttled(30))
    stage.world.clock.offset += HOUR
    assert stage.groups(browser) == ",".join(MANY)
    assert "reason=provider_unavailable" in stage.said


def test_a_revoked_session_ends_at_the_next_refresh(stage: Stage, site: Entra) -> None:
    browser = stage.start().signed_in("alice")
    site.revoked.add("alice")
    stage.world.clock.offset += HOUR
    assert browser.get("/").status == 302
    assert "reason=grant_rejected" in stage.said


def test_a_policy_that_wants_the_person_there_ends_the_session(stage: Stage, site: Entra) -> None:
    browser = stage.start().signed_in("alice")
    about = {"error": "interaction_required", "error_codes": [50076], "suberror": "basic_action"}
    site.queue("token", Canned.json(about, 400))
    stage.world.clock.offset += HOUR
    assert browser.get("/").status == 302


def test_an_expired_secret_is_named_by_its_number(stage: Stage, site: Entra) -> None:
    about = {"error": "invalid_client", "error_codes": [7000222], "error_description": "canary"}
    site.queue("token", Canned.json(about, 401))
    _, answer = stage.start().sign_in("alice")
    assert answer.status == 502
    assert "AADSTS7000222" in stage.said
    assert "canary" not in stage.said + answer.text


def test_a_stranger_does_not_get_in_at_the_one_tenant(stage: Stage) -> None:
    _, answer = stage.start().sign_in("mallory")
    assert (answer.status, "id_token_rejected" in answer.text) == (403, True)


def test_an_address_that_a_foreign_administrator_wrote_opens_nothing(
    stage: Stage, site: Entra
) -> None:
    many = f"--oidc-issuer-url={site.of('common')}"
    _, answer = stage.start(many, "--email-domain=example.com").sign_in("mallory")
    assert (answer.status, "email_missing" in answer.text) == (403, True)
    site.people["mallory"].claims["xms_edov"] = True
    assert stage.sign_in("mallory")[1].status == 302


def test_of_many_tenants_those_that_are_allowed_sign_in(stage: Stage, site: Entra) -> None:
    many = f"--oidc-issuer-url={site.of('organizations')}"
    stage.start(many, f"--entra-id-allowed-tenant={ONE}")
    assert stage.groups(stage.signed_in("alice")) == "g0,g1"
    _, answer = stage.sign_in("mallory")
    assert (answer.status, "not_authorized" in answer.text) == (403, True)
    assert "entra_id_allowed_tenants" in stage.said
    assert "entra_id_allowed_tenants" not in answer.text


def test_a_domain_stands_for_its_tenant(stage: Stage, site: Entra) -> None:
    stage.start(f"--oidc-issuer-url={site.of('contoso.com')}")
    assert stage.groups(stage.signed_in("alice")) == "g0,g1"
    assert stage.sign_in("mallory")[1].status == 403


def test_a_workload_identity_takes_the_place_of_the_secret(stage: Stage, site: Entra) -> None:
    token = stage.world.folder / "federated-token"
    token.write_text("eyJ.first.sig\n")
    site.assertion = "eyJ.first.sig"
    stage.environment = (("AZURE_FEDERATED_TOKEN_FILE", str(token)),)
    browser = stage.start("--entra-id-federated-token-auth").signed_in("alice")
    token.write_text("eyJ.second.sig\n")
    site.assertion = "eyJ.second.sig"
    stage.world.clock.offset += HOUR
    assert stage.groups(browser) == "g0,g1"
    assert site.count("token") == 1
    assert "eyJ." not in stage.said


def test_no_token_is_in_a_log(stage: Stage, site: Entra) -> None:
    stage.start().signed_in("carol")
    assert site.tokens
    assert not any(token in stage.said for token in site.tokens)
