"""How the gate may ask Google's directory: as an administrator, through a service account.

Three ways lead to the same access token, which is kept until shortly before its end: the service
account's own key; on a machine of Google Cloud its account, which signs for the service account
(no key lies anywhere); the same for an account that is named.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import quote, urlencode

from joserfc.jwk import RSAKey

from sidegate.config.settings import ProviderSettings
from sidegate.core.errors import ProviderMisbehaved, ProviderUnavailable
from sidegate.core.ports import Clock, Fetch, FetchRequest, FetchResponse
from sidegate.core.secret import Secret
from sidegate.oidc.signing import sign
from sidegate.oidc.strict_json import JsonRejected, parse_object
from sidegate.oidc.token_endpoint import parse_answer
from sidegate.providers.documents import get_document

GROUPS: Final = "https://www.googleapis.com/auth/admin.directory.group.readonly"
USERS: Final = {
    "": "https://www.googleapis.com/auth/admin.directory.user.readonly",
    "readonly": "https://www.googleapis.com/auth/admin.directory.user.readonly",
    "user": "https://www.googleapis.com/auth/admin.directory.user",
    "cloud": "https://www.googleapis.com/auth/cloud-platform",
}
"""`google_admin_api_user_scope` and the scope it stands for."""

TOKEN_URI: Final = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
SIGNER: Final = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts"
MACHINE: Final = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts"
"""The machine's own account. Plain HTTP is Google's choice: this never leaves the machine."""

_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFETIME: Final = 3600.0
_EARLY: Final = 60.0


class Signer(Protocol):
    """Signs as a service account."""

    async def assertion(self, claims: dict[str, Any]) -> Secret[str]:
        """Return `claims`, to which it adds who it is, signed. Raises ProviderError."""


class AdminToken:
    """The access token of an administrator, renewed before it ends."""

    def __init__(
        self, signer: Signer, fetch: Fetch, clock: Clock, *, subject: str, scope: str
    ) -> None:
        self._signer = signer
        self._fetch = fetch
        self._clock = clock
        self._subject = subject
        self._scope = scope
        self._token: Secret[str] | None = None
        self._ends_at = 0.0

    async def token(self) -> Secret[str]:
        """Return a token that is valid for a while. Raises ProviderError (RFC 7523 section 2.1)."""
        now = self._clock()
        if self._token is not None and now < self._ends_at - _EARLY:
            return self._token
        claims = {
            "sub": self._subject,
            "scope": self._scope,
            "aud": TOKEN_URI,
            "iat": int(now),
            "exp": int(now + _LIFETIME),
        }
        assertion = await self._signer.assertion({k: v for k, v in claims.items() if v})
        form = {"grant_type": _GRANT, "assertion": assertion.reveal()}
        request = FetchRequest(
            "POST",
            TOKEN_URI,
            (("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")),
            urlencode(form).encode("ascii"),
            is_idempotent=True,
        )
        answer = parse_answer(await self._fetch(request))
        self._ends_at = now + (answer.expires_in or _LIFETIME)
        self._token = answer.access_token
        return answer.access_token


@dataclass(frozen=True, slots=True)
class KeyFile:
    """Signs with the key of a service account, as its file of JSON holds it."""

    account: str
    key_id: str
    key: RSAKey

    async def assertion(self, claims: dict[str, Any]) -> Secret[str]:
        """Return the claims, issued by the account."""
        header = {"alg": "RS256", "typ": "JWT", "kid": self.key_id}
        return Secret(sign(self.key, header, {"iss": self.account, **claims}))


class Machine:
    """Has Google sign for `account`, which the machine's own account may do (signJwt).

    `account` empty: the machine's own.
    """

    def __init__(self, fetch: Fetch, account: str) -> None:
        self._fetch = fetch
        self._account = account

    async def assertion(self, claims: dict[str, Any]) -> Secret[str]:
        """Return the claims, issued by the account. Raises ProviderError."""
        if not self._account:
            self._account = (await self._local("default/email")).decode("ascii", "replace").strip()
        own = _field(await self._local("default/token"), "access_token", "machine account")
        payload = json.dumps({"iss": self._account, **claims})
        request = FetchRequest(
            "POST",
            f"{SIGNER}/{quote(self._account, safe='@')}:signJwt",
            (("Authorization", f"Bearer {own}"), ("Content-Type", "application/json")),
            json.dumps({"payload": payload}).encode("utf-8"),
            is_idempotent=True,
        )
        response = await self._fetch(request)
        return Secret(_field(_successful(response), "signedJwt", "signJwt"))

    async def _local(self, path: str) -> bytes:
        return await get_document(
            self._fetch,
            f"{MACHINE}/{path}",
            "machine account",
            more=(("Metadata-Flavor", "Google"),),
        )


def _successful(response: FetchResponse) -> bytes:
    if response.status == 429 or response.status >= 500:
        raise ProviderUnavailable(f"signJwt: Google answered {response.status}")
    if response.status != 200:
        hint = "; the machine's account needs roles/iam.serviceAccountTokenCreator for it"
        raise ProviderMisbehaved(f"signJwt: Google answered {response.status}{hint}")
    return response.body


def _field(body: bytes, name: str, what: str) -> str:
    try:
        value = parse_object(body).get(name)
    except JsonRejected as error:
        raise ProviderMisbehaved(f"{what}: {error}") from None
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise ProviderMisbehaved(f"{what}: there is no {name}")
    return value


def admin_token(settings: ProviderSettings, fetch: Fetch, clock: Clock) -> AdminToken | None:
    """Return the way to the directory that the options describe, None for none."""
    account = settings.google_service_account
    if account is not None:
        key = RSAKey.import_key(account.key.pem.reveal())
        signer: Signer = KeyFile(account.email, account.key_id, key)
    elif settings.google_use_application_default_credentials:
        signer = Machine(fetch, settings.google_target_principal)
    else:
        return None
    scopes = [GROUPS]
    if settings.google_use_organization_id:
        scopes.append(USERS[settings.google_admin_api_user_scope])
    return AdminToken(
        signer, fetch, clock, subject=settings.google_admin_email, scope=" ".join(scopes)
    )
