"""Names say what a thing is, and the repository stands on its own."""

import re

import pytest

from tests.architecture.source import ROOT, SOURCE, named, python_files, tracked

SAY_NOTHING = {"base_impl", "common", "helper", "helpers", "manager", "misc", "util", "utils"}

# Put together from pieces, so that this file does not hold what it looks for.
FOREIGN = re.compile(  # noqa: TID251 - our own fixed pattern, over our own files
    "|".join(["/" + "work/", "/" + "root/", r"\.\./" + "shared", "bash" + "_jobs"])
)

NO_TWIN = {
    "__main__.py": "hands over to cli.main and nothing else; integration tests start it",
    "config/settings.py": "fields without behaviour; tests of config/load.py fill them",
    "core/decision.py": "three values without behaviour",
    "core/ports.py": "protocols without behaviour",
    **{
        f"config/options/{group}.py": "rows of the table; options/test_options.py reads them all"
        for group in ("access", "logging", "oidc", "provider", "server", "session", "upstream")
    },
}


def modules() -> list[str]:
    """Return each module of the source that says something, as a path below the package."""
    return [
        str(path.relative_to(SOURCE))
        for path in python_files("src/sidegate")
        if path.name != "__init__.py" or len(path.read_text().splitlines()) > 20
    ]


@pytest.mark.parametrize("path", python_files("src", "tests", "benchmarks"), ids=named)
def test_a_module_is_named_after_what_it_holds(path):
    assert SAY_NOTHING.isdisjoint({path.stem, path.stem.removeprefix("test_"), path.parent.name})


@pytest.mark.parametrize("path", tracked(), ids=named)
def test_no_file_points_out_of_the_repository(path):
    found = FOREIGN.findall(path.read_text(encoding="utf-8", errors="replace"))
    assert found == []


@pytest.mark.parametrize("module", [name for name in modules() if name not in NO_TWIN])
def test_every_module_has_its_twin_in_the_unit_tests(module):
    folder, _, name = module.rpartition("/")
    name = folder.rpartition("/")[2] + ".py" if name == "__init__.py" else name
    assert (ROOT / "tests" / "unit" / folder / f"test_{name}").exists()


def test_only_modules_that_exist_go_without_a_twin():
    assert set(NO_TWIN) <= set(modules())
