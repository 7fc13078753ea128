"""Documents of an issuer: one GET, one body, or an error that says whose fault it is."""

from sidegate.core.errors import ProviderMisbehaved, ProviderUnavailable
from sidegate.core.ports import Fetch, FetchRequest
from sidegate.core.secret import Secret


async def get_document(
    fetch: Fetch, url: str, what: str, token: Secret[str] | None = None
) -> bytes:
    """Return the body of a 200 answer. `what` names it in messages, `token` goes along as Bearer.

    Raises ProviderUnavailable when trying again may help, else ProviderMisbehaved.
    """
    headers = [("Accept", "application/json")]
    if token is not None:
        headers.append(("Authorization", f"Bearer {token.reveal()}"))
    response = await fetch(FetchRequest("GET", url, tuple(headers)))
    if response.status == 429 or response.status >= 500:
        raise ProviderUnavailable(f"{what}: the provider answered {response.status}")
    if response.status != 200:
        raise ProviderMisbehaved(f"{what}: the provider answered {response.status}")
    return response.body
