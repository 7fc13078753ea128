"""A GitHub Enterprise Server by script: it answers as GitHub's documentation of its REST API says.

    with GitHub() as site:
        site.people["octocat"] = Person(1, orgs=["acme"])
        back = site.authorize(url, "octocat")       # what the browser brings back
        site.queue("user", Canned(502))             # the next answer of an endpoint
        site.revoke("octocat")                      # in the person's settings: their tokens end

Endpoints are named by their last parts: `access_token`, `user`, `emails`, `orgs`, `teams`, `repo`,
`collaborators`. Pages hold two entries, however many were asked for, and are linked (`Link`).
"""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from tests.conformance.provider.answers import Canned
from tests.conformance.provider.keys import encode
from tests.conformance.provider.listening import Call, Clock
from tests.conformance.provider.scripted import Scripted
from tests.conformance.provider.server import Back
from tests.conformance.provider.tokens import new

API = "/api/v3"
PAGE = 2


@dataclass
class Person:
    """An account. `emails`: address to (primary, verified); `teams` as `organization:slug`."""

    id: int
    emails: dict[str, tuple[bool, bool]] = field(default_factory=dict)
    orgs: list[str] = field(default_factory=list)
    teams: list[str] = field(default_factory=list)
    suspended: bool = False


class GitHub(Scripted):
    """What a test changes is plain data."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.client_id, self.client_secret = "octo-app", "octo-secret"
        self.people: dict[str, Person] = {}
        self.repos: dict[str, dict[str, Any]] = {}
        self.collaborators: dict[str, set[str]] = defaultdict(set)
        self.hidden: set[str] = set()  # organizations that want their own single sign-on
        self.tokens: dict[str, str] = {}  # to whom each belongs
        self._codes: dict[str, tuple[str, dict[str, str]]] = {}
        super().__init__(clock)

    # What a test does and reads

    def authorize(self, url: str, login: str) -> Back:
        """Let a person consent; return what their browser brings back."""
        request = dict(parse_qsl(urlsplit(url).query))
        assert url.startswith(f"{self.issuer}/login/oauth/authorize?"), url
        assert request["client_id"] == self.client_id
        code = new("code")
        self._codes[code] = (login, request)
        return Back(request["redirect_uri"], [("code", code), ("state", request["state"])])

    def revoke(self, login: str) -> None:
        """End the tokens of a person."""
        self.tokens = {token: owner for token, owner in self.tokens.items() if owner != login}

    # Answers

    def route(self, path: str, call: Call, query: str) -> tuple[str, Canned]:
        """Return the name of an endpoint, and what it answers."""
        path = path.removeprefix(API)
        if path == "/login/oauth/access_token":
            return "access_token", self._access_token(call)
        login = self._owner(call)
        person = self.people.get(login or "")
        match path.strip("/").split("/"):
            case ["repos", _, _]:
                endpoint = "repo"
            case ["repos", _, _, "collaborators", _]:
                endpoint = "collaborators"
            case [*_, endpoint]:
                pass
        if login is None or person is None:
            found = _message(401, "Bad credentials")
        elif person.suspended:
            found = _message(403, "Sorry. Your account was suspended.")
        else:
            found = self._about(endpoint, path, query, login, person)
        return endpoint, found

    def _about(self, endpoint: str, path: str, query: str, login: str, person: Person) -> Canned:
        """Return what somebody whose token is good sees at an endpoint."""
        repo = "/".join(path.split("/")[2:4])
        if endpoint == "user":
            account = {"login": login, "id": person.id, "email": "public@example.org"}
            return Canned.json(account)
        if endpoint in {"emails", "orgs", "teams"}:
            return self._list(path, query, self._entries(endpoint, person), endpoint)
        if endpoint == "repo" and repo in self.repos:
            found = self.repos[repo]
            if login in self.collaborators[repo] or not found["private"]:
                return Canned.json(found)
        if endpoint == "collaborators" and path.rpartition("/")[2] in self.collaborators[repo]:
            return Canned(204, b"")
        return _message(404, "Not Found")

    def _entries(self, what: str, person: Person) -> list[dict[str, Any]]:
        if what == "emails":
            return [
                {"email": email, "primary": primary, "verified": verified}
                for email, (primary, verified) in person.emails.items()
            ]
        if what == "orgs":
            return [{"login": name, "id": 1} for name in person.orgs if name not in self.hidden]
        pairs = (team.split(":") for team in person.teams)
        return [{"slug": slug, "organization": {"login": owner}} for owner, slug in pairs]

    def _list(self, path: str, query: str, entries: list[dict[str, Any]], what: str) -> Canned:
        asked = parse_qs(query)
        assert asked["per_page"] == ["100"], query
        page = int(asked.get("page", ["1"])[0])
        last = max(1, -(-len(entries) // PAGE))
        links = {"next": page + 1, "last": last} if page < last else {"first": 1, "prev": page - 1}
        fields = [("Content-Type", "application/json; charset=utf-8")]
        if last > 1:
            base = f"{self.issuer}{API}{path}?per_page=100&page="
            said = (f'<{base}{number}>; rel="{name}"' for name, number in links.items())
            fields.append(("Link", ", ".join(said)))
        if what == "orgs" and self.hidden:
            fields.append(("X-GitHub-SSO", "partial-results; organizations=21955855"))
        body = json.dumps(entries[(page - 1) * PAGE : page * PAGE]).encode()
        return Canned(200, body, tuple(fields))

    def _access_token(self, call: Call) -> Canned:
        """Errors come with status 200, and forms where nobody asked for JSON."""
        form = call.form
        owner, request = self._codes.pop(form.get("code", ""), ("", {}))
        if (form.get("client_id"), form.get("client_secret")) != (
            self.client_id,
            self.client_secret,
        ):
            answer = {"error": "incorrect_client_credentials"}
        elif not owner or request.get("code_challenge") != _challenge(form["code_verifier"]):
            answer = {"error": "bad_verification_code"}
        else:
            token = new("gho")
            self.tokens[token] = owner
            answer = {"access_token": token, "token_type": "bearer", "scope": request["scope"]}
        if "json" in call.fields.get("accept", ""):
            return Canned.json(answer)
        kind = (("Content-Type", "application/x-www-form-urlencoded"),)
        return Canned(200, urlencode(answer).encode(), kind)

    def _owner(self, call: Call) -> str | None:
        scheme, _, token = call.fields.get("authorization", "").partition(" ")
        return self.tokens.get(token) if scheme == "Bearer" else None


def limited(status: int, **fields: str) -> Canned:
    """Return the answer of a limit: 403 or 429, with the fields that say so."""
    said = tuple((name.replace("_", "-"), value) for name, value in fields.items())
    body = json.dumps({"message": "API rate limit exceeded for user ID 1."}).encode()
    return Canned(status, body, (("Content-Type", "application/json"), *said))


def _message(status: int, text: str) -> Canned:
    return Canned.json({"message": text}, status)


def _challenge(verifier: str) -> str:
    return encode(sha256(verifier.encode()).digest())
