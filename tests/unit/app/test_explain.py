"""What is explained is what the gate does."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidegate.app.explain import Explainer, Explanation
from sidegate.app.wiring import build
from sidegate.config.expectations import Expectation, Person, parse_request
from sidegate.config.rule_settings import RuleSettings
from sidegate.core.identity import Identity
from tests.kit.gate import Proxy, cookie_for, request
from tests.kit.wire import Wire
from tests.unit.gate.test_rule_list import GROUPS, RULES

ALICE = Person("sub-1", "alice@example.com", ("staff",))
RULES_TEXT = """
skip_auth_routes = ["^/open$"]
trusted_ips = ["10.0.0.0/8"]

[[rules]]
name = "admin"
paths = ["/admin"]
allow = [{ groups = ["admins"], claims = { dept = ["it"] } }, { emails = ["boss@example.com"] }]

[[rules]]
name = "trial"
paths = ["/new"]
allow = { roles = ["tester"] }
mode = "shadow"

[[rules]]
name = "rest"
methods = ["GET"]
allow = "everybody"
deny = { groups = ["guests"] }
"""


def explain(line: str, person: Person = ALICE, *flags: str, toml: str = RULES_TEXT) -> Explanation:
    asked = parse_request(*line.split(" ", 1))
    assert asked is not None
    return Explainer(Proxy(*flags, toml=toml).base.settings).explain(asked, person)


def test_every_step_is_told_until_a_rule_has_decided() -> None:
    found = explain("GET https://app.test/admin/x")
    assert (found.outcome, found.rule) == ("deny", "admin")
    assert found.steps == (
        "request: GET /admin/x at app.test from 192.0.2.1",
        "public: no",
        "person: sub-1; signed in by oidc; email alice@example.com; groups staff",
        "options: pass",
        'rule "admin": refuses',
        "  allow 1: one of the groups admins: no",
        "  allow 1: one of it in the claim dept: no",
        "  allow 2: one of the emails boss@example.com: no",
        'outcome: refused by the rule "admin": 403, and stays signed in',
    )


def test_whoever_passes_is_told_by_which_rule_and_what_shadow_says() -> None:
    found = explain("GET https://app.test/new")
    assert (found.outcome, found.rule) == ("allow", "rest")
    assert 'rule "admin": not for this path' in found.steps
    assert 'rule "trial": in shadow, would refuse' in found.steps
    assert "  deny: one of the groups guests: no" in found.steps
    assert found.steps[-1] == 'outcome: passes; "trial" in shadow would refuse'


def test_a_path_that_may_mean_another_is_explained() -> None:
    boss = Person("boss@example.com", "boss@example.com")
    found = explain("GET https://app.test/ADMIN", boss)
    assert found.outcome == "allow"
    assert any("the path may mean another" in step for step in found.steps)
    odd = explain("GET https://app.test/x/..%2fadmin")
    assert odd.outcome == "deny"
    assert "ambiguous" in odd.steps[0]


@pytest.mark.parametrize(
    ("line", "person", "outcome", "step"),
    [
        ("GET https://app.test/", Person(), "sign-in", "person: nobody is signed in"),
        ("GET https://app.test/open", Person(), "allow", "public: yes, by skip_auth_routes or"),
        ("GET https://app.test/", Person(address="10.1.1.1"), "allow", "yes, by trusted_ips"),
        ("POST https://app.test/", ALICE, "deny", "rules: none of them opens"),
        ("GET https://app.test/", Person("u", "u@evil.test"), "deny", "options: refuse, by email"),
        ("CONNECT https://app.test/", ALICE, "deny", "refused by the wire policy"),
        ("GET https://app.test/oauth2/auth", ALICE, "allow", "endpoint: the gate answers its own"),
        ("GET https://app.test/ping", Person(), "sign-in", "endpoint: the gate itself"),
        (
            "GET https://app.test/open",
            Person("u", "u@evil.test"),
            "allow",
            "outcome: passes, without an identity",
        ),
        ("GET https://app.test/", Person("u", provider="htpasswd"), "allow", "by htpasswd"),
        (
            "GET https://app.test/",
            Person("u", "u@example.com", claims=(("dept", ("it",)),)),
            "allow",
            "claim dept it",
        ),
    ],
)
def test_each_fence_is_named(line: str, person: Person, outcome: str, step: str) -> None:
    found = explain(line, person)
    assert found.outcome == outcome
    assert any(step in told for told in found.steps), found.steps


def test_behind_a_proxy_the_address_of_the_client_is_what_the_proxy_tells() -> None:
    somebody = Person(address="10.1.1.1")
    found = explain("GET https://app.test/", somebody, "--reverse-proxy")
    assert found.outcome == "allow"
    assert found.steps[0].endswith("from 10.1.1.1")


def test_without_rules_the_options_are_all() -> None:
    found = explain("GET https://app.test/", toml="")
    assert (found.outcome, found.rule) == ("allow", "")
    assert "rules: there are none" in found.steps


@pytest.mark.parametrize(
    ("outcome", "rule", "is_met"),
    [("deny", "admin", True), ("deny", "", True), ("deny", "rest", False), ("allow", "", False)],
)
def test_an_expectation_is_about_the_outcome_and_the_rule_where_it_names_one(
    outcome: str, rule: str, *, is_met: bool
) -> None:
    asked = parse_request("GET", "https://app.test/admin")
    assert asked is not None
    explainer = Explainer(Proxy(toml=RULES_TEXT).base.settings)
    found = explainer.check(Expectation("here", asked, ALICE, outcome, rule))
    assert (found is None) is is_met


def gate_with(rules: list[RuleSettings]) -> Proxy:
    """Return a gate with these rules, whatever a check of the configuration says of them."""
    gate = Proxy("--skip-auth-route=^/open$")
    access = msgspec.structs.replace(gate.base.settings.access, rules=tuple(rules))
    changed = msgspec.structs.replace(gate.base.settings, access=access)
    gate.base = replace(gate.base, settings=changed)
    gate._proxy, gate._refusals = build(gate.base)
    return gate


@settings(max_examples=60, deadline=None)
@given(
    rules=RULES,
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "OPTIONS"]),
    host=st.sampled_from(["app.test", "x.corp.test", "APP.test:80"]),
    path=st.sampled_from(
        ["/", "/a", "/a/", "/admin/x", "/ADMIN", "//admin", "/admin%2fx", "/open", "/b/../a"]
    ),
    groups=GROUPS,
    email=st.sampled_from(["u@example.com", "u@evil.test", None]),
)
def test_the_explanation_and_the_gate_agree(
    rules: list[RuleSettings],
    method: str,
    host: str,
    path: str,
    groups: tuple[str, ...],
    email: str | None,
) -> None:
    gate, cookie, person = gate_with(rules), b"", Person()
    if email is not None:  # else nobody is signed in
        person = Person("u", email, groups)
        cookie = cookie_for(gate, identity=Identity("u", email, groups=groups))
    asked = parse_request(method, f"http://{host}{path}")
    assert asked is not None
    found = Explainer(gate.base.settings).explain(asked, person)
    with Wire(gate, refuse=gate.refuse) as wire:
        sent = request(path.encode(), cookie=cookie, method=method.encode(), host=host.encode())
        wire.client_sends(sent)
        assert bool(wire.upstreams) == (found.outcome == "allow")
        if found.outcome == "deny":
            assert wire.observed[0].reason == f"rule:{found.rule}"
