"""Google by script: accounts, tokens for service accounts, the directory, the metadata server.

All of it listens at one loopback address; `Rewritten` leads calls to Google's hosts there.
"""

import json
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from sidegate.core.ports import Fetch, FetchRequest, FetchResponse
from tests.conformance.provider.answers import Canned
from tests.conformance.provider.listening import Call
from tests.conformance.provider.server import Provider

HOSTS = {
    "oauth2.googleapis.com": "oauth2",
    "www.googleapis.com": "www",
    "openidconnect.googleapis.com": "openidconnect",
    "admin.googleapis.com": "admin",
    "iamcredentials.googleapis.com": "iam",
    "metadata.google.internal": "machine",
}
DIRECTORY = "admin/admin/directory/v1/groups"
MACHINE = "machine/computeMetadata/v1/instance/service-accounts/default"


class Rewritten:
    """A real `Fetch` that finds Google's hosts at the script's address."""

    def __init__(self, fetch: Fetch, address: str) -> None:
        self._fetch = fetch
        self._address = address

    async def __call__(self, request: FetchRequest, /) -> FetchResponse:
        """Send the request where the script listens."""
        parts = urlsplit(request.url)
        assert parts.hostname in HOSTS, request.url
        query = f"?{parts.query}" if parts.query else ""
        url = f"{self._address}/{HOSTS[parts.hostname]}{parts.path}{query}"
        moved = FetchRequest(
            request.method,
            url,
            request.headers,
            request.body,
            request.timeout,
            request.limit,
            request.is_idempotent,
        )
        return await self._fetch(moved)


class Google(Provider):
    """`members`: addresses in each group. `service_key` signs for the service account."""

    def __init__(self, service_key: RSAKey) -> None:
        super().__init__()
        self.service_key = service_key
        self.members: dict[str, set[str]] = {}
        self.queued: dict[str, list[Canned]] = {}
        self.admin_tokens: set[str] = set()

    def answer(self, call: Call) -> Canned:
        """Return what this call gets."""
        service = call.endpoint.partition("/")[0]
        if self.queued.get(service):
            return self.queued[service].pop(0)
        if service == "oauth2" and "assertion" in call.form:
            return self._rights(call)
        return self._SERVICES[service](self, call)

    def _rights(self, call: Call) -> Canned:
        """RFC 7523 section 2.1: an assertion of the service account for an administrator."""
        try:
            token = jwt.decode(call.form["assertion"], self.service_key, algorithms=["RS256"])
        except ValueError:
            return Canned.json({"error": "invalid_grant"}, 400)
        if token.claims.get("sub") != "root@example.com":
            return Canned.json({"error": "unauthorized_client"}, 401)
        self.admin_tokens.add("ya29.admin")
        answer = {"access_token": "ya29.admin", "expires_in": 3599, "token_type": "Bearer"}
        return Canned.json(answer)

    def _machine(self, call: Call) -> Canned:
        if call.fields.get("metadata-flavor") != "Google":
            return Canned(403, b"")
        if call.endpoint == f"{MACHINE}/email":
            return Canned(200, b"machine@project.example")
        return Canned.json({"access_token": "ya29.machine", "expires_in": 3000})

    def _sign(self, call: Call) -> Canned:
        if call.fields.get("authorization") != "Bearer ya29.machine":
            return Canned.json({"error": {"status": "UNAUTHENTICATED"}}, 401)
        payload = json.loads(json.loads(call.body)["payload"])
        header = {"alg": "RS256", "typ": "JWT"}
        return Canned.json(
            {"keyId": "g", "signedJwt": jwt.encode(header, payload, self.service_key)}
        )

    def _directory(self, call: Call) -> Canned:
        token = call.fields.get("authorization", "").removeprefix("Bearer ")
        if token not in self.admin_tokens:
            return Canned.json({"error": {"code": 401}}, 401)
        parts = unquote(call.endpoint.removeprefix(DIRECTORY)).strip("/").split("/")
        if parts == [""]:
            return self._list(call)
        group, how, member = parts
        return self._member(self.members.get(group), how, member)

    def _member(self, known: set[str] | None, how: str, member: str) -> Canned:
        if how == "hasMember" and known is not None:
            if not member.endswith("@example.com"):
                return Canned.json({"error": {"code": 400, "message": "Invalid Input"}}, 400)
            return Canned.json({"isMember": member in known})
        if not known or member not in known:
            return Canned.json({"error": {"code": 404}}, 404)
        return Canned.json({"email": member, "role": "MEMBER", "status": "ACTIVE"})

    def _list(self, call: Call) -> Canned:
        """One group a page, linked by `nextPageToken`."""
        query = parse_qs(urlsplit(call.target).query)
        mine = sorted(g for g, people in self.members.items() if query["userKey"][0] in people)
        at = int(query.get("pageToken", ["0"])[0])
        page: dict[str, Any] = {"groups": [{"email": group} for group in mine[at : at + 1]]}
        if at + 1 < len(mine):
            page["nextPageToken"] = str(at + 1)
        return Canned.json(page)

    _SERVICES: ClassVar = {
        "www": Provider._jwks,
        "openidconnect": Provider._userinfo,
        "oauth2": Provider._token,
        "machine": _machine,
        "iam": _sign,
        "admin": _directory,
    }
