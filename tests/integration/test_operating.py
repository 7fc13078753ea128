"""Pages for operators are followed word by word: what they say to type works, and shows the same.

Only places differ: addresses of loopback, and the folder of the gate in place of /etc and /var/log.
What asks a cluster is not typed here: tests/kubernetes does that.
"""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from tests.conformance.browser import Browser
from tests.faults.stage import Stage
from tests.integration.operating import Place
from tests.integration.processes import until
from tests.integration.prometheus import HOME as PROMETHEUS
from tests.integration.prometheus import RULES
from tests.integration.redis_servers import RedisServer
from tests.parts import ROOT

FENCED = re.compile(r"```sh\n(.*?)```", re.DOTALL)
INDENTED = re.compile(r"^ {4,}(sidegate (?:audit|secret) .*)$", re.MULTILINE)
CONTINUED = re.compile(r" *\\\n *")
QUERY = re.compile(r"^(?:\w+\()?(?:sidegate|oauth2_proxy|up)\w*[{\[(].*$")
PAGES = sorted((ROOT / "docs/operate").rglob("*.md"))
MakePlace = Callable[..., Place]


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def commands(page: str, heading: str = "\n") -> list[str]:
    """Return the commands below a heading of a page, or of all of it."""
    section = text_of(page).partition(heading)[2]
    blocks = "\n".join([*FENCED.findall(section), *INDENTED.findall(section)])
    typed = [line for line in CONTINUED.sub(" ", blocks).splitlines() if line]
    return [line for line in typed if not line.startswith("kubectl ")]


@pytest.fixture
def place() -> Iterator[MakePlace]:
    """Make a gate with Redis, at which Alice has signed in."""
    with ExitStack() as ending:
        redis = RedisServer()
        ending.callback(redis.end)
        stage = ending.enter_context(Stage())

        def make(*, sessions: int = 1, **options: object) -> Place:
            provider = stage.provider()
            options = {"client_id": provider.client_id, **options}
            made = Place(stage, provider.issuer, redis.url, provider.client_secret, **options)
            ending.callback(made.end)
            made.process.wait_until(made.gate.is_ready, 30, "the gate to be ready")
            for _ in range(sessions):
                stage.sign_in(made.port, provider)
            audit = made.folder / "audit.jsonl"
            told = lambda: audit.read_text().count("sign_in_succeeded") == sessions  # noqa: E731 - short
            until(told, 20, "the sign-ins to be in the audit")
            return made

        yield make


def typed(place: Place, *lines: str, status: int = 0) -> str:
    """Type a command, or several in one shell; return what they printed on standard output."""
    done = place.types("\n".join(lines))
    assert done.returncode == status, f"{lines}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.needs("redis")
def test_sessions_are_listed_shown_and_ended(place: MakePlace) -> None:
    gate = place(sessions=2)
    variable, everyone, as_json, show, revoke, revoke_all = commands(
        "docs/sessions.md", "\n## For operators\n"
    )
    assert typed(gate, variable, everyone).count("  oidc  alice@example.com\n") == 2
    assert len(json.loads(typed(gate, variable, as_json))) == 2
    name = typed(gate, variable, everyone).partition(" ")[0]
    shown = typed(gate, variable, show.replace("3f0c9a17b2d4", name))
    assert shown.startswith(f"session: {name}")
    typed(gate, variable, revoke.replace("3f0c9a17b2d4", name))
    assert typed(gate, variable, everyone).count("alice@example.com") == 1
    typed(gate, variable, revoke_all)
    assert typed(gate, variable, everyone) == ""


@pytest.mark.needs("redis")
def test_an_incident_ends_sessions_and_throws_old_secrets_away(place: MakePlace) -> None:
    gate = place()
    show, revoke, rotate = commands("docs/operate/incident-response.md")
    assert "alice@example.com" in typed(gate, show)
    typed(gate, revoke)
    assert typed(gate, show) == ""
    assert "everybody is signed out" in typed(gate, rotate)
    until(lambda: "no secret of before is left" in gate.process.output, 20, "the gate to notice")


@pytest.mark.needs("redis")
def test_the_chain_of_the_audit_is_verified(place: MakePlace) -> None:
    gate = place(audit_hash_chain=True)
    (verify,) = commands("docs/operate/audit.md", "## The hash chain")
    told = typed(gate, verify)
    (found,) = re.findall(
        r"^lines 1 to \d+ hold; the last has the hash ([0-9a-f]{64})$", told, re.MULTILINE
    )
    assert "hold" in typed(gate, f"{verify} --contains={found}")


