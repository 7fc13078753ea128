"""`[[rules]]` with a real identity provider, from the file to the log."""

import pytest

pytestmark = pytest.mark.needs("oidc-provider")

RULES = """
[[rules]]
name = "board room"
paths = ["/board"]
allow = { groups = ["directors"] }

[[rules]]
name = "by claim"
paths = ["/by-claim"]
allow = { claims = { email_verified = ["true"] } }

[[rules]]
name = "trial"
paths = ["/trial"]
allow = { groups = ["directors"] }
mode = "shadow"

[[rules]]
name = "rest"
allow = "everybody"
"""


def test_a_rule_refuses_a_path_and_is_named_in_the_log_only(gate, oidc_provider, app, tmp_path):
    (tmp_path / "rules.toml").write_text(RULES)
    flags = ("--scope=openid email profile groups", f"--config={tmp_path / 'rules.toml'}")
    running = gate(*flags, idp=oidc_provider)
    with running.person("alice") as alice:
        alice.sign_in()
        refused = alice.get("/board/minutes")
        assert refused.status_code == 403
        assert "access_denied" in refused.text
        assert "board room" not in refused.text
        for path in ("/by-claim", "/trial", "/"):
            assert alice.get(path).status_code == 200
        auth = alice.get("/oauth2/auth", headers={"X-Forwarded-Uri": "/board"})
        assert auth.status_code == 202, "nobody trusts this client"
    assert not [seen for seen in app.requests if "board" in str(seen)]
    log = running.process
    log.wait_until(lambda: 'refused rule="board room"' in log.output, 5, "the refusal in the log")
    log.wait_until(lambda: "would_refuse rule=trial" in log.output, 5, "the trial in the log")
