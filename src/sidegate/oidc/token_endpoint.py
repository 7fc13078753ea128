"""The token endpoint (RFC 6749 sections 4.1.3, 5 and 6): requests to it, answers from it.

Messages of errors name the status and the registered error code, never the body: an answer of a
token endpoint is made of secrets.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qsl, quote_plus, urlencode

from sidegate.core.errors import GrantRejected, ProviderMisbehaved, ProviderUnavailable
from sidegate.core.ports import FetchRequest, FetchResponse
from sidegate.core.secret import Secret
from sidegate.oidc.strict_json import JsonRejected, parse_object

FORM_TYPE: Final = "application/x-www-form-urlencoded"
MAX_LIFETIME: Final = 10 * 365 * 86400
JWT_BEARER: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523 section 2.2
Parameters = tuple[tuple[str, str], ...]

_HTTP_OK: Final = 200
_TOO_MANY_REQUESTS: Final = 429
_SERVER_ERROR: Final = 500
_LONGEST_CODE: Final = 64
_MOST_NUMBERS: Final = 4
# The grant is worth nothing any more: section 5.2, and what Microsoft answers to a refresh when a
# policy wants the person to be there (errors of OpenID Connect Core section 3.1.2.6).
_OVER: Final = ("invalid_grant", "interaction_required", "login_required", "consent_required")


@dataclass(frozen=True, slots=True)
class Client:
    """How we show who we are at an endpoint (section 2.3).

    `methods`: what the provider supports there (`token_endpoint_auth_methods_supported` and its
    like), empty when unknown. `assertion`: shown in place of the secret (RFC 7521 section 4.2);
    good for one call.
    """

    client_id: str
    client_secret: Secret[str]
    methods: tuple[str, ...] = ()
    assertion: Secret[str] | None = None


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """A successful answer. `expires_in`: seconds the access token lives, None when unknown."""

    access_token: Secret[str]
    id_token: Secret[str] | None = None
    refresh_token: Secret[str] | None = None
    expires_in: int | None = None


def code_request(
    endpoint: str,
    client: Client,
    *,
    code: str,
    redirect_uri: str,
    verifier: Secret[str] | None,
    more: Parameters = (),
) -> FetchRequest:
    """Return the request that redeems a code (section 4.1.3, RFC 7636 section 4.5).

    `more`: what one kind of provider wants besides.
    """
    parameters = {
        **dict(more),
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
    }
    if verifier is not None:
        parameters["code_verifier"] = verifier.reveal()
    return client_request(endpoint, client, parameters)


def refresh_request(
    endpoint: str, client: Client, refresh_token: Secret[str], more: Parameters = ()
) -> FetchRequest:
    """Return the request that redeems a refresh token (section 6). `more`: further parameters."""
    parameters = {
        **dict(more),
        "grant_type": "refresh_token",
        "refresh_token": refresh_token.reveal(),
    }
    return client_request(endpoint, client, parameters)


def parse_answer(
    response: FetchResponse,
    *,
    takes_forms: bool = False,
    aliases: Mapping[str, str] = MappingProxyType({}),
) -> TokenAnswer:
    """Return the tokens of an answer.

    `takes_forms`: the answer may be a form where its type says so, as it was before section 5.1
    asked for JSON. `aliases`: error codes of the provider's own, with the registered ones they
    stand for. Raises GrantRejected for `invalid_grant` and where the person has to sign in
    themselves, ProviderUnavailable for 429 and 5xx, and ProviderMisbehaved for everything else that
    is not a success of section 5.1.
    """
    if response.status == _TOO_MANY_REQUESTS or response.status >= _SERVER_ERROR:
        raise ProviderUnavailable(f"token endpoint answered {response.status}")
    try:
        is_form = takes_forms and media_type(response) == FORM_TYPE
        values = parse_form(response.body) if is_form else parse_object(response.body)
    except JsonRejected as error:
        raise ProviderMisbehaved(f"token endpoint answered {response.status}: {error}") from None
    if response.status != _HTTP_OK or "error" in values:
        raise _refusal(response.status, values, aliases)
    token_type = values.get("token_type")
    if not isinstance(token_type, str) or token_type.encode().lower() != b"bearer":  # 5.1: any case
        raise ProviderMisbehaved("token endpoint: token_type is not Bearer")
    access_token = _token(values, "access_token")
    if access_token is None:
        raise ProviderMisbehaved("token endpoint: there is no access_token")
    return TokenAnswer(
        access_token=access_token,
        id_token=_token(values, "id_token"),
        refresh_token=_token(values, "refresh_token"),
        expires_in=_lifetime(values.get("expires_in")),
    )


def client_request(endpoint: str, client: Client, parameters: dict[str, str]) -> FetchRequest:
    """Return a form for an endpoint that wants to know who asks (sections 2.3.1 and 3.2.1)."""
    headers = [
        ("Content-Type", FORM_TYPE),
        ("Accept", "application/json"),
    ]
    secret = client.client_secret.reveal()
    if client.assertion is not None:
        parameters = {
            **parameters,
            "client_id": client.client_id,
            "client_assertion_type": JWT_BEARER,
            "client_assertion": client.assertion.reveal(),
        }
    elif not secret:  # a public client only names itself (section 3.2.1)
        parameters = {**parameters, "client_id": client.client_id}
    elif "client_secret_basic" not in client.methods and "client_secret_post" in client.methods:
        parameters = {**parameters, "client_id": client.client_id, "client_secret": secret}
    else:
        headers.append(("Authorization", _basic(client.client_id, secret)))
    body = urlencode(parameters).encode("ascii")
    return FetchRequest("POST", endpoint, tuple(headers), body, purpose="token")


def _basic(client_id: str, secret: str) -> str:
    """Both parts are form-encoded first (section 2.3.1), so a colon in them is no separator."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode("ascii")).decode("ascii")


