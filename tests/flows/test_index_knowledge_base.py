"""Indexing as a flow run: what Prefect shows of it, as a subflow too."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.states import Completed

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.index_lease import index_lease
from innkeeper.blocks.settings import settings
from innkeeper.flows.index_knowledge_base import index_knowledge_base
from innkeeper.schemas.knowledge_index import IndexBusy, IndexReport
from innkeeper.tasks.knowledge_reader import KnowledgeReader

POLICY = "# Luggage storage\n\n## Price\n\nAfter check-out, storage is free for the first 4 hours.\n"
FAQ = "# Questions\n\n## Can I leave my luggage after check-out?\n\nStorage is free for the first 2 hours.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "luggage.md").write_text(POLICY)
    (folder / "faq.md").write_text(FAQ)
    (folder / "broken.docx").write_bytes(b"PK not really")
    return folder


async def artifacts(server: Any, run_id: UUID) -> dict[str, Any]:
    """The artifacts of a run by key."""
    of_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run_id]))
    return {each.key: each for each in await server.client.read_artifacts(artifact_filter=of_run)}


async def run_of(state: Any) -> tuple[UUID, IndexReport]:
    assert state.is_completed(), state.message
    return state.state_details.flow_run_id, await state.aresult()


async def test_a_run_shows_plan_progress_report_and_contradictions(server: Any, folder: Path, hotel: Database) -> None:
    run_id, report = await run_of(await index_knowledge_base(folder, return_state=True))
    assert (report.added, report.documents) == (3, 2)
    assert [each.path for each in report.quarantined] == ["broken.docx"]
    shown = await artifacts(server, run_id)
    assert {"index-plan", "index-report", "indexing", "contradictions"} <= set(shown)
    assert shown["indexing"].data == 100
    assert "3 of 3 documents read, 2 of 2 chunks embedded" in shown["indexing"].description
    first, *_ = json.loads(shown["index-report"].data)
    assert (first["document"], first["status"]) == ("broken.docx", "quarantined")
    (pair,) = json.loads(shown["contradictions"].data)
    assert {pair["document"], pair["other document"]} == {"faq.md", "luggage.md"}
    tasks = {each.name for each in await server.until(lambda: server.task_runs(run_id), lambda runs: len(runs) >= 9)}
    assert {"read-faq.md", "embed-passage-batch", "write-snapshot", "switch-to-new-version"} <= tasks
    told = {"innkeeper.knowledge.indexed", "innkeeper.document.quarantined"}  # they come in any order
    await server.until(lambda: server.events(run_id), lambda found: told <= {each["event"] for each in found})


async def test_a_dry_run_shows_only_the_plan(server: Any, folder: Path, hotel: Database) -> None:
    run_id, report = await run_of(await index_knowledge_base(folder, dry_run=True, return_state=True))
    assert report.version is None
    shown = await artifacts(server, run_id)
    assert set(shown) == {"index-plan"}
    assert {row["change"] for row in json.loads(shown["index-plan"].data)} == {"added"}


async def test_as_a_subflow_it_returns_its_report(server: Any, folder: Path, hotel: Database) -> None:
    @flow(name="nightly", persist_result=False)
    async def nightly() -> int:
        report = await index_knowledge_base(folder, collection="nightly")
        return report.documents

    assert await nightly() == 2
    reader = KnowledgeReader(hotel, settings(), collection="nightly")
    assert (await reader.search("luggage storage")).hits


async def test_a_run_beside_another_one_fails_and_names_it(server: Any, folder: Path, hotel: Database) -> None:
    async with index_lease(hotel, "hotel", "run-1", "flow run quick-otter"):
        state: Any = await index_knowledge_base(folder, return_state=True)
    assert state.is_failed()
    with pytest.raises(IndexBusy, match="quick-otter"):
        await state.aresult()


async def test_a_name_that_is_none_is_refused_before_anything_is_read(server: Any, folder: Path) -> None:
    state: Any = await index_knowledge_base(folder, collection="../etc", return_state=True)
    assert state.type != Completed().type
    assert not (settings().home / "knowledge").exists()
