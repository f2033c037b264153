"""Other processes: one that is killed at each step, one that writes while another reads, one without a network."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.knowledge.conftest import Index, python

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.index_versions import list_versions
from innkeeper.blocks.knowledge_store import KnowledgeStore
from innkeeper.blocks.settings import settings
from innkeeper.flows.index_knowledge_base import index_knowledge_base
from innkeeper.schemas.knowledge_index import VersionState
from innkeeper.tasks.knowledge_reader import KnowledgeReader

NEW = "# Pool\n\nThe pool is closed for repairs.\n"
QUESTION = "When does the pool open?"
INDEX = """
import asyncio, sys
from pathlib import Path
from innkeeper.flows.index_knowledge_base import index_knowledge_base
report = asyncio.run(index_knowledge_base.fn(Path(sys.argv[1])))
print(report.model_dump_json())
"""
KILLED = """
import asyncio, importlib, os, signal, sys
from pathlib import Path
import innkeeper.flows.index_knowledge_base as flow

module, name, when = sys.argv[2].split(":")
owner = importlib.import_module(module)
for part in name.split(".")[:-1]:
    owner = getattr(owner, part)
real = getattr(owner, name.split(".")[-1])

def die():
    os.kill(os.getpid(), signal.SIGKILL)

async def before(*a, **k):
    die()

async def after(*a, **k):
    await real(*a, **k)
    die()

def halfway(file, *a, **k):
    file.write(b"half a file")
    file.flush()
    die()

setattr(owner, name.split(".")[-1], {"before": before, "after": after, "halfway": halfway}[when])
asyncio.run(flow.index_knowledge_base.fn(Path(sys.argv[1])))
"""
STEPS = [
    "innkeeper.tasks.knowledge:add_version:after",
    "innkeeper.flows.index_knowledge_base:fill:before",
    "innkeeper.tasks.knowledge_filling:store_chunks.fn:after",
    "innkeeper.engine.search.snapshot:np.savez:halfway",
    "innkeeper.flows.index_knowledge_base:switch.fn:before",
    "innkeeper.tasks.knowledge:complete_version:after",
    "innkeeper.flows.index_knowledge_base:prune_versions.fn:before",
]
SWITCHED = STEPS[-1]  # here the new version is already the current one


@pytest.fixture
async def killed(index: Index, folder: Path, home: Path, tmp_path: Path) -> dict[str, Path]:
    """A home for each step: one version, then a run that was killed at the step."""
    await index()
    (folder / "policies" / "pool.md").write_text(NEW)
    homes = {step: tmp_path / f"home-{number}" for number, step in enumerate(STEPS)}
    for each in homes.values():
        shutil.copytree(home, each)
    slots = asyncio.Semaphore(3)

    async def run(step: str) -> int:
        async with slots:
            environment = os.environ | {"INNKEEPER_HOME": str(homes[step])}
            process = await asyncio.create_subprocess_exec(*python(KILLED, str(folder), step), env=environment)
            return await process.wait()

    assert await asyncio.gather(*map(run, STEPS)) == [-signal.SIGKILL] * len(STEPS)
    return homes


async def test_after_a_kill_at_any_step_the_old_version_serves_and_the_next_run_completes(
    killed: dict[str, Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step, home in killed.items():
        monkeypatch.setenv("INNKEEPER_HOME", str(home))
        settings.cache_clear()
        async with Database(settings().database_url) as database:
            before = await KnowledgeReader(database, settings()).search(QUESTION)
            expected = "closed" if step == SWITCHED else "06:00"
            assert expected in before.hits[0].chunk.text, step
            report = await index_knowledge_base.fn(folder)
            assert (report.documents, report.quarantined) == (2, ()), step
            after = await KnowledgeReader(database, settings()).search(QUESTION)
            assert "closed" in after.hits[0].chunk.text, step
            async with database.reading() as session:
                kept = await list_versions(session, "hotel", VersionState.CURRENT, VersionState.READY)
                assert await list_versions(session, "hotel", VersionState.BUILDING) == [], step
        names = {each.store_name for each in kept}
        assert set(KnowledgeStore.of(settings()).versions()) == names, step
        assert {path.name for path in (home / "knowledge" / "hotel").iterdir()} == {f"{name}.npz" for name in names}
        if step.startswith("innkeeper.tasks.knowledge_filling"):
            assert report.embedded == 0  # what the dead run embedded is not embedded again


async def test_a_reader_finds_what_another_process_indexed_within_two_seconds(
    index: Index, folder: Path, database: Database
) -> None:
    await index()
    reader = KnowledgeReader(database, settings())
    assert "06:00" in (await reader.search(QUESTION)).hits[0].chunk.text
    (folder / "policies" / "pool.md").write_text(NEW)
    writer = await asyncio.create_subprocess_exec(*python(INDEX, str(folder)), stdout=asyncio.subprocess.DEVNULL)
    assert await writer.wait() == 0
    async with asyncio.timeout(2):  # a person asks again and again
        while "closed" not in (await reader.search(QUESTION)).hits[0].chunk.text:  # noqa: ASYNC110  another process has no event for us
            await asyncio.sleep(0.02)


NO_NETWORK = """
import os, socket

