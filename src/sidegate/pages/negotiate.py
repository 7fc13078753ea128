"""Tells people from programs, so that a program is never sent a page or a redirect."""

from sidegate.core.messages import RequestHead


def wants_json(head: RequestHead, *, is_api: bool, force: bool) -> bool:
    """Say whether a refusal is answered in JSON.

    `is_api`: an API route matched. `force`: `force_json_errors`. Otherwise `Accept` must hold
    exactly `application/json` as an item, without parameters, as oauth2-proxy has it: browsers
    never send that, and what says `*/*` may be either.
    """
    if is_api or force:
        return True
    accept = head.get(b"accept")
    return accept is not None and any(
        item.strip(b" \t") == b"application/json" for item in accept.split(b",")
    )
