"""Stand-ins for the neighbours of the sign-in: they remember what they were asked."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from sidegate.core.errors import (
    AttemptExpired,
    AttemptMissing,
    IssuerMismatch,
    ProviderUnavailable,
    SidegateError,
    SignInBusy,
)
from sidegate.core.identity import Ended, Grant, Identity, Session, Tokens
from sidegate.core.messages import (
    Asker,
    Exchange,
    Later,
    Peer,
    Plan,
    ReadBody,
    RequestHead,
    Respond,
    Response,
)
from sidegate.core.ports import Attempt
from sidegate.core.providers import Providers
from sidegate.login.choice import Choice
from sidegate.login.failure import Failures
from sidegate.login.form_token import FormTokens
from sidegate.login.loops import Loops
from sidegate.login.return_url import ReturnUrls, Whitelist
from sidegate.pages.render import Pages
from sidegate.stores.preference import Preferences
from sidegate.stores.rounds import Rounds
from tests.unit.stores.kit import RING, settings

NOW = 1_000_000.0
HOST = "app.example.com"
ALICE = Identity("sub-1", "alice@example.com", "al", ("g1", "g2"))
ISSUER = "https://idp.test"


def exchange(target: str = "/", method: str = "GET", *, length: int = 0, **fields: str) -> Exchange:
    """Make an exchange; `sec_fetch_site="x"` is the field `Sec-Fetch-Site: x`."""
    head = RequestHead()
    head.method = method.encode()
    head.target = target.encode("latin-1")
    head.host = HOST.encode()
    head.minor = 1
    head.length = length
    head.index = {name.replace("_", "-").encode(): value.encode() for name, value in fields.items()}
    made = Exchange(head, Peer("10.1.1.1"), 0.0)
    made.asker = Asker("10.1.1.1", "https", HOST, trusted=False)
    made.request_id = "req-1"
    return made


def a_session(identity: Identity = ALICE) -> Session:
    return Session("sid", "oidc", identity, Tokens(), NOW, NOW, NOW + 3600)


class Sessions:
    """A store whose cookie `session=...` is the session it holds."""

    finds_all = False

    def __init__(self, held: Session | None = None) -> None:
        self.held = held
        self.saved: list[Session] = []
        self.replaced: list[bytes | None] = []
        self.on_used: Callable[[Session], None] = lambda _: None
        self.on_ended: Callable[[Ended], None] = lambda _: None
        self.ended: list[tuple[str, str, str]] = []
        self.outdated: list[str] = []

    def reseal(self, session: Session, host: str, present: bytes | None, now: float) -> list[str]:
        assert present
        assert now
        return [f"session={session.id}; Domain={host}"] if self.outdated else []

    def load(self, cookie_header: bytes | None, now: float) -> Session | None:
        return self.held if cookie_header and b"session" in cookie_header and now else None

    def opens(self, cookie_header: bytes | None, now: float) -> bool:
        return self.load(cookie_header, now) is not None

    def still(self, session: Session, cookie_header: bytes | None, now: float) -> Session | None:
        del session
        return self.load(cookie_header, now)

    def is_present(self, cookie_header: bytes | None) -> bool:
        return bool(cookie_header and b"session" in cookie_header)

    def domain_for(self, host: str) -> str:
        return "example.com" if host.endswith("example.com") else ""

    async def save(self, session: Session, host: str, present: bytes | None) -> list[str]:
        self.saved.append(session)
        self.replaced.append(present)
        return [f"session={session.id}; Domain={host}"]

    async def clear(self, host: str, present: bytes | None) -> list[str]:
        return self.clear_present(host, present)

    def clear_present(self, host: str, present: bytes | None) -> list[str]:
        return [f"session=; Max-Age=0; Domain={host}"] if present else []

    async def end_all(self, provider: str, *, user: str = "", sid: str = "") -> int:
        self.ended.append((provider, user, sid))
        return 0


class Attempts:
    """A store that keeps attempts by state, for the browser with the cookie `attempt`."""

    def __init__(self) -> None:
        self.sealed: list[Attempt] = []
        self.opens: Attempt | None = None
        self.expired = False

    def seal_attempt(self, attempt: Attempt, host: str, present: bytes | None) -> list[str]:
        del present
        self.sealed.append(attempt)
        return [f"attempt=sealed; Domain={host}"]

    def open_attempt(self, state: str, cookie_header: bytes | None, now: float) -> Attempt:
        if self.expired:
            raise AttemptExpired("old")
        if self.opens is not None:
            return self.opens
        found = [a for a in self.sealed if a.state == state]
        if not found or not cookie_header or b"attempt" not in cookie_header or not now:
            raise AttemptMissing("none")
        return found[0]

    def clear_attempt(self, state: str, host: str) -> list[str]:
        return [f"attempt=; Max-Age=0; State={state[:4]}; Domain={host}"]


class FakeProvider:
    """A provider that signs in `identity`, or fails as it is told."""

    display_name = "Example ID"

    def __init__(self, provider_id: str = "oidc") -> None:
        self.id = provider_id
        self.unready = ""
        self.identity = ALICE
        self.fails: SidegateError | None = None
        self.redeemed: list[str] = []
        self.trouble = ""
        self.end_session: str | None = None

    @property
    def issuer(self) -> str:
        return ISSUER if self.id == "oidc" else f"https://{self.id}.test"

    def unready_reason(self) -> str:
        return self.unready

    def authorization_url(self, attempt: Attempt, *, login_hint: str = "") -> str:
        if self.unready:
            raise ProviderUnavailable(self.unready)
        hint = f"&login_hint={login_hint}" if login_hint else ""
        return f"{self.issuer}/auth?state={attempt.state}{hint}"

    def check_issuer(self, issuer: str | None) -> None:
        if issuer not in (None, self.issuer):
            raise IssuerMismatch(str(issuer))

    async def redeem(self, code: str, attempt: Attempt) -> Grant:
        del attempt
        self.redeemed.append(code)
        if self.fails:
            raise self.fails
        return Grant(self.identity, Tokens(), "idp-sid", self.trouble)

    async def refresh(self, session: Session) -> Grant:
        raise ProviderUnavailable(session.id)

    def end_session_url(self, session: Session | None, return_to: str) -> str | None:
        del session
        return f"{self.end_session}?to={return_to}" if self.end_session else None


class Refusing:
    """Rules that refuse by the name they are given, or nobody."""

    def __init__(self, rule: str | None = None) -> None:
        self.rule = rule

    def refusal(self, identity: Identity, /, *, is_listed: bool = False) -> str | None:
        if is_listed and self.rule == "email":
            return None
        return self.rule if identity else None


class Events:
    """The list of what was heard."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, str]] = []
        self.details: list[str] = []

    def __call__(self, kind: str, made: Exchange, code: str, user: str, detail: str, /) -> None:
        assert made.request_id
        self.heard.append((kind, code, user))
        self.details.append(detail)


