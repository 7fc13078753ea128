"""What an attack row expects, one check for each name."""

import base64
import re
from collections.abc import Callable
from typing import Any

from tests.conformance.attacks import NotPlayable, Play
from tests.conformance.browser import Answer
from tests.conformance.cookie_attacks import SESSION
from tests.conformance.exercise import leaks, printed, secrets_of

MOST_MEMORY = 64 << 20
MOST_CPU = 2.0
_BEGINS = re.compile(r"(?:\d+\.\d+\.\d+\.\d+|@|\[\d{4}/|\d{4}[-/]|\{)")
_CLEARED = re.compile(r"[^=]+=;.*Max-Age=0(;|\Z)", re.IGNORECASE)


def check(play: Play, expect: dict[str, Any]) -> None:
    """Demand everything that a row expects. Raises AssertionError."""
    for name, value in expect.items():
        if name in {"note", "each"}:
            continue
        if name not in _CHECKS:
            raise NotPlayable(f"expectation {name}")
        _CHECKS[name](play, value)
    for end in play.ends if "each" in expect else ():
        _check_end(play, end, expect["each"])


def _check_end(play: Play, end: tuple[Any, Answer, int], expect: dict[str, Any]) -> None:
    """Check one of several sign-ins; each goes where it began."""
    tab, answer, calls = end
    assert answer.status in expect["status"]
    assert calls == expect["idp_token_calls"]
    assert _gives_session(answer) is expect["session"]
    assert answer.get("location") == tab.path
    del play


def _status(play: Play, allowed: list[int]) -> None:
    wrong = {answer.status for answer in play.tampered or play.answers[-1:]} - set(allowed)
    assert not wrong, f"status {wrong}, wanted {allowed}"


def _session(play: Play, wanted: bool) -> None:  # noqa: FBT001 - the row's value
    if play.ends and play.answers[-1] is play.ends[-1][1]:
        assert _gives_session(play.ends[-1][1]) is wanted, f"session is not {wanted}"
        signed_in_before = any(_gives_session(answer) for _, answer, _ in play.ends[:-1])
        if not signed_in_before:
            assert _reaches(play) is wanted
    else:
        assert bool(play.upstream_requests()) is wanted, f"session is not {wanted}"


def _reaches(play: Play) -> bool:
    before = len(play.upstream_requests())
    play.jar(play.last_jar).get("/reaches")
    return len(play.upstream_requests()) > before


def _gives_session(answer: Answer) -> bool:
    lines = answer.all("set-cookie")
    return any(_name(line).startswith(SESSION) and not _is_cleared(line) for line in lines)


def _name(line: str) -> str:
    return line.partition("=")[0]


def _is_cleared(line: str) -> bool:
    return bool(_CLEARED.match(line))


def _location(play: Play, wanted: str) -> None:
    assert play.answers[-1].get("location") == wanted


def _token_calls(play: Play, wanted: int) -> None:
    assert play.idp.count("token") == wanted, f"{play.idp.count('token')} token calls"


def _jwks_fetches(play: Play, most: int) -> None:
    assert play.idp.count("jwks") <= most, f"{play.idp.count('jwks')} fetches"


def _external_fetches(play: Play, wanted: int) -> None:
    assert len(play.trap.calls) == wanted


def _set_cookie_deleted(play: Play, names: list[str]) -> None:
    lines = play.answers[-1].all("set-cookie")
    for name in names:
        cleared = [line for line in lines if _is_cleared(line) and _fits(name, _name(line))]
        assert cleared, f"{name} is not cleared by {lines}"
        for line in cleared:
            assert _attributes(line) == _attributes_when_set(play, _name(line)), line


def _fits(pattern: str, name: str) -> bool:
    if pattern == "_oauth2_proxy_csrf*":  # one cookie an attempt, named after its state
        return bool(re.fullmatch(r"_oauth2_proxy_[\w-]{8}_csrf", name))
    return name == pattern


def _attributes(line: str) -> set[str]:
    parts = {part.strip().lower() for part in line.split(";")[1:]}
    return {part for part in parts if not part.startswith(("max-age", "expires"))}


def _attributes_when_set(play: Play, name: str) -> set[str]:
    lines = [line for answer in play.answers for line in answer.all("set-cookie")]
    # A cookie that was never set this time is cleared like the session it belongs to.
    same = [line for line in lines if _name(line) == name and not _is_cleared(line)]
    return _attributes((same or [line for line in lines if not _is_cleared(line)])[-1])


