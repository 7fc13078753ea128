"""Checks of the options of GitLab."""

from typing import Final

from sidegate.config.findings import Findings
from sidegate.config.values import Values

LEVELS: Final = {"10": 10, "15": 15, "20": 20, "30": 30, "40": 40, "50": 50}
DEFAULT: Final = "20"


def check_gitlab(values: Values, findings: Findings) -> dict[str, object]:
    """Return the projects as pairs of path and least level, or note what is wrong."""
    place = values.place("gitlab_projects")
    projects = []
    for entry in values.items_of("gitlab_projects"):
        path, _, level = entry.partition("=")
        found = LEVELS.get(level.strip() or DEFAULT)
        if "/" not in path.strip("/ ") or found is None:
            findings.refuse(
                place,
                f'"{entry}" is no project',
                "Write group/project, or group/project=LEVEL with one of "
                f"{', '.join(LEVELS)}, such as company/wiki=30.",
            )
            continue
        projects.append((path.strip("/ "), found))
    return {"gitlab_projects": tuple(projects)}
