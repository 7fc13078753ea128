"""The steps of the attack rows, played against a running gate."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from tests.conformance.backchannel import post, tokens_of
from tests.conformance.browser import NAVIGATION, Answer, Browser
from tests.conformance.cookie_attacks import SESSION, knows, tampered
from tests.conformance.gates import COOKIE_SECRET, Gate
from tests.conformance.macros import expand
from tests.conformance.provider import Back, Provider
from tests.conformance.upstream import Request
from tests.conformance.world import World

Step = dict[str, Any]
CALLBACK = "/oauth2/callback"
ATTACKER = "https://attacker.example"
HEADER_NAMES = {"alg", "jku", "jwk", "x5u", "x5c", "crit", "kid", "typ", "b64", "zip"}
OTHER_SECRET = "another-secret-of-thirty-two-byt"


class NotPlayable(AssertionError):
    """The row asks for something that the player does not know."""


@dataclass
class Tab:
    """One sign-in under way: where it began, where the browser was sent, what came back."""

    path: str
    location: str
    back: Back | None = None


@dataclass
class Play:
    """One row while it is played."""

    world: World
    flags: tuple[str, ...]
    gate: Gate
    idp: Provider
    trap: Provider
    extra: Provider
    has_big_people: bool = False
    jars: dict[str, Browser] = field(default_factory=dict)
    tabs: dict[Any, Tab] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    ends: list[tuple[Tab, Answer, int]] = field(default_factory=list)
    last_jar: str = "A"
    audit: Path | None = None
    planted: set[str] = field(default_factory=set)  # secrets that the test gave or saw

    def __post_init__(self) -> None:
        self.seen_upstream = len(self.world.upstream.requests)
        self.log_start = len(self.gate.output)
        self._memory, self._cpu = self.gate.memory(), self.gate.cpu()
        self.tampered: list[Answer] = []
        self.names |= {
            "issuer": self.idp.issuer,
            "client_id": self.idp.client_id,
            "client_secret": self.idp.client_secret,
            "cookie_secret": COOKIE_SECRET,
            "code": "code-of-nobody",
        }

    # What steps and checks need

    def jar(self, name: str) -> Browser:
        """Return the browser of that name."""
        if name not in self.jars:
            self.jars[name] = self.gate.browser()
        return self.jars[name]

    def expand(self, value: Any) -> Any:
        """Return a value with its captures filled in."""
        return expand(value, self.names, self.world.clock())

    def upstream_requests(self) -> list[Request]:
        """Return what reached the application since the row began."""
        return self.world.upstream.requests[self.seen_upstream :]

    @property
    def output(self) -> str:
        """What the gate printed since the row began; lines are written by a thread of its own."""
        return self.gate.said_all()[self.log_start :]

    def session_cookies(self, name: str = "A") -> dict[str, str]:
        """Return the cookies of the session in a browser."""
        cookies = self.jar(name).jar.cookies.values()
        return {c.name: c.value for c in cookies if _is_session(c.name)}

    def cost(self) -> tuple[int, float]:
        """Return the bytes that the gate grew by and the seconds of processor time it took."""
        return self.gate.memory("VmHWM") - self._memory, self.gate.cpu() - self._cpu

    def _keep(self, answer: Answer) -> Answer:
        self.answers.append(answer)
        return answer

    # Steps

    def play(self, step: Step) -> None:
        """Play one step."""
        found = getattr(self, f"op_{step['op']}", None)
        if found is None:
            raise NotPlayable(f"step {step['op']}")
        self.last_jar = step.get("jar", self.last_jar)
        found(step)

    def op_start(self, step: Step) -> None:
        """Open a page that needs a sign-in; the browser is sent to the provider."""
        jar = step["jar"]
        answer = self._keep(self.jar(jar).get(step["path"]))
        location = answer.get("location")
        assert location.startswith(self.idp.issuer), f"{answer.status} {location!r}"
        self.tabs[jar, step.get("tab")] = Tab(step["path"], location)
        query = dict(pair.split("=", 1) for pair in urlsplit(location).query.split("&"))
        for name in ("state", "nonce"):
            self.names[name] = self.names[f"{jar}.{name}"] = query.get(name, "")

    def op_idp_login(self, step: Step) -> None:
        """Sign in at the provider."""
        jar = step["jar"]
        tab = self.tabs[jar, step.get("tab")]
        mutation = trapped(step.get("mutate", {}), self.trap.issuer)
        if "iss_param" in step:
            mutation = {**mutation, "iss_param": self.expand(step["iss_param"])}
        person = big_person(step["user"]) if self.has_big_people else step["user"]
        tab.back = self.idp.authorize(tab.location, person, mutation)
        self.names["code"] = self.names[f"{jar}.code"] = tab.back["code"]

    def op_callback(self, step: Step) -> None:
        """Come back from the provider, with whatever parameters the row says."""
        jar, params = step["jar"], step["params"]
        tab = self.tabs[jar, step.get("tab")]
        if tab.back is not None:
            self.names |= {"code": tab.back["code"], "state": tab.back["state"]}
        pairs = list(params.items()) if isinstance(params, dict) else params
        pairs = [(name, self.expand(value)) for name, value in pairs]
        if tab.back is not None and "iss" not in dict(pairs):
            pairs += [pair for pair in tab.back.parameters if pair[0] == "iss"]
        before = self.idp.count("token")
        answer = self._keep(self._come_back(self.jar(jar), pairs, step))
        self.ends.append((tab, answer, self.idp.count("token") - before))
        self.names |= self.idp.secrets

    def _come_back(self, browser: Browser, pairs: list[tuple[str, str]], step: Step) -> Answer:
        method = step.get("method", "GET")
        if method == "GET":
            return browser.get(f"{CALLBACK}?{urlencode(pairs)}", cross_site=True)
        body = urlencode(pairs).encode()
        if "body_repeat" in step:
            text, times = step["body_repeat"]
            body += b"&x=" + text.encode() * times
        fields = (
            *NAVIGATION,
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Origin", self.idp.issuer),
            ("Sec-Fetch-Site", "cross-site"),
        )
        return browser.ask(method, CALLBACK, *fields, body=body, cross_site=True)

    def op_login(self, step: Step) -> None:
        """Sign somebody in from start to end."""
        jar = self.last_jar = step.get("jar", "A")
        self.op_start({"path": step.get("path", "/oauth2/start?rd=/"), "jar": jar})
        self.op_idp_login({**step, "jar": jar})
        self.op_callback({"jar": jar, "params": {"code": "$code", "state": "$state"}})
        self.names["cookie_value"] = next(iter(self.session_cookies(jar).values()), "")

    def op_request(self, step: Step) -> None:
        """Send a request, with a cookie that was tampered with where the row says so."""
        if "mutate_cookie" in step:
            self._attack_cookie(step)
            return
        browser = self.jar(step["jar"])
        if "peer" in step:
            there = {"address": self.world.outside_address()} if step["peer"] != "trusted" else {}
            browser = self.gate.browser(behind=False, **there)
        fields = list(step.get("headers", {}).items())
        if not any(name.lower() == "accept" for name, _ in fields):
            fields = [*NAVIGATION, *fields]
        path = self.expand(step["path"]).replace(" ", "%20")
        body = str(step.get("body", "")).encode()
        self._keep(browser.ask(step["method"], path, *fields, body=body))

    def op_bearer(self, step: Step) -> None:
        """Bring a token in a field, without a browser; `issuer` 2 is the extra one."""
        change = dict(step.get("mutate", {}))
        fields = 2 if change.pop("dup_header", False) else 1
        issuer = self.extra if change.pop("issuer", 1) == 2 else self.idp
        header = {name: change.pop(name) for name in HEADER_NAMES & change.keys()}
        removed = change.pop("remove", [])
        self.names |= {"aud1": self.idp.client_id, "other_client": "other-client"}
        mutation = {"header": trapped(header, self.trap.issuer), "remove": removed}
        token = issuer.id_token("alice@example.com", {**mutation, "claims": self.expand(change)})
        bearer = (("Authorization", f"Bearer {token}"),) * fields
        self.names["bearer"] = token
        self._keep(self.gate.browser().ask("GET", "/x", ("Accept", "*/*"), *bearer))

    def op_backchannel(self, step: Step) -> None:
        """Let the provider say that somebody signed out; `mutate` is what is wrong with that."""
        for token in tokens_of(self.idp, self.expand(step.get("mutate", {}))):
            self._keep(post(self.gate.browser(), token))

    def op_advance_clock(self, step: Step) -> None:
        """Let time pass."""
        self.world.clock.offset += float(step.get("seconds", step.get("s", 0)))

    def op_repeat(self, step: Step) -> None:
        """Play steps several times."""
        for _ in range(int(step["n"])):
            for inner in step["requests"]:
                self.play(inner)

    def op_log_probe(self, step: Step) -> None:
        """Put a value where it will be logged."""
        value, browser = step["value"], self.jar("A")
        match step["where"]:
            case "path":
                self._keep(browser.get(value.replace(" ", "%20")))
            case "query":
                self._keep(browser.get("/x?" + quote(value)))
            case "user":
                self.op_login({"user": value})
            case "method":
                self._keep(browser.ask(value, "/x"))
            case "error":
                self.op_start({"path": "/", "jar": "A"})
                self.op_callback({"jar": "A", "params": {"error": value, "state": "$state"}})
            case where:
                names = {"xff": "X-Forwarded-For", "ua": "User-Agent", "user_agent": "User-Agent"}
                self._keep(browser.ask("GET", "/x", (names.get(where, where), value)))

    def op_random_paths(self, step: Step) -> None:
        """Ask for paths and methods that nobody asked for before; a sample of what is wanted."""
        self.names["series"] = self.series()
        browser = self.jar("A")
        for number in range(min(int(step["n"]), 3000)):
            method = f"M{number % 50}" if number % 10 == 0 else "GET"
            self._keep(browser.ask(method, f"/{secrets.token_hex(8)}"))

    def op_inject_exception(self, step: Step) -> None:
        """Sign in and come back at a gate whose rules break."""
        del step
        broken = ("BREAK", "sidegate.gate.rules:Rules.refusal")
        gate = self.world.gate(self.idp, *self.flags, environment=(broken,))
        cookies = self._signed_in_elsewhere()
        for target in ("/x", "/oauth2/auth", "/oauth2/userinfo"):
            answer = self._keep(gate.browser().ask("GET", target, *NAVIGATION, cookies=cookies))
            assert answer.status in {401, 403, 500}, f"{target}: {answer.status}"
        gate.may_break = True

    def _signed_in_elsewhere(self) -> str:
        self.op_login({"user": "alice@example.com"})
        cookies = self.session_cookies()
        return "; ".join(f"{name}={value}" for name, value in cookies.items())

    def series(self) -> int:
        """Return how many series the metrics have."""
        return sum(not line.startswith("#") for line in self.gate.scrape().splitlines())

    # Attacks on cookies

    def _attack_cookie(self, step: Step) -> None:
        how = step["mutate_cookie"]
        if knows(how):
            for cookies in tampered(how, self.session_cookies(self.last_jar)):
                self._with(cookies, step)
            return
        ((name, value),) = how.items()
        attack = getattr(self, f"cookie_{name}", None)
        if attack is None:
            raise NotPlayable(f"cookie attack {how}")
        attack(value, step)

    def _with(self, cookies: str, step: Step) -> Answer:
        browser = self.jar("tampered")
        answer = self._keep(browser.ask("GET", step["path"], *NAVIGATION, cookies=cookies))
        self.tampered.append(answer)
        return answer

    def cookie_age_s(self, seconds: Any, step: Step) -> None:
        """Bring the cookie when it is older than it may be."""
        cookies = self.session_cookies()
        self.world.clock.offset += float(seconds)
        for name, cookie in cookies.items():
            self._with(f"{name}={cookie}", step)

    def cookie_key(self, _: Any, step: Step) -> None:
        """Bring the cookie of a gate with another key."""
        secret = self.world.folder / "other-secret"
        secret.write_text(OTHER_SECRET)
        self._foreign(step, f"--cookie-secret-file={secret}")

    def cookie_app(self, _: Any, step: Step) -> None:
        """Bring the cookie of a gate with the same key for another client."""
        other = self.world.provider(client_id="other-app")
        self._foreign(step, idp=other)

    def _foreign(self, step: Step, *flags: str, idp: Provider | None = None) -> None:
        there = idp or self.idp
        gate = self.world.gate(there, *self.flags, *flags)
        other = Play(self.world, self.flags, gate, there, self.trap, self.extra)
        other.op_login({"user": "alice@example.com"})
        assert other.jar("A").get("/x").status == 200
        self.seen_upstream = len(self.world.upstream.requests)
        for name, cookie in other.session_cookies().items():
            self._with(f"{name}={cookie}", step)

    def cookie_purpose(self, _: Any, step: Step) -> None:
        """Bring a sign-in cookie as a session, and a session as a sign-in cookie."""
        self.op_start({"path": "/oauth2/start?rd=/", "jar": "B"})
        attempt = next(c for c in self.jar("B").jar.cookies.values() if c.name.endswith("_csrf"))
        self._with(f"{SESSION}={attempt.value}", step)
        self._with(f"{SESSION}_0=2.{attempt.value}; {SESSION}_1=", step)
        session = next(iter(self.session_cookies().values()))
        target = f"{CALLBACK}?code=x&state={self.names['state']}"
        answer = self.jar("B").ask("GET", target, cookies=f"{attempt.name}={session}")
        assert answer.status == 403

    def cookie_collect(self, number: Any, step: Step) -> None:
        """Collect sealed values: one sign-in cookie for each start; a sample of what is asked."""
        del step
        browser = self.gate.browser()
        for _ in range(min(int(number), 2000)):
            browser.jar.cookies.clear()
            self._keep(browser.get("/oauth2/start?rd=/"))

    def cookie_name(self, name: Any, step: Step) -> None:
        """Sign in at a gate whose cookie has this name."""
        gate = self.world.gate(self.idp, *self.flags, f"--cookie-name={name}")
        other = Play(self.world, self.flags, gate, self.idp, self.trap, self.extra)
        other.op_login({"user": "alice@example.com"})
        assert other.jar("A").get(step["path"]).status == 200
        self.answers += other.answers[:-1]

    def cookie_split_headers(self, _: Any, step: Step) -> None:
        """Send the cookies in two fields."""
        cookies = [("Cookie", f"{name}={v}") for name, v in self.session_cookies().items()]
        fields = (*NAVIGATION, ("Cookie", "other=1"), *cookies)
        self._keep(self.gate.browser().ask("GET", step["path"], *fields, cookies=""))

    def cookie_ticket_swap(self, _: Any, step: Step) -> None:
        """Join the first half of one person's cookie and the second of another's."""
        self.op_login({"user": "mallory@example.com", "jar": "M"})
        ours, theirs = self.session_cookies("M")[SESSION], self.session_cookies()[SESSION]
        for half in (24, len(ours) // 2):
            self._with(f"{SESSION}={theirs[:half]}{ours[half:]}", step)
        self.last_jar = "A"
        assert self.jar("A").get("/x").status == 200, "the victim is signed out"
        self.seen_upstream = len(self.world.upstream.requests)


def _is_session(name: str) -> bool:
    stem = name.removeprefix("__Host-").removeprefix("__Secure-")
    return stem == SESSION or (stem.startswith(SESSION + "_") and len(stem) == len(SESSION) + 2)


def trapped(mutation: Any, trap: str) -> Any:
    """Return a mutation whose addresses of the attacker lead to a server that counts."""
    if isinstance(mutation, dict):
        return {key: trapped(value, trap) for key, value in mutation.items()}
    is_address = isinstance(mutation, str) and mutation.startswith(ATTACKER + "/")
    return mutation.replace(ATTACKER, trap) if is_address else mutation


def big_person(email: str) -> dict[str, Any]:
    """Return somebody whose session needs several cookies, however well it is packed."""
    groups = [secrets.token_hex(16) for _ in range(300)]
    return {"sub": "sub-big", "email": email, "email_verified": True, "groups": groups}