def _set_cookie_absent(play: Play, names: list[str]) -> None:
    set_names = {_name(line) for line in play.answers[-1].all("set-cookie")}
    for name in names:
        assert not [one for one in set_names if one.startswith(name) or "_csrf" in one]


def _set_cookie(play: Play, wanted: dict[str, Any]) -> None:
    lines = [
        line
        for answer in play.answers
        for line in answer.all("set-cookie")
        if not _is_cleared(line)
    ]
    assert lines
    for line in lines:
        said = dict(_pair(part) for part in line.split(";")[1:])
        for name, value in wanted.items():
            if name == "Max-Age" and "_csrf=" in line:
                assert 0 < int(said["max-age"]) <= value
                continue
            expected = "" if value is True else None if value is None else str(value)
            assert said.get(name.lower()) == expected, line


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.strip().partition("=")
    return name.lower(), value


def _nowhere(play: Play, secrets: list[str]) -> None:
    """Demand that no value appears where it does not belong; `exercise` says where that is."""
    assert not leaks(play)
    for secret in secrets:
        value = play.expand(secret)
        assert value in secrets_of(play), f"{secret} was never planted"
        texts = [answer.raw.decode("latin-1") for answer in play.answers]
        if secret == "$cookie_value":
            texts = [text for text in texts if "set-cookie" not in text.lower()]
        assert not [text for text in texts if value in text], secret


def _must_not_contain(play: Play, needles: list[str]) -> None:
    answer = play.answers[-1]
    text = answer.raw.decode("latin-1") + answer.text
    for needle in needles:
        value = play.expand(needle) if needle.startswith("$") else needle
        assert value not in text, needle


def _client_must_not_see(play: Play, needles: list[str]) -> None:
    for answer in play.answers:
        text = answer.raw.decode("latin-1").lower() + answer.text.lower()
        assert not [needle for needle in needles if needle.lower() in text]


def _no_5xx(play: Play, wanted: bool) -> None:  # noqa: FBT001 - the row's value
    assert wanted
    wrong = {answer.status for answer in play.answers if answer.status >= 500}
    assert not wrong, f"status {wrong}"


def _upstream_requests(play: Play, number: int) -> None:
    assert len(play.upstream_requests()) == number


def _upstream_reached(play: Play, wanted: bool) -> None:  # noqa: FBT001 - the row's value
    assert bool(play.upstream_requests()) is wanted


def _upstream_must_not_see(play: Play, needles: list[str]) -> None:
    seen = "\n".join(request.text for request in play.upstream_requests())
    assert not [needle for needle in needles if needle.lower() in seen]


def _upstream_must_see(play: Play, needles: list[str]) -> None:
    seen = "\n".join(request.text for request in play.upstream_requests())
    assert all(needle.lower() in seen for needle in needles), seen


def _headers(play: Play, wanted: dict[str, str]) -> None:
    for name, value in wanted.items():
        said = play.answers[-1].get(name)
        if value.startswith("re:"):
            assert re.search(value[3:], said, re.IGNORECASE), f"{name}: {said}"
        else:
            assert said == value, f"{name}: {said}"


def _unique_nonces(play: Play, wanted: bool) -> None:  # noqa: FBT001 - the row's value
    assert wanted
    lines = [line for answer in play.answers for line in answer.all("set-cookie")]
    sealed = [line.partition("=")[2].partition(";")[0] for line in lines]
    # version (1 byte), key id (4), nonce (12): see `session/keyring.py`
    nonces = [base64.urlsafe_b64decode(value[:24] + "==")[5:17] for value in sealed if value]
    assert len(set(nonces)) == len(nonces) > 1000


def _store_deleted(play: Play, wanted: bool) -> None:  # noqa: FBT001 - the row's value
    """Demand that the browser has nothing left that a gate would take; no store but its cookies."""
    assert wanted
    assert not play.session_cookies(play.last_jar)
    assert not _reaches(play)


def _tickets(play: Play) -> list[str]:
    """Return the session cookies that were given, in order."""
    lines = [line for answer in play.answers for line in answer.all("set-cookie")]
    given = [line for line in lines if _name(line) == SESSION and not _is_cleared(line)]
    return [line.partition("=")[2].partition(";")[0] for line in given]


