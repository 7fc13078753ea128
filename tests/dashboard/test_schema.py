"""The dashboard has the types that Grafana publishes for its own, option by option."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.panels import dashboard
from tests.parts import TOOLS

pytestmark = pytest.mark.needs("grafana-schema")
HOME = TOOLS / "grafana-schema" / "node_modules"
RAW = HOME / "@grafana/schema/dist/esm/raw/composable"
FILES = {
    "stat": "stat/panelcfg/x/StatPanelCfg_types.gen",
    "timeseries": "timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen",
    "state-timeline": "statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen",
    "table": "table/panelcfg/x/TablePanelCfg_types.gen",
}
# A value of an enum is written as its text in JSON.
PLAIN = """
type Plain<T> = T extends string ? `${T}` : T extends (infer U)[] ? Plain<U>[]
  : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
type Some<T> = Plain<Partial<T>>;
"""


def complaints(folder: Path, board: dict[str, Any]) -> str:
    """Return what the compiler says of a dashboard."""
    lines = [f"import type {{ Dashboard }} from '{HOME / '@grafana/schema'}';", PLAIN]
    for kind, file in FILES.items():
        lines.append(f"import type * as {_named(kind)} from '{RAW / file}';")
    lines.append(f"export const board: Plain<Dashboard> = {json.dumps(board, indent=1)};")
    for panel in board["panels"]:
        if panel["type"] != "row":
            lines += _of_kind(panel)
    source = folder / "board.ts"
    source.write_text("\n".join(lines), encoding="utf-8")
    flags = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2020"]
    compiler = ["node", str(HOME / "typescript/bin/tsc"), *flags, "--moduleResolution", "node"]
    ran = subprocess.run([*compiler, str(source)], capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr


def _named(kind: str) -> str:
    return kind.replace("-", "_")


def _of_kind(panel: dict[str, Any]) -> list[str]:
    """Return what the kind of a panel has to say of its options and fields."""
    kind, number = _named(panel["type"]), panel["id"]
    options, custom = panel["options"], panel["fieldConfig"]["defaults"].get("custom")
    lines = [f"export const o{number}: Some<{kind}.Options> = {json.dumps(options)};"]
    if custom is not None:
        lines.append(f"export const c{number}: Some<{kind}.FieldConfig> = {json.dumps(custom)};")
    return lines


def test_the_dashboard_is_one_of_grafanas(tmp_path: Path) -> None:
    assert complaints(tmp_path, dashboard()) == ""


def test_a_mistake_in_a_place_an_option_or_a_link_is_found(tmp_path: Path) -> None:
    board = dashboard()
    panel = next(one for one in board["panels"] if one["type"] == "timeseries")
    panel["gridPos"]["width"] = 5
    panel["options"]["tooltip"]["mode"] = "all"
    panel["fieldConfig"]["defaults"]["custom"]["drawStyle"] = "curly"
    del panel["links"][0]["title"]
    said = complaints(tmp_path, board)
    assert all(word in said for word in ("width", '"all"', '"curly"', "title"))
