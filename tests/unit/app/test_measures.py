"""What the parts know is read from the parts themselves."""

import asyncio
import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import trustme

from sidegate.app.keys import Keys
from sidegate.app.measures import measures
from sidegate.app.providers import connect
from sidegate.app.shared_server import SharedServer
from sidegate.app.tokens import verifier
from sidegate.app.tracing import OF_SPANS
from sidegate.core.ports import FetchRequest, FetchResponse
from sidegate.net.server_tls import Certificate
from sidegate.net.service import Service
from sidegate.observe.families import families
from sidegate.observe.measures import Durations, Measure
from sidegate.observe.metrics import Metrics
from tests.parts import ROOT
from tests.unit.app.conftest import MakeSettings

Number = float | Durations
EXPIRY = "sidegate_certificate_expiry_timestamp_seconds"


def shared(**changes: Any) -> SharedServer:
    """Return what is told of a Redis that cannot be reached."""
    link = SimpleNamespace(
        unready_reason=lambda: "no connection",
        is_left_alone=True,
        failures=3,
        durations=Durations(),
    )
    return cast("SharedServer", SimpleNamespace(**{"link": link, "kept": None} | changes))


def told(**parts: Any) -> dict[str, dict[tuple[str, ...], Number]]:
    """Return what is told of these parts."""
    return {measure.name: dict(measure.read()) for measure in measured(**parts)}


def measured(**parts: Any) -> list[Measure]:
    """Return the families of these parts; those that are not named are simple ones."""
    pool = SimpleNamespace(here=0, idle=0, opened=0, reused=0, failed=0)
    given: dict[str, Any] = {
        "service": SimpleNamespace(pool=pool, connections=set(), tunnels=set()),
        "connected": [],
        "keys": SimpleNamespace(sealing_since=7.0),
        "certificates": {},
        "shared": None,
        "unready": list,
    } | parts
    return measures(
        cast("Service", given["service"]),
        given["connected"],
        cast("Keys", given["keys"]),
        given["certificates"],
        given["shared"],
        given["unready"],
    )


def test_a_gate_is_ready_when_there_is_no_reason_against_it() -> None:
    assert told()["sidegate_ready"] == {(): True}
    assert told(unready=lambda: ["draining"])["sidegate_ready"] == {(): False}


def test_connections_are_counted_where_they_are() -> None:
    pool = SimpleNamespace(here=5, idle=2, opened=9, reused=40, failed=1)
    found = told(service=SimpleNamespace(pool=pool, connections={1, 2}, tunnels={1}))
    assert found["sidegate_client_connections"] == {(): 2}
    assert found["sidegate_websockets_open"] == {(): 1}
    assert found["sidegate_upstream_connections"] == {("active",): 3, ("idle",): 2}
    counters = [
        found[f"sidegate_upstream_connections_{name}_total"][()]
        for name in ("opened", "reused", "failed")
    ]
    assert counters == [9, 40, 1]


def test_a_provider_is_told_by_its_id_with_its_calls_and_its_keys(settings: MakeSettings) -> None:
    (one,) = connect(settings(), lambda: 50.0, lambda: 1.0)

    async def answer(_: FetchRequest, /) -> FetchResponse:
        return FetchResponse(200, {}, b"")

    one.calls._fetch = answer
    asyncio.run(one.calls(FetchRequest("GET", "https://idp.test/", purpose="token")))
    found = told(connected=[one])
    assert found["sidegate_provider_ready"] == {("oidc",): False}
    assert found["sidegate_provider_up"] == {("oidc",): True}
    assert found["sidegate_provider_last_success_timestamp_seconds"] == {("oidc",): 50.0}
    assert found["sidegate_provider_requests_total"]["oidc", "token", "answered"] == 1
    assert found["sidegate_provider_requests_total"]["oidc", "keys", "failed"] == 0
    seen = found["sidegate_provider_request_duration_seconds"]["oidc", "token"]
    assert isinstance(seen, Durations)
    assert sum(seen.counts) == 1
    assert found["sidegate_provider_keys_last_success_timestamp_seconds"] == {("oidc",): 0.0}
    assert found["sidegate_provider_key_fetch_failures_total"] == {("oidc",): 0}


