"""The first rule that is for a request says who may make it."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from sidegate.config.rule_settings import PeopleSettings, RuleSettings
from sidegate.core.identity import Identity, Session, Tokens
from sidegate.core.messages import Asked
from sidegate.gate.paths import Fit
from sidegate.gate.people import provider_of
from sidegate.gate.rule_list import NO_RULE, RuleList

EVERYBODY = (PeopleSettings(),)
OPS = (PeopleSettings(groups=("ops",)),)


def rule(name: str, *paths: str, allow: tuple[PeopleSettings, ...] = EVERYBODY, **more: Any) -> Any:
    return RuleSettings(name=name, paths=paths, allow=allow, **more)


def session(*groups: str, provider: str = "oidc") -> Session:
    return Session("id", provider, Identity("u", groups=groups), Tokens(), 0, 0, 100)


def asked(path: bytes, method: bytes = b"GET", host: str = "app.test") -> Asked:
    return Asked(host, method, path)


ADMIN = rule("admin", "/admin", allow=OPS)
REST = rule("rest")


def test_the_request_chooses_the_rule_and_nothing_below_it_counts() -> None:
    rules = RuleList([ADMIN, REST])
    assert rules.refusal(session(), asked(b"/admin/x")) == "admin"
    assert rules.refusal(session("ops"), asked(b"/admin/x")) is None
    assert rules.refusal(session(), asked(b"/other")) is None
    assert RuleList([REST, ADMIN]).refusal(session(), asked(b"/admin")) is None


def test_what_no_rule_is_for_is_refused() -> None:
    assert RuleList([ADMIN]).refusal(session("ops"), asked(b"/other")) == NO_RULE


def test_an_ambiguous_path_is_opened_by_nothing_that_names_paths() -> None:
    odd = asked(b"/x/..%2fadmin")
    assert RuleList([ADMIN, REST]).refusal(session(), odd) == "admin"
    assert RuleList([ADMIN, REST]).refusal(session("ops"), odd) is None
    assert RuleList([rule("open", "/x"), ADMIN]).refusal(session("ops"), odd) == NO_RULE
    assert RuleList([rule("open", "/x"), ADMIN, REST]).refusal(session(), odd) == "admin"
    assert RuleList([REST, ADMIN]).refusal(session(), odd) is None, "it looks at no path"


def test_other_capitals_do_not_lead_around_a_rule() -> None:
    rules = RuleList([ADMIN, REST])
    assert rules.refusal(session(), asked(b"/Admin")) == "admin"
    assert rules.refusal(session("ops"), asked(b"/Admin")) is None


def test_the_host_the_method_and_the_provider_choose_too() -> None:
    rules = RuleList(
        [
            rule("post", methods=("POST",), allow=OPS),
            rule("host", hosts=("*.corp.test",), allow=OPS),
            rule("github", providers=("github",), allow=OPS),
            REST,
        ]
    )
    assert rules.refusal(session(), asked(b"/", b"POST")) == "post"
    assert rules.refusal(session(), asked(b"/", host="a.corp.test:443")) == "host"
    assert rules.refusal(session(provider="github"), asked(b"/")) == "github"
    assert rules.refusal(session(), asked(b"/")) is None
    # Remembered: the same again, and each for itself.
    assert rules.refusal(session(provider="github"), asked(b"/")) == "github"
    assert rules.refusal(session(), asked(b"/")) is None


def test_shadow_alone_is_as_no_rules_at_all_and_tells_what_it_would_refuse() -> None:
    rules = RuleList([msgspec.structs.replace(ADMIN, shadow=True)])
    assert rules.watches
    assert rules.refusal(session(), asked(b"/admin")) is None
    assert rules.would_refuse(session(), asked(b"/admin")) == "admin"
    assert rules.would_refuse(session("ops"), asked(b"/admin")) is None
    assert rules.would_refuse(session(), asked(b"/")) == NO_RULE
    assert not RuleList([ADMIN]).watches


def test_what_is_remembered_is_bounded() -> None:
    rules = RuleList([ADMIN, REST])
    for number in range(9000):
        rules.refusal(session(), asked(b"/%d" % number))
    rules.refusal(session(), asked(b"/" + b"x" * 600))
    known = rules._counting._known
    assert len(known) <= 4096
    assert not any(len(one.path) > 512 for _, one in known)
    assert len({id(steps) for steps in known.values()}) == 1, "requests alike share their people"
    for _ in range(3000):
        assert rules.refusal(session(), asked(b"/1")) is None
    assert len(rules._counting._known["oidc", asked(b"/1")]._said) <= 1024


def test_what_is_remembered_of_one_session_says_nothing_about_another() -> None:
    rules = RuleList([ADMIN, REST])
    for _ in range(2):
        assert rules.refusal(session(), asked(b"/admin")) == "admin"
        assert rules.refusal(session("ops"), asked(b"/admin")) is None


# Whatever the rules are

GROUPS = st.lists(st.sampled_from(["ops", "staff", "law"]), unique=True).map(tuple)
PEOPLE = st.one_of(
    st.just(PeopleSettings()),
    st.builds(PeopleSettings, groups=st.tuples(st.sampled_from(["ops", "staff", "law"]))),
    st.builds(PeopleSettings, providers=st.tuples(st.sampled_from(["oidc", "github"]))),
)
SOME = st.lists(PEOPLE, max_size=2).map(tuple)


def few(*texts: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(texts), max_size=2, unique=True).map(tuple)


RULES = st.lists(
    st.builds(
        RuleSettings,
        name=st.text("abc", min_size=1, max_size=3),
        hosts=few("app.test", "*.corp.test"),
        paths=few("/admin", "/a", "/"),
        exact_paths=few("/a", "/admin/x"),
        path_patterns=few("^/a", "x$"),
        methods=few("GET", "POST"),
        providers=few("oidc", "github"),
        allow=SOME,
        deny=SOME,
        shadow=st.booleans(),
    ),
    max_size=5,
).map(lambda rules: [msgspec.structs.replace(r, name=f"r{i}") for i, r in enumerate(rules)])
PLAIN_PATHS = st.sampled_from([b"/", b"/a", b"/admin", b"/admin/x", b"/ADMIN", b"/b/x", b"/a/"])
ODD_PATHS = st.sampled_from([b"//admin", b"/b/../a", b"/admin%2fx", b"/%61", b"/a;b", b"/%ff"])
REQUESTS = st.builds(
    Asked,
    host=st.sampled_from(["app.test", "x.corp.test:443", "other"]),
    method=st.sampled_from([b"GET", b"HEAD", b"POST", b"PUT"]),
    path=PLAIN_PATHS | ODD_PATHS,
)
SESSIONS = st.builds(
    lambda groups, provider: session(*groups, provider=provider),
    GROUPS,
    st.sampled_from(["oidc", "github", "htpasswd:1"]),
)


@given(RULES, REQUESTS, SESSIONS)
def test_the_first_rule_that_is_certain_decides_and_those_before_it_may_only_refuse(
    settings: list[RuleSettings], request: Asked, who: Session
) -> None:
    rules = RuleList(settings)
    counting = [one for one in rules.rules if not one.shadow]
    fitting = [one for one in counting if not one.misfit(request, provider_of(who))]
    certain = [one.paths.fit(request.path) is Fit.YES for one in fitting]
    until = certain.index(True) + 1 if True in certain else len(certain)
    refusing = [one.name for one in fitting[:until] if not one.admits(who)]
    expected = refusing[0] if refusing else None if True in certain else NO_RULE
    assert rules.refusal(who, request) == (expected if counting else None)
    assert rules.refusal(who, request) == (expected if counting else None), "as remembered"


@given(RULES, REQUESTS, SESSIONS, st.data())
def test_a_rule_in_shadow_never_changes_an_answer(
    settings: list[RuleSettings], request: Asked, who: Session, data: st.DataObject
) -> None:
    more = [msgspec.structs.replace(one, shadow=True) for one in data.draw(RULES)]
    where = data.draw(st.integers(0, len(settings)))
    mixed = [*settings[:where], *more, *settings[where:]]
    assert RuleList(mixed).refusal(who, request) == RuleList(settings).refusal(who, request)


@given(RULES, REQUESTS, SESSIONS, ODD_PATHS)
def test_an_ambiguous_path_passes_only_where_no_path_that_it_may_be_is_refused(
    settings: list[RuleSettings], request: Asked, who: Session, odd: bytes
) -> None:
    """Whoever gets through with an ambiguous path may make the request with any path."""
    rules = RuleList(settings)
    if rules.refusal(who, request._replace(path=odd)) is None:
        for path in (b"/", b"/a", b"/admin", b"/admin/x", b"/b/x"):
            assert rules.refusal(who, request._replace(path=path)) is None
