"""A real Prometheus that scrapes gates of a test and evaluates our rules, only faster.

Its rules are those of `deploy/prometheus` with other durations and nothing else: see `hurried`.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import httpx

from tests.integration.processes import LOOPBACK, Process, free_port
from tests.parts import ROOT, TOOLS

HOME = TOOLS / "prometheus"
RULES = ROOT / "deploy/prometheus/sidegate.rules.yml"
_FOR = re.compile(r"^( +for: ).*$", re.MULTILINE)
_RANGE = re.compile(r"\[\d+[mh]\]")
_AGE = re.compile(r"> \d+ \* 3600")


def hasty(rules: str) -> str:
    """Return rules that look back ten seconds and wait for one."""
    return _RANGE.sub("[10s]", _FOR.sub(r"\g<1>1s", rules))


def hurried(rules: str) -> str:
    """Return hasty rules that find two seconds old in place of hours."""
    return _AGE.sub("> 2", hasty(rules))


class Prometheus:
    """Scrapes what `watch` says twice a second. `ca_file`: who vouches for targets with TLS.

    `hurry`: makes of our rules those that it evaluates.
    """

    def __init__(self, folder: Path, ca_file: Path, hurry: Callable[[str], str] = hurried) -> None:
        self._folder = folder
        self.seen: set[str] = set()  # alerts that fired so far
        self.seen_of: set[tuple[str, str]] = set()  # and the providers they fired for
        self.watch([])
        (folder / "rules.yml").write_text(hurry(RULES.read_text()))
        settings = {
            "global": {"scrape_interval": "500ms", "evaluation_interval": "500ms"},
            "rule_files": ["rules.yml"],
            "scrape_configs": [
                {
                    "job_name": "sidegate",
                    "tls_config": {"ca_file": str(ca_file)},
                    "file_sd_configs": [{"files": ["targets.json"], "refresh_interval": "1s"}],
                }
            ],
        }
        (folder / "prometheus.yml").write_text(json.dumps(settings))  # JSON is YAML
        port = free_port()
        self._url = f"http://{LOOPBACK}:{port}/api/v1"
        self._client = httpx.Client()
        self.process = Process(
            [
                str(HOME / "prometheus"),
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={LOOPBACK}:{port}",
            ]
        )

    def __enter__(self) -> Self:
        self.process.wait_until(self._answers, 60, "Prometheus to answer")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self.process.end()
        self.process.forget()

    def watch(
        self, plain: list[int], secure: list[int] | None = None, names: tuple[str, ...] = ()
    ) -> None:
        """Scrape these ports from now on. `names`: what they are called, in the same order."""
        groups = [
            {"targets": [f"{LOOPBACK}:{port}"], "labels": {"__scheme__": scheme}}
            for scheme, ports in (("http", plain), ("https", secure or []))
            for port in ports
        ]
        for group, name in zip(groups, names, strict=False):
            group["labels"] |= {"instance": name}
        new = self._folder / "new.json"
        new.write_text(json.dumps(groups))
        new.rename(self._folder / "targets.json")

    def firing(self) -> set[str]:
        """Return the names of the alerts that fire right now."""
        alerts: list[dict[str, Any]] = self._get("alerts")["alerts"]
        labels = [alert["labels"] for alert in alerts if alert["state"] == "firing"]
        now = {one["alertname"] for one in labels}
        self.seen |= now
        self.seen_of |= {(one["alertname"], one.get("provider", "")) for one in labels}
        return now

    def has_fired(self, *names: str) -> bool:
        """Say whether each of these has fired, now or before."""
        self.firing()
        return self.seen.issuperset(names)

    def ask(self, query: str, start: float, end: float, step: float) -> list[dict[str, Any]]:
        """Return what a query finds in time; at `end` alone when it begins there."""
        if start == end:
            parameters, what = {"time": end}, "query"
        else:
            parameters, what = {"start": start, "end": end, "step": step}, "query_range"
        answer = self._client.get(f"{self._url}/{what}", params={"query": query, **parameters})
        assert answer.status_code == 200, f"{query}: {answer.text}"
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    def query(self, query: str) -> None:
        """Ask something. Raises AssertionError when Prometheus does not understand it."""
        answer = self._client.get(f"{self._url}/query", params={"query": query})
        assert answer.status_code == 200, f"{query}: {answer.text}"

    def _get(self, what: str) -> Any:
        return self._client.get(f"{self._url}/{what}").raise_for_status().json()["data"]

    def _answers(self) -> bool:
        try:
            return self._client.get(f"{self._url}/alerts").status_code == 200
        except httpx.TransportError:
            return False
