"""Says what would happen to a request, step by step, by the very parts that judge requests.

No second implementation: the head is parsed, the asker found, the public paths looked up and the
decision made by the objects that `wiring` gives to the gate. Only the words are made here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sidegate.app.rules import routes_of, rules_of
from sidegate.config.expectations import Expectation, Person, Request
from sidegate.config.settings import Settings
from sidegate.core.decision import Allow, Decision, Deny
from sidegate.core.errors import RequestError
from sidegate.core.identity import BY_FILE, Identity, Session, Tokens
from sidegate.core.messages import Asked, Peer, RequestHead
from sidegate.gate.decide import decide
from sidegate.gate.paths import Fit
from sidegate.gate.people import BY_PASSWORD, provider_of
from sidegate.gate.rule import Rule
from sidegate.gate.rule_list import NO_RULE, RuleList
from sidegate.gate.trust import Trust
from sidegate.http1.head import HeadLimits, parse_request
from sidegate.http1.target import is_ambiguous

ALLOW, DENY, SIGN_IN = "allow", "deny", "sign-in"
_SOMEWHERE = "192.0.2.1"  # RFC 5737: nobody's address
_NEVER = 1e12


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would happen, which rule says so (empty: none), and how it came to that."""

    outcome: str
    rule: str
    steps: tuple[str, ...]


