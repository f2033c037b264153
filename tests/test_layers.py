"""The direction of imports: schemas ← prompts, templates, engine, blocks ← tasks ← flows ← serving ← cli."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WITHOUT_TASKS = {"schemas", "prompts", "templates", "engine", "blocks"}
MAY_IMPORT = {  # besides itself
    "schemas": set[str](),
    "prompts": {"schemas"},
    "templates": {"schemas"},
    "engine": {"schemas"},
    "blocks": {"schemas"},
    "tasks": WITHOUT_TASKS,
    "flows": WITHOUT_TASKS | {"tasks"},
    "serving": WITHOUT_TASKS | {"tasks", "flows"},
    "cli": WITHOUT_TASKS | {"tasks", "flows", "serving"},  # `innkeeper serve` starts the app
}
EXCEPTIONS = {  # file, and the one module that it may import against the direction
    # The local embedder is a block like every other, and takes 120 MB: the router and the block share one per process.
    ("blocks/models/embedders.py", "innkeeper.engine.embedding"),
}
TRAINING = ("engine/routing/training.py", "engine/routing/learning.py")
HEAVY = {"prefect", "sqlalchemy", "alembic", "fastapi", "starlette", "uvicorn", "typer", "httpx", "openai", "anthropic"}
LEARNING = {"sklearn", "scipy", "joblib"}


def imported(source: str) -> Iterator[str]:
    """Every module that a source file imports, anywhere in it: `innkeeper.engine.text`, `pydantic`, …"""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield f"relative.{node.module}"
        elif isinstance(node, ast.ImportFrom):
            names = (
                (f"{node.module}.{alias.name}" for alias in node.names)
                if node.module == "innkeeper"
                else (node.module,)
            )
            yield from (name for name in names if name)


def breaches(root: Path) -> list[str]:
    """`file: what it may not import`, over all folders of `root`."""
    found: list[str] = []
    for folder in MAY_IMPORT:
        for file in sorted((root / folder).rglob("*.py")):
            path = file.relative_to(root).as_posix()
            names = imported(file.read_text(encoding="utf-8"))
            found.extend(f"{path}: {name}" for name in names if not allowed(path, folder, name))
    return found


def allowed(path: str, folder: str, name: str) -> bool:
    if (path, name) in EXCEPTIONS:
        return True
    top, _, rest = name.partition(".")
    if top == "innkeeper":
        return rest.split(".")[0] in MAY_IMPORT[folder] | {folder, "__version__", ""}
    if top in {"relative", "src", "tests", "evals", "benchmarks", *MAY_IMPORT}:
        return False  # one name for each module: `innkeeper.engine.text`
    if folder == "schemas":
        return top == "pydantic" or top in sys.stdlib_module_names
    if top in LEARNING:
        return path in TRAINING
    return not (folder in {"engine", "prompts", "templates"} and top in HEAVY)


def test_every_import_follows_the_layers() -> None:
    assert breaches(ROOT) == []


def test_every_folder_of_the_package_has_a_layer() -> None:
    packages = {entry.name for entry in (ROOT / "src" / "innkeeper").iterdir() if any(entry.glob("*.py"))}
    assert packages == set(MAY_IMPORT)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("schemas/bad.py", "from innkeeper.engine.text import clean"),
        ("schemas/bad.py", "import numpy"),
        ("engine/deep/bad.py", "def late():\n    from innkeeper.blocks.settings import settings"),
        ("engine/bad.py", "import prefect.client"),
        ("engine/bad.py", "from sklearn.linear_model import LogisticRegression"),
        ("engine/bad.py", "from innkeeper import tasks"),
        ("engine/bad.py", "from ..blocks import settings"),
        ("blocks/bad.py", "from innkeeper.engine.text import clean"),
        ("tasks/bad.py", "import innkeeper.flows.routing"),
        ("flows/bad.py", "if True:\n    from innkeeper.serving.app import create_app"),
        ("serving/bad.py", "from innkeeper.cli import main"),
        ("cli/bad.py", "from flows.routing import route_requests"),
    ],
)
def test_a_wrong_import_is_found(tmp_path: Path, path: str, line: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(f'"""A module."""\n\n{line}\n')
    assert [breach.split(":")[0] for breach in breaches(tmp_path)] == [path]


@pytest.mark.parametrize(
    ("path", "line", "found"),
    [
        ("blocks/models/embedders.py", "from innkeeper.engine.embedding import embed_passages", 0),
        ("blocks/models/embedders.py", "from innkeeper.engine.embedding.more import embed_passages", 1),
        ("blocks/models/embedders.py", "from innkeeper.engine import embedding", 1),
        ("blocks/models/embedders.py", "from innkeeper.engine.text import clean", 1),
        ("blocks/models/chat.py", "from innkeeper.engine.embedding import embed_passages", 1),
        ("blocks/embedders.py", "from innkeeper.engine.embedding import embed_passages", 1),
    ],
)
def test_the_one_exception_is_for_one_file_and_one_module(tmp_path: Path, path: str, line: str, found: int) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(line + "\n")
    assert len(breaches(tmp_path)) == found


def test_training_alone_may_learn(tmp_path: Path) -> None:
    (tmp_path / TRAINING[0]).parent.mkdir(parents=True)
    (tmp_path / TRAINING[0]).write_text("import sklearn\nfrom scipy.sparse import csr_matrix\n")
    assert breaches(tmp_path) == []