def test_an_issuer_without_sign_ins_is_told_by_its_address_apart_from_the_provider(
    settings: MakeSettings,
) -> None:
    flags = ("--skip-jwt-bearer-tokens", "--extra-jwt-issuers=https://ci.test=deploy")
    given = settings(*flags)
    connected = connect(given, lambda: 50.0)
    _, issuers = verifier(given, connected, lambda: 50.0)

    async def answer(request: FetchRequest, /) -> FetchResponse:
        answers = {
            "https://ci.test/.well-known/openid-configuration": (
                b'{"issuer": "https://ci.test", "jwks_uri": "https://ci.test/keys"}'
            ),
            "https://ci.test/keys": b'{"keys": [{"kty": "EC", "crv": "P-256", "kid": "1", "x": '
            b'"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": '
            b'"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}',
        }
        return FetchResponse(200, {}, answers[request.url])

    issuers[0].calls._fetch = answer
    before = told(connected=[*connected, *issuers])
    ready, keys = "sidegate_provider_ready", "sidegate_provider_keys_last_success_timestamp_seconds"
    assert before[ready] == {("oidc",): False, ("https://ci.test",): False}
    asyncio.run(issuers[0].provider.discover())
    found = told(connected=[*connected, *issuers])
    assert found[ready] == {("oidc",): False, ("https://ci.test",): True}
    assert found[keys] == {("oidc",): 0.0, ("https://ci.test",): 50.0}
    calls = found["sidegate_provider_requests_total"]
    assert calls["https://ci.test", "keys", "answered"] == 1
    assert calls["oidc", "keys", "answered"] == 0
    assert found["sidegate_provider_up"] == {("oidc",): False, ("https://ci.test",): True}


def test_a_provider_without_keys_has_none_that_could_grow_old(settings: MakeSettings) -> None:
    connected = connect(settings("--provider=github", "--oidc-issuer-url="), lambda: 0.0)
    found = told(connected=connected)
    assert found["sidegate_provider_keys_last_success_timestamp_seconds"] == {}


def test_the_age_of_the_secret_and_the_end_of_the_certificate_are_told() -> None:
    end = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    made = trustme.CA().issue_cert("localhost", not_after=end)
    chain = made.cert_chain_pems[0].bytes()
    certificate = cast("Certificate", SimpleNamespace(chain=chain))
    found = told(certificates={"https": certificate})
    assert found["sidegate_cookie_secret_timestamp_seconds"] == {(): 7.0}
    assert found[EXPIRY] == {("https",): end.timestamp()}


def test_a_certificate_that_cannot_be_read_has_no_end() -> None:
    certificate = cast("Certificate", SimpleNamespace(chain=b"no certificate"))
    assert told(certificates={"https": certificate})[EXPIRY] == {}


def test_redis_is_told_of_where_there_is_one() -> None:
    assert "sidegate_store_up" not in told()
    found = told(shared=shared())
    assert found["sidegate_store_up"] == {(): False}
    assert found["sidegate_store_left_alone"] == {(): True}
    assert found["sidegate_store_errors_total"] == {(): 3}
    assert found["sidegate_store_duration_seconds"] == {(): shared().link.durations}


def test_sessions_in_redis_have_a_number_as_long_as_somebody_can_tell() -> None:
    assert told(shared=shared(kept=41))["sidegate_sessions_kept"] == {(): 41}
    assert told(shared=shared(kept=0))["sidegate_sessions_kept"] == {(): 0}
    assert told(shared=shared(kept=None))["sidegate_sessions_kept"] == {}


def test_the_manual_names_every_metric_with_its_type_and_labels_and_no_other() -> None:
    text = (ROOT / "docs/operate/metrics-and-logs.md").read_text("utf-8")
    rows = re.findall(
        r"^\| `((?:sidegate|oauth2_proxy)_\w+)` \| (\w+) \|([^|]*)\|", text, re.MULTILINE
    )
    made = [*measured(shared=shared()), *families(Metrics("1")), *OF_SPANS]
    wanted = {one.name: (one.kind.value, set(one.labels)) for one in made}
    wanted["sidegate_build_info"] = ("gauge", wanted.pop("sidegate_build")[1])  # an info
    assert {
        name: (kind, set(re.findall(r"`(\w+)`", cells))) for name, kind, cells in rows
    } == wanted
