"""Options are judged by what they let happen. The rows stand in test_examine.py."""

from sidegate.check.options_judged import RESTRICTIONS, judge
from sidegate.config.findings import Findings
from sidegate.config.load import merge
from sidegate.config.options import BY_KEY


def judged(*words: str, is_sidegate: bool = True) -> set[str]:
    values = merge(words, {}, lambda _: b"", Findings())
    return {one.id for one in judge(values, is_sidegate=is_sidegate)}


def test_every_restriction_is_an_option():
    assert set(RESTRICTIONS) <= BY_KEY.keys()


def test_what_oauth2_proxy_lacks_is_said_of_oauth2_proxy_only():
    words = ("--reverse-proxy", "--metrics-address=:44180", "--session-idle-timeout=8h")
    assert judged(*words) == set()
    assert judged(*words, is_sidegate=False) == {
        "proxies-not-named",
        "pkce-off",
        "identity-headers-pass",
        "callback-logged",
        "session-cookie-passed",
    }


def test_a_gate_that_is_only_asked_hands_no_header_on():
    asked = "--upstream=static://202"
    assert "identity-headers-pass" not in judged(asked, is_sidegate=False)
    assert "identity-headers-pass" in judged(asked, "--upstream=http://a", is_sidegate=False)


def test_a_log_without_addresses_has_no_codes():
    shape = "--request-logging-format={{.Client}} {{.StatusCode}}"
    assert "callback-logged" not in judged(shape, is_sidegate=False)
    assert "callback-logged" not in judged("--request-logging=false", is_sidegate=False)


def test_rules_are_a_restriction():
    values = merge(
        ["--config=f", "--email-domain=*"], {}, lambda _: b'[[rules]]\nname = "a"\n', Findings()
    )
    assert "open-to-everybody" not in {one.id for one in judge(values, is_sidegate=True)}