class Accounts:
    """A file of users with one password each."""

    def __init__(self, **passwords: str) -> None:
        self.passwords = passwords
        self.busy = False
        self.asked = 0

    def knows(self, user: str) -> bool:
        return user in self.passwords

    def lists(self, session: Session) -> bool:
        return session.provider == f"htpasswd:{self.passwords.get(session.identity.user)}"

    async def vouch(self, user: str, password: str) -> tuple[str, Identity] | None:
        await asyncio.sleep(0)
        if self.busy:
            raise SignInBusy("full", 1)
        self.asked += 1
        if not password or self.passwords.get(user) != password:
            return None
        return f"htpasswd:{password}", Identity(user, groups=("hg",))


class Visitors:
    """Knows the browser with the cookie `visitor`."""

    def known(self, cookie_header: bytes | None) -> str:
        return "v1" if cookie_header and b"visitor" in cookie_header else ""

    def greet(self, cookie_header: bytes | None, host: str) -> tuple[str, list[str]]:
        return "v1", [] if self.known(cookie_header) else [f"visitor=v1; Domain={host}"]


class Kit:
    """Everything a sign-in needs, with fakes around it.

    `others`: further providers by id, each with a callback of its own and the email domains that
    lead to it.
    """

    def __init__(
        self, whitelist: tuple[str, ...] = (".example.com",), **others: tuple[str, ...]
    ) -> None:
        self.provider = FakeProvider()
        self.others = {one: FakeProvider(one) for one in others}
        self.providers = Providers([self.provider, *self.others.values()])
        self.callbacks = {"oidc": "", **{one: f"/{one}" for one in others}}
        ids = [one.id for one in self.providers]
        self.choice = Choice(self.providers, others, Preferences(settings(), ids))
        self.sessions = Sessions()
        self.attempts = Attempts()
        self.events = Events()
        self.returns = ReturnUrls(Whitelist(whitelist), "/oauth2")
        self.pages = Pages("/oauth2")
        self.tokens = FormTokens(RING.sealer("form"), self.clock)
        self.failures = Failures(pages=self.pages, returns=self.returns, on_event=self.events)
        self.now = NOW
        self.rounds = Rounds(settings(), RING.sealer("rounds"))
        self.loops = Loops(
            settings(),
            rounds=self.rounds,
            sessions=self.sessions,
            failures=self.failures,
            clock=self.clock,
        )
        self._drawn = 0

    def clock(self) -> float:
        return self.now

    def randomness(self, count: int) -> bytes:
        self._drawn += 1
        return bytes([self._drawn]) * count


def response_of(plan: Plan) -> Response:
    """Carry the plan out to its response."""
    while isinstance(plan, Later):
        plan = _run(plan.work)
    assert isinstance(plan, Respond)
    return plan.response


def posted(plan: Plan, body: bytes) -> Response:
    """Let the body of a form arrive, and carry the plan out to its response."""
    assert isinstance(plan, ReadBody)
    assert len(body) <= plan.limit
    return response_of(plan.then(body))


def _run(work: Coroutine[Any, Any, Plan]) -> Plan:
    return asyncio.run(work)


def field(response: Response, name: str) -> str | None:
    """Return the only value of a header field, or None."""
    values = [value for key, value in response.headers if key == name]
    assert len(values) <= 1
    return values[0] if values else None


def cookies(response: Response) -> list[str]:
    return [value for name, value in response.headers if name == "Set-Cookie"]