class Explainer:
    """Explains requests to a gate with these settings."""

    def __init__(self, settings: Settings) -> None:
        limits = settings.limits
        self._limits = HeadLimits(
            limits.limit_request_line,
            limits.limit_header_bytes,
            limits.limit_header_fields,
            limits.limit_pipelined_requests,
        )
        self._trust = Trust(settings.trust)
        self._settings = settings
        self._routes = routes_of(settings)
        self._rules = rules_of(settings.access)

    def explain(self, request: Request, person: Person) -> Explanation:
        """Return what would happen to a request that this person makes."""
        peer = self._peer(request, person)
        try:
            head = parse_request(self._raw(request, person), self._limits)
        except RequestError as error:
            return Explanation(DENY, "", (f"request: refused by the wire policy, {error}",))
        asker = self._trust.asker(head, peer)
        asked = Asked(asker.host, head.method, head.path)
        session = self._session(person)
        public = self._public(head, peer)
        decision = decide(session, self._rules, 0.0, asked, is_public=bool(public))
        steps = (
            _asks(asked, asker.client),
            *self._own(asked),
            f"public: {public or 'no'}",
            *self._judged(session, asked),
            f"outcome: {_outcome(decision, session)}",
        )
        return Explanation(_verdict(decision), self._deciding(decision, asked), steps)

    def check(self, expected: Expectation) -> Explanation | None:
        """Return what happens instead, or None when it is as expected."""
        found = self.explain(expected.request, expected.person)
        is_met = found.outcome == expected.outcome and expected.rule in ("", found.rule)
        return None if is_met else found

    def _peer(self, request: Request, person: Person) -> Peer:
        """Return the other end: a trusted proxy where there are any, else the client itself."""
        if self._settings.trust.reverse_proxy:
            return Peer("127.0.0.1", 1)
        return Peer(person.address or _SOMEWHERE, 1, is_tls=request.scheme == "https")

    def _raw(self, request: Request, person: Person) -> bytes:
        lines = [f"{request.method} {request.target} HTTP/1.1", f"Host: {request.host}"]
        if self._settings.trust.reverse_proxy:
            field = self._settings.trust.real_client_ip_header
            lines.append(f"{field}: {person.address or _SOMEWHERE}")
            lines.append(f"X-Forwarded-Proto: {request.scheme}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _session(self, person: Person) -> Session | None:
        if not person.user:
            return None
        provider = person.provider or self._settings.providers[0].id
        if provider == BY_PASSWORD:
            provider = BY_FILE
        identity = Identity(
            person.user, person.email, groups=person.groups, claims=dict(person.claims)
        )
        return Session("explained", provider, identity, Tokens(), 0.0, 0.0, _NEVER)

    def _own(self, asked: Asked) -> Iterator[str]:
        server = self._settings.server
        path = asked.path.decode("latin-1")
        if path.startswith(f"{server.proxy_prefix}/"):
            yield "endpoint: the gate answers its own endpoints; auth and userinfo are judged"
        elif path in {server.ping_path, server.ready_path, "/robots.txt"}:
            yield "endpoint: the gate itself answers everybody"

    def _public(self, head: RequestHead, peer: Peer) -> str:
        """Return why it needs nobody to be signed in, or nothing."""
        if self._routes.is_public(head.method, head.path):
            return "yes, by skip_auth_routes or skip_auth_preflight"
        return "yes, by trusted_ips" if self._trust.passes_by_address(head, peer) else ""

    def _judged(self, session: Session | None, asked: Asked) -> Iterator[str]:
        if session is None:
            yield "person: nobody is signed in"
            return
        yield _introduce(session)
        refusal = self._rules.refusal(session.identity, is_listed=session.is_by_password)
        yield f"options: {'pass' if refusal is None else f'refuse, by {refusal}'}"
        ordered = self._rules.ordered
        if refusal is None:
            yield from (
                ["rules: there are none"] if ordered is None else _rules(ordered, session, asked)
            )

    def _deciding(self, decision: Decision, asked: Asked) -> str:
        """Return the rule that refused somebody or let them pass, or nothing where it was none."""
        if isinstance(decision, Deny):
            return decision.rule
        ordered = self._rules.ordered
        if not isinstance(decision, Allow) or decision.session is None or ordered is None:
            return ""
        steps = ordered.steps(provider_of(decision.session), asked)
        return steps.rules[-1].name if steps.is_certain else ""


def _asks(asked: Asked, client: str) -> str:
    path = asked.path.decode("latin-1")
    odd = (
        "; ambiguous, so that nothing that names paths opens it" if is_ambiguous(asked.path) else ""
    )
    return f"request: {asked.method.decode()} {path} at {asked.host} from {client}{odd}"


def _introduce(session: Session) -> str:
    identity = session.identity
    facts = [f"signed in by {provider_of(session)}"]
    if identity.email and identity.email != identity.user:
        facts.append(f"email {identity.email}")
    facts.append(f"groups {', '.join(identity.groups) or 'none'}")
    facts += [f"claim {name} {', '.join(texts)}" for name, texts in identity.claims.items()]
    return f"person: {identity.user}; {'; '.join(facts)}"


def _rules(ordered: RuleList, session: Session, asked: Asked) -> Iterator[str]:
    """Tell of each rule until one has decided, as the list itself finds them."""
    provider = provider_of(session)
    steps = ordered.steps(provider, asked)
    for rule in ordered.rules:
        misfit = rule.misfit(asked, provider)
        if misfit:
            yield f'rule "{rule.name}": not for this {misfit}'
            continue
        admits = rule.admits(session)
        yield f'rule "{rule.name}": {_said(rule, asked, admits=admits)}'
        yield from _reasons(rule, session)
        if rule in steps.rules and (not admits or (steps.is_certain and rule is steps.rules[-1])):
            return
    if any(not rule.shadow for rule in ordered.rules):
        yield "rules: none of them opens this request"


def _said(rule: Rule, asked: Asked, *, admits: bool) -> str:
    if rule.shadow:
        return f"in shadow, would {'let pass' if admits else 'refuse'}"
    if not admits:
        return "refuses"
    if rule.paths.fit(asked.path) is Fit.YES:
        return "lets pass"
    return "would let pass, but the path may mean another; the next rule is asked too"


def _reasons(rule: Rule, session: Session) -> Iterator[str]:
    for word, descriptions in (("allow", rule.allowed), ("deny", rule.denied)):
        for number, people in enumerate(descriptions, 1):
            name = f"{word} {number}" if len(descriptions) > 1 else word
            for condition in people.conditions:
                mark = "yes" if condition.holds(session) else "no"
                yield f"  {name}: {condition.words}: {mark}"
            if not people.conditions:
                yield f"  {name}: everybody"


def _verdict(decision: Decision) -> str:
    if isinstance(decision, Allow):
        return ALLOW
    return DENY if isinstance(decision, Deny) else SIGN_IN


def _outcome(decision: Decision, session: Session | None) -> str:
    if isinstance(decision, Allow):
        if decision.session is None and session is not None:
            return "passes, without an identity"
        more = (
            f'; "{decision.would_refuse}" in shadow would refuse' if decision.would_refuse else ""
        )
        return f"passes{'' if session else ' without an identity'}{more}"
    if not isinstance(decision, Deny):
        return "has to sign in: a page is sent there, a call gets 401"
    if decision.everywhere:
        return f"refused by the option {decision.rule}: 403, and signed out"
    if decision.rule == NO_RULE:
        return "refused, for no rule opens it (no_rule): 403, and stays signed in"
    return f'refused by the rule "{decision.rule}": 403, and stays signed in'