def _refuse(kind):
    def refuse(self, *arguments, **more):
        if isinstance(self, socket.socket) and self.family == socket.AF_UNIX:
            return getattr(super(type(self), self), kind)(*arguments)
        with open(os.environ["ATTEMPTS"], "a") as file:
            file.write(f"{kind} {arguments}\\n")
        raise OSError("the network is cut off")
    return refuse

for kind in ("connect", "connect_ex", "sendto"):
    setattr(socket.socket, kind, _refuse(kind))
socket.getaddrinfo = _refuse("getaddrinfo")
"""
FORMATS = {
    "policies/pets-2025.md", "policies/late-check-out-notice-2024.txt", "faqs/wifi.en.html",
    "policies/thanh-toan-hoa-don.docx", "policies/tre-em-giuong-phu-2024.pdf", "policies/thong-bao-thu-cung-2026.eml",
    "services/dua-don-san-bay-2025.csv",
    "services/spa-price-list-2025.xlsx", "sops/xu-ly-phan-nan.pptx",
}  # fmt: skip
SAMPLE = Path(__file__).parents[2] / "knowledge_base" / "documents"


def test_every_format_is_indexed_with_the_network_cut_off(tmp_path: Path, home: Path, folder: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(NO_NETWORK)
    for path in FORMATS:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SAMPLE / path, folder / path)
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "ATTEMPTS": str(tmp_path / "attempts")}
    check = "import socket; socket.create_connection(('127.0.0.1', 9))"
    refused = subprocess.run([sys.executable, "-c", check], env=environment, capture_output=True, text=True)
    assert "the network is cut off" in refused.stderr
    (tmp_path / "attempts").unlink()
    done = subprocess.run(python(INDEX, str(folder)), env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["documents"], report["quarantined"]) == (len(FORMATS) + 2, [])
    assert not (tmp_path / "attempts").exists(), (tmp_path / "attempts").read_text()


@pytest.fixture
async def chroma_url(tmp_path: Path) -> AsyncIterator[str]:
    """A real Chroma server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("chroma")
    command = [str(program), "run", "--path", str(tmp_path / "server"), "--port", str(port), "--host", "127.0.0.1"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: ASYNC220  it starts at once
    try:
        async with asyncio.timeout(30):
            while not await _answers(port):  # noqa: ASYNC110  another process has no event for us
                await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def test_another_machine_takes_the_index_from_the_chroma_server(
    chroma_url: str, index: Index, home: Path, tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INNKEEPER_CHROMA_URL", chroma_url)
    settings.cache_clear()
    await index()
    assert not (home / "chroma").exists()
    elsewhere: Any = settings().model_copy(update={"home": tmp_path / "other machine"})
    result = await KnowledgeReader(database, elsewhere).search("Mấy giờ hồ bơi mở cửa?")
    assert "06:00" in result.hits[0].chunk.text
    assert list((tmp_path / "other machine" / "knowledge" / "hotel").glob("*.npz"))
