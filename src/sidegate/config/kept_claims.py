"""Which claims a session keeps beside the usual ones: only those that somebody asks for."""


def claims_needed(*askers: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names that any of the askers (rules, headers) uses, each once, sorted."""
    return tuple(sorted({name for names in askers for name in names}))
