"""Print the dashboard for Grafana, as `deploy/prometheus/dashboard.toml` says what is on it.

python tools/dashboard.py > deploy/prometheus/sidegate.dashboard.json
"""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parents[1] / "deploy" / "prometheus" / "dashboard.toml"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
WHOSE = 'namespace=~"$namespace", job=~"$job", instance=~"$instance"'
INTERVAL = "[$__rate_interval]"
RUNBOOKS = "https://git.example.com/sidegate/docs/operate/runbooks"
COLUMNS, WIDTH = 24, 6
YES_NO = {"0": ("no", "red"), "1": ("yes", "green")}
Panel = dict[str, Any]


def dashboard() -> dict[str, Any]:
    """Return the dashboard as Grafana imports it."""
    return {
        "title": "sidegate",
        "uid": "sidegate",
        "description": "An identity gate: is it up, do people get in, and what do they get?",
        "tags": ["sidegate"],
        "schemaVersion": 38,
        "version": 2,
        "editable": True,
        "graphTooltip": 1,  # one time on all panels
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timepicker": {},
        "annotations": {"list": []},
        "links": [_link("Runbooks", "README")],
        "templating": {"list": list(_variables())},
        "panels": list(_panels()),
    }


def _variables() -> Iterator[dict[str, Any]]:
    yield {
        "name": "datasource",
        "label": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
        "current": {"text": "default", "value": "default"},
    }
    # Outside of Kubernetes nothing has a namespace: `.*` finds that too.
    yield _choice("namespace", "label_values(sidegate_build_info, namespace)") | {"allValue": ".*"}
    yield _choice("job", 'label_values(sidegate_build_info{namespace=~"$namespace"}, job)')
    yield _choice(
        "instance",
        'label_values(sidegate_build_info{namespace=~"$namespace", job=~"$job"}, instance)',
    )
    chosen = {"text": RUNBOOKS, "value": RUNBOOKS}
    yield {
        "name": "runbooks",
        "label": "Runbooks at",
        "type": "textbox",
        "query": RUNBOOKS,
        "current": chosen,
        "options": [{"selected": True, **chosen}],
    }


def _choice(name: str, query: str) -> dict[str, Any]:
    return {
        "name": name,
        "label": name,
        "type": "query",
        "datasource": SOURCE,
        "query": query,
        "refresh": 2,  # when the time changes: what is down now is still there
        "sort": 1,
        "includeAll": True,
        "multi": True,
        "current": {"text": "All", "value": "$__all"},
    }


def _panels() -> Iterator[dict[str, Any]]:
    number = y = 0
    for row in tomllib.loads(TABLE.read_text(encoding="utf-8"))["rows"]:
        number += 1
        yield {
            "id": number,
            "type": "row",
            "title": row["title"],
            "collapsed": False,
            "gridPos": {"h": 1, "w": COLUMNS, "x": 0, "y": y},
            "panels": [],
        }
        y, x = y + 1, 0
        for panel in row["panels"]:
            width = panel.get("width", WIDTH)
            if x + width > COLUMNS:
                y, x = y + row["height"], 0
            number += 1
            place = {"h": row["height"], "w": width, "x": x, "y": y}
            yield {"id": number, "gridPos": place, **_panel(panel)}
            x += width
        y += row["height"]


def _panel(panel: Panel) -> dict[str, Any]:
    return {
        "type": panel["type"],
        "title": panel["title"],
        "description": panel["about"],
        "datasource": SOURCE,
        "targets": [
            _target(panel, chr(ord("A") + number), legend, query)
            for number, (legend, query) in enumerate(panel["queries"].items())
        ],
        "links": [_link(f"Runbook: {alert}", alert) for alert in panel.get("alerts", ())],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": list(_overrides(panel))},
        "options": _options(panel["type"]),
        "transformations": _transformations(panel),
    }


