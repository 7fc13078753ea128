"""Microsoft Entra ID and Graph by script, as Microsoft's documents say that they answer.

    with Entra(clock) as site:
        site.people["alice"] = Account(ONE, {"email": "alice@example.com"}, ["g1"])
        back = site.authorize(url, "alice")          # what the browser brings back
        site.queue("groups", Canned(503))            # the next answer of an endpoint
        site.revoked.add("alice")                    # refreshes are `invalid_grant` from now on

Endpoints: `discovery`, `keys`, `token`, `userinfo`, `groups`. Somebody in more than three groups
has an overage claim instead; pages of Graph hold two, and a directory role is among them.
"""

import json
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from tests.conformance.provider.answers import Canned
from tests.conformance.provider.listening import Call, Clock
from tests.conformance.provider.scripted import Scripted
from tests.conformance.provider.server import Back
from tests.conformance.provider.tokens import Keys, make, new

ONE, OTHER = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
MOST_GROUPS = 3
PAGE = 2
_GROUPS = "/v1.0/me/transitiveMemberOf"
_ROLE = {"@odata.type": "#microsoft.graph.directoryRole", "id": "role", "displayName": "Role"}


@dataclass
class Account:
    """Somebody of a tenant. `claims` are those of the ID token besides the usual ones."""

    tenant: str
    claims: dict[str, Any] = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)


class Entra(Scripted):
    """`issuer` is that of one tenant. What a test changes is plain data."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.client_id, self.client_secret = "entra-app", "entra-secret"
        self.keys = Keys()
        self.people: dict[str, Account] = {}
        self.revoked: set[str] = set()
        self.assertion = ""  # a federated token that is accepted in place of the secret
        self.tokens: dict[str, str] = {}  # of any kind: to whom each belongs
        self._codes: dict[str, tuple[str, dict[str, str]]] = {}
        super().__init__(clock)
        self.issuer = self.of(ONE)

    def of(self, tenant: str) -> str:
        """Return the issuer of a tenant, or of many."""
        return f"{self.base}/{tenant}/v2.0"

    def authorize(self, url: str, login: str) -> Back:
        """Let somebody sign in; return what their browser brings back."""
        request = dict(parse_qsl(urlsplit(url).query))
        assert url.startswith(self.base + "/"), url
        assert request["scope"] == "openid email profile"
        code = new("code")
        self._codes[code] = (login, request)
        return Back(request["redirect_uri"], [("code", code), ("state", request["state"])])

    def route(self, path: str, call: Call, query: str) -> tuple[str, Canned]:
        """Return the name of an endpoint, and what it answers."""
        if path.endswith("/.well-known/openid-configuration"):
            return "discovery", self._discovery(path.split("/")[1])
        if path.endswith("/discovery/v2.0/keys"):
            template = self.of("{tenantid}")
            return "keys", Canned.json({"keys": [self.keys.rsa.jwk(issuer=template)]})
        if path.endswith("/oauth2/v2.0/token"):
            return "token", self._token(call)
        login = self.tokens.get(call.fields.get("authorization", "").removeprefix("Bearer "))
        endpoint = "groups" if path == _GROUPS else "userinfo"
        if login is None:
            return endpoint, _graph_error(401, "InvalidAuthenticationToken")
        if endpoint == "userinfo":
            return endpoint, Canned.json({"sub": login})
        assert call.fields["consistencylevel"] == "eventual"
        return endpoint, self._page(login, parse_qs(query))

    def _discovery(self, tenant: str) -> Canned:
        """Tell of one tenant by its id, of `common` and `organizations` by a template."""
        named = "{tenantid}" if tenant in {"common", "organizations"} else tenant
        at = f"{self.base}/{tenant}"
        return Canned.json(
            {
                "issuer": self.of(ONE if "." in named else named),
                "authorization_endpoint": f"{at}/oauth2/v2.0/authorize",
                "token_endpoint": f"{at}/oauth2/v2.0/token",
                "jwks_uri": f"{at}/discovery/v2.0/keys",
                "userinfo_endpoint": f"{self.base}/oidc/userinfo",
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": [
                    *("client_secret_post", "private_key_jwt", "client_secret_basic"),
                ],
            }
        )

    def _token(self, call: Call) -> Canned:
        form = call.form
        if not self._is_client(call):
            return _refused("invalid_client", 7000215, 401)
        if form["grant_type"] == "refresh_token":
            login, nonce = self.tokens.get(form["refresh_token"], ""), None
            if login in self.revoked or not login:
                return _refused("invalid_grant", 50173)
        else:
            login, request = self._codes.pop(form["code"], ("", {}))
            if not login:
                return _refused("invalid_grant", 54005)
            nonce = request["nonce"]
        return self._tokens_of(login, nonce)

    def _is_client(self, call: Call) -> bool:
        if self.assertion:
            kind = call.form.get("client_assertion_type", "")
            return kind.endswith("jwt-bearer") and call.form["client_assertion"] == self.assertion
        pair = b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        return call.fields.get("authorization") == f"Basic {pair}"

    def _tokens_of(self, login: str, nonce: str | None) -> Canned:
        who, now = self.people[login], int(self.clock())
        claims = {
            "iss": self.of(who.tenant),
            "tid": who.tenant,
            "aud": self.client_id,
            "sub": login,
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            **who.claims,
        }
        if nonce is not None:
            claims["nonce"] = nonce
        if len(who.groups) > MOST_GROUPS:
            claims["_claim_names"] = {"groups": "src1"}
            claims["_claim_sources"] = {"src1": {"endpoint": "https://graph.windows.net/x"}}
        elif who.groups:
            claims["groups"] = who.groups
        access, refresh = new("access"), new("refresh")
        self.tokens |= {access: login, refresh: login}
        answer = {"token_type": "Bearer", "expires_in": 3599, "access_token": access}
        id_token = make(claims, {}, self.keys, {"now": now, "issuer": claims["iss"]})
        return Canned.json({**answer, "refresh_token": refresh, "id_token": id_token})

    def _page(self, login: str, asked: dict[str, list[str]]) -> Canned:
        assert asked["$top"] == ["100"]
        start = int(asked.get("$skiptoken", ["0"])[0])
        members = [
            _ROLE,
            *(
                {"@odata.type": "#microsoft.graph.group", "id": group, "displayName": group.upper(),
                 "securityEnabled": True}
                for group in self.people[login].groups
            ),
        ]  # fmt: skip
        page: dict[str, Any] = {"value": members[start : start + PAGE]}
        if start + PAGE < len(members):
            query = f"$select={asked['$select'][0]}&$top=100&$skiptoken={start + PAGE}"
            page["@odata.nextLink"] = f"{self.base}{_GROUPS}?{query}"
        return Canned.json(page)


def _refused(error: str, number: int, status: int = 400) -> Canned:
    text = f"AADSTS{number}: canary of the description. Trace ID: 0000. Timestamp: now."
    about = {"error": error, "error_description": text, "error_codes": [number]}
    return Canned.json(about, status)


def _graph_error(status: int, code: str) -> Canned:
    return Canned.json({"error": {"code": code, "message": "canary of the message"}}, status)


def throttled(seconds: int) -> Canned:
    """Return the answer of Graph to too many calls."""
    fields = (("Content-Type", "application/json"), ("Retry-After", str(seconds)))
    body = json.dumps({"error": {"code": "TooManyRequests", "message": "canary"}}).encode()
    return Canned(429, body, fields)


def forbidden() -> Canned:
    """Return the answer of Graph where nobody consented to the permission."""
    return _graph_error(403, "Authorization_RequestDenied")
