"""Documents of an issuer: one GET, one body, or an error that says whose fault it is."""

from sidegate.core.errors import ProviderMisbehaved, ProviderUnavailable
from sidegate.core.ports import Fetch, FetchRequest, FetchResponse
from sidegate.core.secret import Secret

Fields = tuple[tuple[str, str], ...]
_PURPOSES = {"discovery document": "discovery", "key set": "keys", "userinfo": "userinfo"}


async def get_document(
    fetch: Fetch, url: str, what: str, token: Secret[str] | None = None, *, more: Fields = ()
) -> bytes:
    """Return the body of a 200 answer in JSON; else as `get_answer`."""
    return (await get_answer(fetch, url, what, token, more=more)).body


async def get_answer(
    fetch: Fetch,
    url: str,
    what: str,
    token: Secret[str] | None = None,
    *,
    accept: str = "application/json",
    patience: float = 10.0,
    more: Fields = (),
) -> FetchResponse:
    """Return a 200 answer; else as `ask`, and ProviderMisbehaved for every other status."""
    response = await ask(fetch, url, what, token, accept=accept, patience=patience, more=more)
    if response.status != 200:
        raise ProviderMisbehaved(f"{what}: the provider answered {response.status}")
    return response


async def ask(
    fetch: Fetch,
    url: str,
    what: str,
    token: Secret[str] | None = None,
    *,
    accept: str = "application/json",
    patience: float = 10.0,
    more: Fields = (),
) -> FetchResponse:
    """Return the answer to a GET, of whatever status below 500 but 429.

    `what` names it in messages, `token` goes along as Bearer, `more` are further fields.
    `patience`: seconds in all. Raises ProviderUnavailable when trying again may help.
    """
    headers = [("Accept", accept), *more]
    if token is not None:
        headers.append(("Authorization", f"Bearer {token.reveal()}"))
    purpose = _PURPOSES.get(what.partition(" of ")[0], "api")
    response = await fetch(
        FetchRequest("GET", url, tuple(headers), timeout=patience, purpose=purpose)
    )
    if response.status == 429 or response.status >= 500:
        raise ProviderUnavailable(f"{what}: the provider answered {response.status}")
    return response
