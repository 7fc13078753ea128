"""What a session has to know of a person: only what somebody asks for."""

from sidegate.config.values import Values


def groups_needed(values: Values) -> bool:
    """Tell whether some rule or header looks at groups, which cost calls at some providers."""
    headers = ("pass_user_headers", "pass_basic_auth", "set_xauthrequest", "pass_identity_token")
    lists = ("allowed_groups", "claim_headers")
    asks = any(map(values.is_on, headers)) or any(map(values.items_of, lists))
    return asks or bool(values.tables.get("rules"))


def claims_needed(*askers: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names that any of the askers (rules, headers) uses, each once, sorted."""
    return tuple(sorted({name for names in askers for name in names}))
