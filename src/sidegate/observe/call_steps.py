"""Calls to providers as steps of what is going on (`core.steps`)."""

from urllib.parse import urlsplit

from sidegate.core.ports import Fetch, FetchRequest, FetchResponse
from sidegate.core.steps import Step, step

_WITH_NAMES = "api"
"""The purpose of calls whose path may name a person or a group; nothing of it is told."""


def stepping(fetch: Fetch) -> Fetch:
    """Return the same fetch, each call of which is a step named after what it is for."""

    async def stepped(request: FetchRequest, /) -> FetchResponse:
        with step(f"{request.method} {request.purpose}", is_call=True) as telling:
            _tell(telling, request)
            response = await fetch(request)
            telling.note("http.response.status_code", response.status)
            if response.status >= 400:
                telling.fail(str(response.status))
            return response

    return stepped


def _tell(telling: Step, request: FetchRequest) -> None:
    """Say where a call goes: by its address without a query, which may hold anything."""
    try:
        parts = urlsplit(request.url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        return  # no address at all, which the call will find too
    host = parts.hostname or ""
    telling.note("http.request.method", request.method)
    telling.note("server.address", host)
    telling.note("server.port", port)
    path = "/" if request.purpose == _WITH_NAMES else parts.path
    where = f"[{host}]" if ":" in host else host
    telling.note("url.full", f"{parts.scheme}://{where}:{port}{path}")