@pytest.mark.needs("redis")
def test_a_person_is_told_of_and_erased(place: MakePlace) -> None:
    gate = place()
    export, erase = commands("docs/privacy.md", "\n## For operators\n")
    held = json.loads(typed(gate, export))
    subject = held["sessions"][0]["user"]
    assert {line["event"]["subject"] for line in held["audit"]} == {subject}
    done = json.loads(typed(gate, erase.replace("SUBJECT", subject)))
    assert len(done["sessions"]["ended"]) == 1
    assert "alice" not in (gate.folder / "audit.jsonl").read_text().partition("data_exported")[0]
    assert json.loads(typed(gate, export))["sessions"] == []


@pytest.mark.needs("redis")
def test_a_gate_is_made_anew_as_the_recovery_says(place: MakePlace) -> None:
    gate = place()
    (gate.folder / "cookie-secret").unlink()
    *steps, serve = commands("docs/operate/backup.md")
    typed(gate, *steps)
    assert (gate.folder / "cookie-secret").stat().st_mode & 0o777 == 0o600
    assert "valid" in typed(gate, f"{serve} --config-test")


@pytest.mark.needs("redis")
def test_the_doctor_looks_at_the_address_people_open(place: MakePlace) -> None:
    gate = place(cookie_secure=False, redirect_url="")
    (look,) = commands("docs/operate/doctor.md")
    told = json.loads(typed(gate, f"{look} --format=json", status=1))
    assert {one["id"] for one in told["findings"] if one["severity"] == "problem"} == {
        "certificate_expires"
    }


@pytest.mark.needs("redis")
def test_what_top_draws_is_what_its_page_shows(place: MakePlace) -> None:
    gate = place()
    stranger = Browser(gate.port)
    assert stranger.get("/oauth2/callback?state=12345678&code=x").status == 403
    stranger.close()
    (look,) = commands("docs/operate/metrics-and-logs.md", "\n## In the terminal\n")
    labels = re.compile(r"^ *((?:[a-z5]\S* ?)+?)(?:  |$)", re.MULTILINE)
    section = text_of("docs/operate/metrics-and-logs.md").partition(look)[2]
    shown = "".join(re.findall(r"^    .*\n", section.partition("It works in")[0], re.MULTILINE))
    told = typed(gate, look)
    assert {*labels.findall(shown)} <= {*labels.findall(told)} | {"store"}
    assert re.search(r"  (?:p50|clients|memory) ", told)


@pytest.mark.needs("redis")
def test_the_log_tells_of_a_new_secret_as_the_page_says(place: MakePlace) -> None:
    gate = place()
    (rotate,) = commands("docs/operate/rotation.md", "\n## The cookie secret\n")[:1]
    typed(gate, rotate)
    shown = re.findall(
        r"^    \[.*\] (\[reload\] .*)$", text_of("docs/operate/rotation.md"), re.MULTILINE
    )
    assert len(shown) == 1
    until(lambda: shown[0] in gate.process.output, 20, f"the log to say {shown[0]}")


@pytest.mark.needs("prometheus")
def test_prometheus_takes_the_rules_as_the_page_says(tmp_path: Path) -> None:
    page = text_of("deploy/prometheus/README.md")
    (config,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (tests,) = re.findall(r"`promtool (test rules \S+)`", page)
    (address,) = re.findall(r"`(sed '.*?')`", page)
    shutil.copytree(RULES.parent, tmp_path, dirs_exist_ok=True)
    (tmp_path / "prometheus.yml").write_text(config)
    for words in (["check", "config", "prometheus.yml"], tests.split()):
        subprocess.run([PROMETHEUS / "promtool", *words], cwd=tmp_path, check=True)
    command = shlex.split(f"{address} sidegate.rules.yml")
    made = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    rules = [one for group in yaml.safe_load(made.stdout)["groups"] for one in group["rules"]]
    assert all(one["annotations"]["runbook_url"].startswith("https://git.") for one in rules)


@pytest.mark.needs("prometheus")
def test_every_query_of_a_page_is_one_that_prometheus_reads(tmp_path: Path) -> None:
    words = [word for page in PAGES for word in re.findall(r"`([^`\n]+)`", page.read_text())]
    queries = [word for word in words if QUERY.match(word)]
    assert len(queries) > 5
    rules = [{"record": f"page:{n}", "expr": query} for n, query in enumerate(queries)]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "pages", "rules": rules}]}))
    subprocess.run([PROMETHEUS / "promtool", "check", "rules", file], check=True)