def _target(panel: Panel, name: str, legend: str, query: str) -> dict[str, Any]:
    made = {
        "refId": name,
        "datasource": SOURCE,
        "expr": query.replace("[@]", INTERVAL).replace("@", WHOSE),
        "legendFormat": legend,
    }
    if panel["type"] == "table":
        return made | {"instant": True, "range": False, "format": "table"}
    return made


def _link(title: str, runbook: str) -> dict[str, Any]:
    return {
        "title": title,
        "type": "link",
        "icon": "doc",
        "url": f"${{runbooks:raw}}/{runbook}.md",
        "tooltip": "",
        "tags": [],
        "asDropdown": False,
        "includeVars": False,
        "keepTime": False,
        "targetBlank": True,
    }


def _defaults(panel: Panel) -> dict[str, Any]:
    steps = [
        {"color": step["colour"], "value": step.get("from")}
        for step in panel.get("steps", [{"colour": "green"}])
    ]
    made: dict[str, Any] = {
        "unit": panel.get("unit", "short"),
        "noValue": panel.get("empty", "no data"),
        "thresholds": {"mode": "absolute", "steps": steps},
    }
    if "decimals" in panel:
        made["decimals"] = panel["decimals"]
    if panel["type"] == "timeseries":
        made |= {"min": 0, "color": {"mode": "palette-classic"}, "custom": _lines(panel)}
    elif panel["type"] == "state-timeline":
        options = {
            value: {"text": text, "color": colour, "index": int(value)}
            for value, (text, colour) in YES_NO.items()
        }
        made |= {
            "mappings": [{"type": "value", "options": options}],
            "color": {"mode": "thresholds"},
            "custom": {"lineWidth": 0, "fillOpacity": 80},
        }
    elif panel["type"] == "stat":
        made["color"] = {"mode": "thresholds"}
    return made


def _lines(panel: Panel) -> dict[str, Any]:
    is_stacked = panel.get("stacked", False)
    return {
        "drawStyle": "line",
        "lineWidth": 1,
        "fillOpacity": 30 if is_stacked else 8,
        "showPoints": "auto",
        "spanNulls": False,
        "stacking": {"mode": "normal" if is_stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "line" if "steps" in panel else "off"},
    }


def _overrides(panel: Panel) -> Iterator[dict[str, Any]]:
    for pattern, colour in panel.get("colours", {}).items():
        by = "byRegexp" if pattern.startswith("^") else "byName"
        wanted = f"/{pattern}/" if by == "byRegexp" else pattern
        yield {
            "matcher": {"id": by, "options": wanted},
            "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}],
        }
    if any("ALERTS" in query for query in panel["queries"].values()):
        link = _link("Runbook", "${__value.raw}")
        yield {
            "matcher": {"id": "byName", "options": "alertname"},
            "properties": [{"id": "links", "value": [link]}],
        }


def _options(kind: str) -> dict[str, Any]:
    legend = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
    options: dict[str, dict[str, Any]] = {
        "timeseries": {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}},
        "stat": {
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "textMode": "value",
            "colorMode": "value",
            "graphMode": "area",
            "justifyMode": "auto",
            "orientation": "auto",
        },
        "state-timeline": {
            "mergeValues": True,
            "showValue": "auto",
            "rowHeight": 0.8,
            "legend": legend | {"showLegend": False},
            "tooltip": {"mode": "single", "sort": "none"},
        },
        "table": {"showHeader": True, "cellHeight": "sm"},
    }
    return options[kind]


def _transformations(panel: Panel) -> list[dict[str, Any]]:
    """Leave out of a table what says nothing: when it was asked, and 1 for each alert."""
    if panel["type"] != "table":
        return []
    (legend,) = panel["queries"]
    hidden = {"Time": True} if legend else {"Time": True, "Value": True}
    options = {"excludeByName": hidden, "renameByName": {"Value": legend} if legend else {}}
    return [{"id": "organize", "options": options}]


if __name__ == "__main__":
    print(json.dumps(dashboard(), indent=1))
