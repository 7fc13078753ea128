"""The endpoints of the scripted provider and what it remembers of codes and tokens."""

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from tests.conformance.macros import expand
from tests.conformance.provider.answers import Canned
from tests.conformance.provider.keys import encode, key
from tests.conformance.provider.listening import Call, Clock, Listening
from tests.conformance.provider.tokens import Keys, Mutation, at_hash, make, new

CODE_LIFETIME = 60.0
# Every character that a careless client gets wrong in Basic (RFC 6749 section 2.3.1).
ODD_SECRET = "a:b%+ ö"

KEY_SETS: dict[str, Callable[[Keys], Any]] = {
    "good": lambda keys: [keys.rsa.jwk(), keys.ec.jwk(), keys.ed.jwk()],
    "multi": lambda keys: [key("rsa-other").jwk(), keys.rsa.jwk(), keys.ec.jwk(), keys.ed.jwk()],
    "single": lambda keys: [keys.rsa.jwk()],
    "no_kids": lambda keys: [key("rsa-other").jwk(kid=None), keys.rsa.jwk(kid=None)],
    "no_algs": lambda keys: [k.jwk(alg=None, use=None) for k in (keys.rsa, keys.ec, keys.ed)],
    "dup_kid": lambda keys: [keys.ec.jwk(kid=keys.rsa.kid), keys.rsa.jwk()],
    "dup_kid_same_kty": lambda keys: [key("rsa-other").jwk(kid=keys.rsa.kid), keys.rsa.jwk()],
    "other": lambda _: [key("rsa-other").jwk()],
    "empty": lambda _: [],
    "enc_only": lambda keys: [keys.rsa.jwk(use="enc")],
    "oct": lambda keys: [{"kty": "oct", "kid": keys.rsa.kid, "k": encode(b"k" * 32)}],
    "weak": lambda keys: [key("rsa-weak", bits=1024).jwk(kid=keys.rsa.kid)],
    "broken_first": lambda keys: [{"kty": "RSA", "n": "!"}, 1, None, keys.rsa.jwk()],
}


@dataclass(frozen=True)
class Back:
    """What the browser brings back from a sign-in."""

    redirect_uri: str
    parameters: list[tuple[str, str]]

    def __getitem__(self, name: str) -> str:
        return next(value for key, value in self.parameters if key == name)


@dataclass
class _Grant:
    """One sign-in: what was asked, who it is, what is wrong with it."""

    request: dict[str, str]
    person: dict[str, Any]
    mutation: Mutation
    at: float
    sid: str = ""
    used: bool = False
    refresh_tokens: list[str] = field(default_factory=list)


