"""Names say what a thing is, and the repository stands on its own."""

import re
from pathlib import Path

from tests.architecture.source import ROOT, SOURCE, named, python_files, tracked

SAY_NOTHING = {"base_impl", "common", "helper", "helpers", "manager", "misc", "util", "utils"}

# Put together from pieces, so that this file does not hold what it looks for.
FOREIGN = re.compile(
    "|".join(["/" + "work/", "/" + "root/", r"\.\./" + "shared", "bash" + "_jobs"])
)

SAYS_NOTHING = "it has no behaviour"

# Modules without a twin, and the test that shows them instead. A name ending in `/` is a folder.
SHOWN_ELSEWHERE = {
    "__main__.py": "integration/test_lifecycle.py",
    "check/running.py": "integration/test_check_url.py",
    "check/finders/": "unit/check/test_examine.py",
    "config/options/": "unit/config/options/test_options.py",
    "config/settings.py": "unit/config/test_load.py",
    "core/decision.py": SAYS_NOTHING,
    "core/ports.py": SAYS_NOTHING,
    "core/records.py": SAYS_NOTHING,
    "inject/refusal.py": "unit/inject/test_plan.py",
    "inject/wanted.py": SAYS_NOTHING,
    "net/client.py": SAYS_NOTHING,
    "net/redis_records.py": "integration/test_redis.py",
}


def shown_elsewhere(module: str) -> bool:
    """Say whether a module, or a folder it is in, is shown by another test."""
    return any(
        module == name or (name.endswith("/") and module.startswith(name))
        for name in SHOWN_ELSEWHERE
    )


def modules() -> list[str]:
    """Return each module of the source that says something, as a path below the package."""
    return [
        str(path.relative_to(SOURCE))
        for path in python_files("src/sidegate")
        if path.name != "__init__.py" or len(path.read_text().splitlines()) > 20
    ]


def twin(module: str) -> Path:
    """Return where the unit test of a module has to be."""
    folder, _, name = module.rpartition("/")
    name = folder.rpartition("/")[2] + ".py" if name == "__init__.py" else name
    return ROOT / "tests" / "unit" / folder / f"test_{name}"


def test_a_module_is_named_after_what_it_holds():
    files = python_files("src", "tests", "benchmarks")
    words = [
        (path, {path.stem, path.stem.removeprefix("test_"), path.parent.name}) for path in files
    ]
    assert [named(path) for path, used in words if SAY_NOTHING & used] == []


def test_no_file_points_out_of_the_repository():
    texts = ((path, path.read_text(encoding="utf-8", errors="replace")) for path in tracked())
    assert [(named(path), found) for path, text in texts if (found := FOREIGN.findall(text))] == []


def test_every_module_has_its_twin_in_the_unit_tests():
    wanted = [name for name in modules() if not shown_elsewhere(name)]
    assert [name for name in wanted if not twin(name).exists()] == []


def test_the_other_test_and_the_module_exist():
    tests = [ROOT / "tests" / test for test in SHOWN_ELSEWHERE.values() if test != SAYS_NOTHING]
    files = [*(SOURCE / module for module in SHOWN_ELSEWHERE), *tests]
    assert [named(path) for path in files if not path.exists()] == []
