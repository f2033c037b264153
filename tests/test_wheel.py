"""The wheel, built from the source distribution as a package index would: one top-level name, and everything inside."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
SHOWN = ROOT / "src" / "innkeeper"  # an entry for each folder of the package
NEEDED = {  # what the code opens at run time; the comparison with the tree covers the rest
    "innkeeper/py.typed",
    "innkeeper/engine/language.json",
    "innkeeper/engine/safety.yaml",
    "innkeeper/engine/entities/items.tsv",
    "innkeeper/engine/routing/taxonomy.yaml",
    "innkeeper/engine/routing/issues.yaml",
    "innkeeper/engine/routing/replies.yaml",
    "innkeeper/engine/routing/model.json",
    "innkeeper/engine/routing/model.npz",
    "innkeeper/engine/routing/examples/housekeeping.tsv",
    "innkeeper/blocks/database/migrations/env.py",
    "innkeeper/blocks/database/migrations/script.py.mako",
    "innkeeper/blocks/database/migrations/versions/v0001_operations_tables.py",
    "innkeeper/knowledge_base/hotel_paradise.json",
}


class Built(NamedTuple):
    """A wheel, and the folder it is installed in."""

    wheel: Path
    installed: Path

    @property
    def names(self) -> set[str]:
        return {name for name in zipfile.ZipFile(self.wheel).namelist() if not name.endswith("/")}


def ran(*command: str, cwd: Path, **environment: str) -> str:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "INNKEEPER", "PREFECT"))}
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=clean | environment)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def sources() -> list[str]:
    """Every file of the working tree that git tracks or would track."""
    listed = ran("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT).split("\0")
    return sorted({name for name in listed if name and (ROOT / name).exists()})


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    work = tmp_path_factory.mktemp("wheel")
    for name in sources():
        (work / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, work / "tree" / name, follow_symlinks=False)
    isolation = ["--no-isolation"] if importlib.util.find_spec("hatchling") else []
    ran(sys.executable, "-m", "build", *isolation, "--outdir", str(work / "dist"), str(work / "tree"), cwd=work)
    (wheel,) = (work / "dist").glob("*.whl")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index"]
    ran(*pip, "--target", str(work / "installed"), str(wheel), cwd=work)
    return Built(wheel, work / "installed")


def inside(built: Built, code: str, *arguments: str) -> str:
    """Run `code` in a fresh process that finds the installed wheel first."""
    return ran(
        sys.executable,
        "-c",
        code,
        *arguments,
        cwd=built.installed.parent,
        PYTHONPATH=str(built.installed),
        PYTHONUTF8="1",
    )


def test_the_wheel_claims_one_name(built: Built) -> None:
    tops = {name.partition("/")[0] for name in built.names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"innkeeper"}
    assert [top for top in tops if top.endswith(".dist-info") and not top.startswith("innkeeper-")] == []
    assert len(tops) == 2


def test_the_wheel_holds_the_whole_package_and_nothing_else(built: Built) -> None:
    shown = {entry.name for entry in SHOWN.iterdir() if entry.is_symlink()}
    expected = {f"innkeeper/{name}" for name in sources() if name.partition("/")[0] in shown}
    expected |= {
        name.removeprefix("src/") for name in sources() if name.startswith("src/") and not (ROOT / name).is_symlink()
    }
    found = {name for name in built.names if name.startswith("innkeeper/")}
    assert found - expected == set()
    assert expected - found == set()
    assert NEEDED - found == set()


IMPORT_ALL = """
import importlib, json, sys
from pathlib import Path
import innkeeper
root = Path(innkeeper.__file__).parent
names = []
for file in sorted(root.rglob("*.py")):
    parts = file.relative_to(root).with_suffix("").parts
    if "migrations" in parts or parts[-1] == "__main__":  # Alembic loads the first, `python -m` the second
        continue
    name = ".".join(["innkeeper", *(part for part in parts if part != "__init__")])
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if name != "innkeeper.engine.routing.training" or error.name not in ("sklearn", "scipy", "joblib"):
            raise
    names.append(name)
files = {name: module.__file__ for name, module in sys.modules.items() if name.startswith("innkeeper")}
print(json.dumps({"names": names, "files": files}))
"""


def test_every_module_is_imported_from_the_installed_wheel(built: Built) -> None:
    seen = json.loads(inside(built, IMPORT_ALL))
    assert len(seen["names"]) > 60
    elsewhere = {
        name: file for name, file in seen["files"].items() if file and not Path(file).is_relative_to(built.installed)
    }
    assert elsewhere == {}


OPEN_ALL = """
import json, sys
from importlib.resources import files
for name in json.loads(sys.argv[1]):
    data = files("innkeeper").joinpath(name).read_bytes()
    assert data or name.endswith(("__init__.py", "py.typed")), name
from innkeeper.engine.routing.examples import read_examples
from innkeeper.engine.routing.router import load_router
from innkeeper.schemas.routing import GuestMessage
assert sum(1 for _ in read_examples()) > 3000
result = load_router().route(GuestMessage(message="Hai khăn tắm lên phòng 412 nhé"))
print(result.model_dump_json())
"""


def test_every_data_file_opens_and_a_message_is_routed(built: Built) -> None:
    names = sorted(name.removeprefix("innkeeper/") for name in built.names if name.startswith("innkeeper/"))
    result = json.loads(inside(built, OPEN_ALL, json.dumps([name for name in names if not name.endswith(".py")])))
    assert [each["subcategory"] for each in result["classifications"]] == ["amenity_request"]


def test_the_installed_sample_hotel_is_the_repositorys(built: Built) -> None:
    shipped = built.installed / "innkeeper" / "knowledge_base" / "hotel_paradise.json"
    assert shipped.read_bytes() == (ROOT / "knowledge_base" / "hotel_paradise.json").read_bytes()


ENTRY_POINTS = """
import json
from importlib.metadata import distributions
import sys
(found,) = [each for each in distributions(path=[sys.argv[1]]) if each.metadata["Name"] == "innkeeper"]
for point in found.entry_points:
    point.load()
points = sorted(f"{each.group}:{each.name}" for each in found.entry_points)
print(json.dumps({"version": found.version, "points": points}))
"""


def test_the_command_and_the_prefect_collection_can_be_loaded(built: Built) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = json.loads(inside(built, ENTRY_POINTS, str(built.installed)))
    assert found == {
        "version": project["version"],
        "points": ["console_scripts:innkeeper", "prefect.collections:innkeeper"],
    }
    assert "innkeeper route" in inside(
        built, "import sys; from innkeeper.cli import main; sys.argv = ['innkeeper', 'route', '--help']; main()"
    )