def parse_form(body: bytes) -> dict[str, Any]:
    """Return the fields of a form, each of them once. Raises JsonRejected."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        raise JsonRejected("not a form in UTF-8") from None
    if len(dict(pairs)) != len(pairs):
        raise JsonRejected("a form with a duplicate name")
    return dict(pairs)


def media_type(response: FetchResponse) -> str:
    """Return the media type of an answer in lower case, without its parameters."""
    return response.headers.get("content-type", "").partition(";")[0].strip(" \t").lower()


def _refusal(
    status: int, values: dict[str, Any], aliases: Mapping[str, str]
) -> GrantRejected | ProviderMisbehaved:
    code: Any = values.get("error")
    numbers = _numbers(values.get("error_codes"))
    meaning = aliases.get(code, code) if isinstance(code, str) else code
    if meaning in _OVER:
        return GrantRejected(f"token endpoint said {code}{numbers}")
    is_code = isinstance(code, str) and len(code) <= _LONGEST_CODE
    shown = code if is_code and code.isascii() and code.replace("_", "").isalnum() else "no code"
    is_about_us = meaning == "invalid_client"
    hint = "; check client_id and its secret, key or assertion" if is_about_us else ""
    return ProviderMisbehaved(f"token endpoint answered {status} ({shown}){numbers}{hint}")


def _numbers(codes: Any) -> str:
    """Return the numbers by which Microsoft's documents explain a refusal (AADSTS50173)."""
    whole = [f"AADSTS{n}" for n in codes if type(n) is int] if isinstance(codes, list) else []
    return " " + " ".join(whole[:_MOST_NUMBERS]) if whole else ""


def _token(values: dict[str, Any], name: str) -> Secret[str] | None:
    value = values.get(name)
    if value is None or value == "":
        return None
    # RFC 6749 appendix A.12: visible characters and space; it goes into a header field.
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise ProviderMisbehaved(f"token endpoint: {name} is not a token")
    return Secret(value)


def _lifetime(value: Any) -> int | None:
    """Read `expires_in`. Digits in quotes are accepted: a well-known provider sends them."""
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ProviderMisbehaved("token endpoint: expires_in is not a number of seconds")
    return min(value, MAX_LIFETIME)