class Provider(Listening):
    """See the package. `metadata` changes the discovery document (None removes a member).

    `checks_pkce` off makes a provider that is lax about it; `rsa` names the key that signs.
    """

    def __init__(
        self,
        *,
        client_id: str = "app-client",
        client_secret: str = ODD_SECRET,
        metadata: Mapping[str, Any] | None = None,
        checks_pkce: bool = True,
        clock: Clock | None = None,
        rsa: str = "rsa-1",
        port: int = 0,
    ) -> None:
        super().__init__(clock, port)
        self.client_id, self.client_secret = client_id, client_secret
        self.metadata = dict(metadata or {})
        self.checks_pkce = checks_pkce
        self.keys = self._first_keys = Keys(rsa=key(rsa))
        # What a test changes
        self._used: dict[str, float] = {}  # when each refresh token was used first
        self.answers: dict[str, Canned] = {}
        self.delays: dict[str, float] = {}  # seconds before an endpoint looks at a call
        self.grace = 0.0  # seconds in which a refresh token may be used again
        self.jwks = "good"
        self.person = "alice@example.com"
        self.mutation: Mutation = {}
        # What a test reads
        self.secrets: dict[str, str] = {}  # by kind, the newest
        self.given: set[str] = set()  # all of them
        self.ended = 0
        # What the provider remembers
        self._last_sid = ""
        self._codes: dict[str, _Grant] = {}
        self._tokens: dict[str, _Grant] = {}
        self._refreshes: dict[str, _Grant] = {}
        self._lock = threading.Lock()
        self.begin()

    def forget(self) -> None:
        """Be honest again, with no memory of calls."""
        self.answers.clear()
        self.keys = self._first_keys
        self.jwks, self.mutation, self.person = "good", {}, "alice@example.com"
        self.calls.clear()
        self.secrets.clear()
        self.given.clear()

    def rotate(self, kid: str) -> None:
        """Sign with a new key, the only one in the set."""
        self.keys = replace(self.keys, rsa=key(kid))
        self.jwks = "single"

    # Signing in

    def authorize(
        self, url: str, person: str | Mapping[str, Any], mutation: Mutation | None = None
    ) -> Back:
        """Sign somebody in at an authorization request; return what their browser brings back.

        `person`: an email address, or claims. Raises AssertionError for a request that no client
        of ours may make.
        """
        request = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
        assert url.startswith(self.issuer + "/authorize?"), url
        assert (request["response_type"], request["client_id"]) == ("code", self.client_id)
        change = mutation or {}
        if "jwks" in change:
            self.jwks = change["jwks"]
        code = new("code")
        self._remember(code=code)
        self._last_sid = new("sid")
        who = claims_of(person)
        self._codes[code] = _Grant(request, who, change, self.clock(), self._last_sid)
        parameters = [("code", code), ("state", request.get("state", ""))]
        issuers = change.get("iss_param", self._issuer_parameter())
        issuers = [issuers] if isinstance(issuers, str) else issuers
        names = {"issuer": self.issuer}
        parameters += [("iss", expand(issuer, names, 0)) for issuer in issuers]
        return Back(request["redirect_uri"], parameters)

    def id_token(
        self, person: str | Mapping[str, Any], mutation: Mutation | None = None, **claims: Any
    ) -> str:
        """Return an ID token without a sign-in, for clients that bring their own."""
        honest = {**self._claims(claims_of(person), self.clock()), **claims}
        return make(honest, mutation or {}, self.keys, self._names(honest))

    def logout_token(
        self, person: str | Mapping[str, Any], mutation: Mutation | None = None
    ) -> str:
        """Return a token that says that whoever signed in last signed out.

        Back-Channel Logout section 2.4.
        """
        who, now = claims_of(person), int(self.clock())
        honest = {
            "iss": self.issuer,
            "aud": self.client_id,
            "iat": now,
            "exp": now + 120,
            "jti": new("jti"),
            "sub": who["sub"],
            "sid": self._last_sid,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        token = make(honest, mutation or {}, self.keys, self._names(honest))
        self._remember(logout_token=token)
        return token

    def _issuer_parameter(self) -> list[str]:
        promised = self.metadata.get("authorization_response_iss_parameter_supported")
        return ["$issuer"] if promised else []

    # Endpoints. Each returns an answer for a call.

    def answer(self, call: Call) -> Canned:
        """Return what this call gets."""
        if delay := self.delays.get(call.endpoint):
            self.ending.wait(delay)
        if call.endpoint in self.answers:
            return self.answers[call.endpoint]
        with self._lock:
            found = self._ENDPOINTS.get(call.endpoint)
            return found(self, call) if found else Canned(404, b"")

    def _discovery(self, _: Call) -> Canned:
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/end_session",
            "introspection_endpoint": f"{self.issuer}/introspect",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
            "code_challenge_methods_supported": ["S256"],
            **self.metadata,
        }
        return Canned.json({name: value for name, value in document.items() if value is not None})

    def _jwks(self, _: Call) -> Canned:
        return Canned.json({"keys": KEY_SETS[self.jwks](self.keys)})

    def _authorize(self, call: Call) -> Canned:
        back = self.authorize(self.issuer + call.target, self.person, self.mutation)
        return Canned.redirect(f"{back.redirect_uri}?{urlencode(back.parameters)}", 302)

    def _token(self, call: Call) -> Canned:
        if not self._is_client(call):
            return Canned.json({"error": "invalid_client"}, 401)
        if call.form.get("grant_type") == "refresh_token":
            return self._refresh(call)
        code = call.form.get("code", "")
        grant = self._codes.get(code)
        if grant is None or grant.used or not self._fits(grant, call.form):
            return Canned.json({"error": "invalid_grant", "error_description": code}, 400)
        grant.used = True
        return self._tokens_for(grant, grant.mutation, first=True)

    def _fits(self, grant: _Grant, form: dict[str, str]) -> bool:
        """Say whether a code is redeemed by whom it was made for, and in time."""
        verifier = form.get("code_verifier", "")
        self._remember(code_verifier=verifier)
        challenge = encode(hashlib.sha256(verifier.encode()).digest())
        asked = grant.request.get("code_challenge")
        return (
            self.clock() - grant.at < CODE_LIFETIME
            and form.get("redirect_uri") == grant.request["redirect_uri"]
            and (not self.checks_pkce or asked is None or asked == challenge)
        )

    def _refresh(self, call: Call) -> Canned:
        token = call.form.get("refresh_token", "")
        grant = self._refreshes.get(token)
        if grant is None:
            return Canned.json({"error": "invalid_grant"}, 400)
        mutation = grant.mutation.get("refresh", {})
        if "refresh_error" in mutation:
            status = mutation.get("refresh_status", 400)
            return Canned.json({"error": mutation["refresh_error"]}, status)
        if "refresh_status" in mutation:
            return Canned(mutation["refresh_status"], b"{}")
        if self._is_theft(token, grant):
            for one in grant.refresh_tokens:
                self._refreshes.pop(one, None)
            return Canned.json({"error": "invalid_grant"}, 400)
        return self._tokens_for(grant, mutation, first=False)

    def _is_theft(self, token: str, grant: _Grant) -> bool:
        """Say whether a token is used twice, which ends the whole family."""
        if not self.grace:
            return token != grant.refresh_tokens[-1]
        now = self.clock()
        return now - self._used.setdefault(token, now) > self.grace

    def _tokens_for(self, grant: _Grant, mutation: Mutation, *, first: bool) -> Canned:
        access, refresh = new("access"), new("refresh")
        self._tokens[access] = self._refreshes[refresh] = grant
        grant.refresh_tokens.append(refresh)
        algorithm = mutation.get("header", {}).get("alg", "RS256")
        claims = self._claims(grant.person, self.clock())
        claims["at_hash"] = at_hash(access, str(algorithm))
        claims["sid"] = grant.sid
        if first and "nonce" in grant.request:
            claims["nonce"] = grant.request["nonce"]
        id_token = make(claims, mutation, self.keys, self._names(claims))
        self._remember(access_token=access, refresh_token=refresh, id_token=id_token)
        answer = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": 3600,
            "refresh_token": refresh,
            "id_token": id_token,
            **expand(mutation.get("token_response", {}), self._names(claims), self.clock()),
        }
        for name in mutation.get("token_response_remove", ()):
            answer.pop(name, None)
        if "token_redirect" in mutation:
            return Canned.redirect(mutation["token_redirect"])
        body = mutation.get("token_response_raw", json.dumps(answer))
        return Canned(mutation.get("token_status", 200), str(body).encode())

    def _userinfo(self, call: Call) -> Canned:
        scheme, _, token = call.fields.get("authorization", "").partition(" ")
        grant = self._tokens.get(token)
        if scheme != "Bearer" or grant is None:
            return Canned(401, b"")
        mutation = grant.mutation
        claims = {
            n: v for n, v in self._claims(grant.person, self.clock()).items() if n not in _JWT
        }
        names = self._names(claims)
        claims |= expand(mutation.get("userinfo", {}), names, self.clock())
        for name in mutation.get("userinfo_remove", ()):
            claims.pop(name, None)
        if "userinfo_redirect" in mutation:
            return Canned.redirect(mutation["userinfo_redirect"])
        kind = mutation.get("userinfo_type", "application/json")
        body = str(mutation.get("userinfo_raw", json.dumps(claims)))
        if "userinfo_signed" in mutation:
            kind = mutation.get("userinfo_type", "application/jwt")
            signed = {**claims, "iss": self.issuer, "aud": self.client_id}
            body = make(signed, mutation["userinfo_signed"], self.keys, names)
        status = mutation.get("userinfo_status", 200)
        return Canned(status, body.encode(), (("Content-Type", kind),))

    def _introspect(self, call: Call) -> Canned:
        if not self._is_client(call):
            return Canned.json({"error": "invalid_client"}, 401)
        grant = self._tokens.get(call.form.get("token", ""))
        if grant is None:
            return Canned.json({"active": False})
        return Canned.json({"active": True, **self._claims(grant.person, self.clock())})

    def _end_session(self, call: Call) -> Canned:
        self.ended += 1
        query = dict(parse_qsl(urlsplit(call.target).query))
        return Canned.redirect(query.get("post_logout_redirect_uri", "/"), 302)

    _ENDPOINTS: dict[str, Callable[["Provider", Call], Canned]] = {  # noqa: RUF012 - fixed
        "discovery": _discovery,
        "jwks": _jwks,
        "authorize": _authorize,
        "token": _token,
        "userinfo": _userinfo,
        "introspect": _introspect,
        "end_session": _end_session,
    }

    # Details

    def _remember(self, **secrets: str) -> None:
        self.secrets |= secrets
        self.given |= {value for value in secrets.values() if value}

    def _is_client(self, call: Call) -> bool:
        return _credentials(call) == (self.client_id, self.client_secret)

    def _claims(self, person: Mapping[str, Any], now: float) -> dict[str, Any]:
        times = {"iat": int(now), "exp": int(now) + 300}
        return {"iss": self.issuer, "aud": self.client_id, **times, **person}

    def _names(self, claims: Mapping[str, Any]) -> dict[str, Any]:
        mine = {"issuer": self.issuer, "client_id": self.client_id, "sub": claims.get("sub", "")}
        return {**mine, "now": self.clock()}


_JWT = {"iss", "aud", "iat", "exp"}


def claims_of(person: str | Mapping[str, Any]) -> dict[str, Any]:
    """Return the claims about somebody, made up from an email address unless they are given."""
    if not isinstance(person, str):
        return dict(person)
    return {
        "sub": "sub-" + hashlib.sha256(person.encode("utf-8", "replace")).hexdigest()[:16],
        "email": person,
        "email_verified": True,
        "preferred_username": "person",
        "groups": ["staff"],
    }


def _credentials(call: Call) -> tuple[str, str]:
    """Return client id and secret, from Basic (RFC 6749 section 2.3.1) or the form."""
    scheme, _, value = call.fields.get("authorization", "").partition(" ")
    if scheme != "Basic":
        return call.form.get("client_id", ""), call.form.get("client_secret", "")
    client, _, secret = base64.b64decode(value).decode("latin-1").partition(":")
    return unquote_plus(client), unquote_plus(secret)