def _old_id_valid(play: Play, wanted: bool) -> None:  # noqa: FBT001 - the row's value
    """Demand that the ticket of now is good, and that of before is or is not."""
    first, *_, last = _tickets(play)
    assert _passes(play, last)
    assert _passes(play, first) is wanted


def _new_session_id(play: Play, wanted: bool) -> None:  # noqa: FBT001 - the row's value
    """Demand another id: under the same one, both tickets would be good."""
    _old_id_valid(play, not wanted)


def _passes(play: Play, ticket: str) -> bool:
    before = len(play.upstream_requests())
    play.gate.browser().ask("GET", "/passes", cookies=f"{SESSION}={ticket}")
    return len(play.upstream_requests()) > before


def _session_still_valid(play: Play, wanted: bool) -> None:  # noqa: FBT001 - the row's value
    assert _reaches(play) is wanted


def _log_lines(play: Play, number: int) -> None:
    """Demand that no event spans lines: every line begins like a line of one of the logs."""
    assert number == 1
    lines = play.output.splitlines()
    assert lines, "nothing was logged"
    assert all(_BEGINS.match(line) for line in lines), lines


def _no_control(play: Play, wanted: bool) -> None:  # noqa: FBT001 - the row's value
    assert wanted
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]", play.output)


def _series_growth(play: Play, most: int) -> None:
    assert play.series() - play.names["series"] < most


def _metrics_present(play: Play, wanted: bool) -> None:  # noqa: FBT001 - the row's value
    """Demand the metrics of the founding document, and that each has moved."""
    assert wanted
    scraped = dict(printed(play))["the metrics"]
    for name in (
        "oauth2_proxy_requests_total",
        "oauth2_proxy_authentication_attempts_total",
        "oauth2_proxy_authentication_failures_total",
        "oauth2_proxy_cookies_expired_total",
        "oauth2_proxy_token_refresh_errors_total",
    ):
        lines = [line for line in scraped.splitlines() if line.startswith(name)]
        assert any(float(line.rpartition(" ")[2]) > 0 for line in lines), f"{name}: {lines}"


def _external_assets(play: Play, number: int) -> None:
    assert number == 0
    for answer in play.answers:
        assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", answer.text)


def _acao(play: Play, wanted: None) -> None:
    assert wanted is None
    assert not any(answer.all("access-control-allow-origin") for answer in play.answers)


def _bounded(play: Play, wanted: bool) -> None:  # noqa: FBT001 - the row's value
    assert wanted
    memory, cpu = play.cost()
    assert memory < MOST_MEMORY, f"{memory} bytes"
    assert cpu < MOST_CPU, f"{cpu} s"


def _authorized(play: Play, wanted: bool) -> None:  # noqa: FBT001 - the row's value
    assert _gives_session(play.answers[-1]) is wanted


_CHECKS: dict[str, Callable[[Play, Any], None]] = {
    "status": _status,
    "session": _session,
    "location": _location,
    "idp_token_calls": _token_calls,
    "jwks_fetches_max": _jwks_fetches,
    "idp_external_fetches": _external_fetches,
    "set_cookie_deleted": _set_cookie_deleted,
    "set_cookie_absent": _set_cookie_absent,
    "set_cookie": _set_cookie,
    "must_not_contain": _must_not_contain,
    "must_not_contain_anywhere": _nowhere,
    "client_must_not_see": _client_must_not_see,
    "no_5xx": _no_5xx,
    "upstream_requests": _upstream_requests,
    "upstream_reached": _upstream_reached,
    "upstream_must_see": _upstream_must_see,
    "upstream_must_not_see": _upstream_must_not_see,
    "headers": _headers,
    "unique_nonces": _unique_nonces,
    "store_deleted": _store_deleted,
    "new_session_id": _new_session_id,
    "old_id_valid": _old_id_valid,
    "session_still_valid": _session_still_valid,
    "session_removed": lambda play, wanted: _session_still_valid(play, not wanted),
    "log_lines_per_event": _log_lines,
    "log_no_control": _no_control,
    "series_growth_max": _series_growth,
    "metrics_present": _metrics_present,
    "external_assets": _external_assets,
    "acao": _acao,
    "bounded": _bounded,
    "authorized": _authorized,
}
