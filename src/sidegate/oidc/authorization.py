"""The addresses a browser is sent to: to sign in, and to sign out at the provider."""

from sidegate.core.secret import Secret
from sidegate.oidc.urls import with_parameters


def authorization_url(
    endpoint: str,
    *,
    client_id: str,
    redirect_uri: str,
    scope: str,
    state: str,
    nonce: str = "",
    code_challenge: str = "",
    prompt: str = "",
    acr_values: str = "",
    response_mode: str = "",
    extra: tuple[tuple[str, str], ...] = (),
    login_hint: str = "",
) -> str:
    """Return the authorization request (OpenID Connect Core section 3.1.2.1, RFC 7636 4.3).

    `response_type` is always `code`: no token ever comes through the browser (RFC 9700 2.1.2).
    Empty parameters are left out; a query of the endpoint is kept. `extra`: what one kind
    of provider wants besides.
    """
    parameters = [
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", redirect_uri),
        ("scope", scope),
        ("state", state),
        ("code_challenge", code_challenge),
        ("code_challenge_method", "S256" if code_challenge else ""),
        ("nonce", nonce),
        ("prompt", prompt),
        ("acr_values", acr_values),
        ("response_mode", response_mode),
        ("login_hint", login_hint),
        *extra,
    ]
    return with_parameters(endpoint, [pair for pair in parameters if pair[1]])


def end_session_url(
    endpoint: str, *, client_id: str, return_to: str, id_token: Secret[str] | None
) -> str:
    """Return the sign-out request (OpenID Connect RP-Initiated Logout 1.0 section 2).

    The address carries the ID token, visible to the browser and the provider: `endpoint` must be
    the provider's own and nothing else.
    """
    parameters = [("client_id", client_id)]
    if id_token is not None:
        parameters.append(("id_token_hint", id_token.reveal()))
    if return_to:
        parameters.append(("post_logout_redirect_uri", return_to))
    return with_parameters(endpoint, parameters)
