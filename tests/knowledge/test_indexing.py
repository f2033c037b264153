"""What a run makes of the folder: added, changed, removed, set aside, and versions to go back to."""

import asyncio
import datetime as dt
import os
import sys
from pathlib import Path

import pytest
from sqlalchemy import update
from tests.knowledge.conftest import Found, Index

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.index_lease import index_lease
from innkeeper.blocks.database.index_versions import current_version, list_versions
from innkeeper.blocks.database.knowledge_models import IndexLeaseRow
from innkeeper.blocks.knowledge_store import KnowledgeStore
from innkeeper.blocks.settings import settings
from innkeeper.schemas.errors import InputInvalid, NotConfigured
from innkeeper.schemas.knowledge_index import IndexBusy, VersionState
from innkeeper.tasks.knowledge_care import knowledge_status, roll_back
from innkeeper.tasks.knowledge_reader import KnowledgeReader

TODAY = dt.date(2026, 11, 1)


async def test_documents_are_found_in_both_languages(index: Index, found: Found) -> None:
    report = await index()
    assert (report.added, report.documents, report.chunks, report.embedded) == (2, 2, 2, 2)
    assert "06:00" in (await found("Mấy giờ hồ bơi mở cửa?"))[0]
    assert "chó mèo" in (await found("Are dogs allowed?"))[0]


async def test_a_second_run_changes_nothing_and_makes_no_version(index: Index) -> None:
    first = await index()
    second = await index()
    assert (second.version, second.unchanged, second.embedded, second.documents) == (first.version, 2, 0, 2)


async def test_only_what_changed_is_embedded_again(index: Index, folder: Path, found: Found) -> None:
    first = await index()
    (folder / "policies" / "pool.md").write_text("# Pool\n\nThe pool is open from 07:30 to 20:00.\n")
    (folder / "new.txt").write_text("Bicycles can be rented at the front desk.")
    second = await index()
    assert (second.added, second.changed, second.unchanged, second.embedded, second.reused) == (1, 1, 1, 2, 1)
    assert second.version != first.version
    assert "07:30" in (await found("When does the pool open?"))[0]
    assert all("06:00" not in text for text in await found("When does the pool open?"))


async def test_a_document_that_left_the_folder_is_no_longer_found_unless_it_is_to_be_kept(
    index: Index, folder: Path, found: Found
) -> None:
    await index()
    (folder / "policies" / "pets.md").unlink()
    kept = await index(prune=False)
    assert (kept.removed, kept.unchanged) == (0, 2)
    assert any("chó mèo" in text for text in await found("chó mèo"))
    assert (await index()).removed == 1
    assert all("chó mèo" not in text for text in await found("chó mèo"))


async def test_a_manifest_entry_that_changes_is_a_change(index: Index, folder: Path, database: Database) -> None:
    await index()
    (folder / "manifest.yaml").write_text("documents: {policies/pets.md: {review_date: 2026-10-01}}")
    report = await index()
    assert [(each.path, each.why) for each in report.plan] == [
        ("policies/pets.md", "manifest entry, or a newer reader")
    ]
    status = await knowledge_status(database, "hotel", TODAY)
    assert [each.path for each in status.stale] == ["policies/pets.md"]


async def test_a_dry_run_only_says_what_it_would_do(index: Index, database: Database) -> None:
    report = await index(dry_run=True)
    assert (report.added, report.version, len(report.plan)) == (2, None, 2)
    with pytest.raises(NotConfigured, match="kb index"):
        await knowledge_status(database, "hotel", TODAY)


async def test_a_broken_document_is_set_aside_with_its_reason_and_stops_nothing(
    index: Index, folder: Path, database: Database
) -> None:
    (folder / "scan.pdf").write_bytes(b"%PDF-1.4 broken")
    (folder / "huge.txt").open("wb").truncate(200_000_000)
    report = await index()
    assert report.documents == 2
    assert [(each.path, each.reason[:20]) for each in report.quarantined] == [
        ("huge.txt", "The file 'huge.txt' "),
        ("scan.pdf", "The file is damaged "),
    ]
    again = await index()
    assert (again.unchanged, len(again.quarantined)) == (4, 2)
    status = await knowledge_status(database, "hotel", TODAY)
    assert [each.problem for each in status.quarantined] == ["too_large", "damaged"]


async def test_a_document_that_its_successor_names_is_superseded(index: Index, folder: Path, found: Found) -> None:
    (folder / "late-a.txt").write_text(
        "Late check-out fees\n\nEffective from 1 March 2025. A late check-out costs 10%."
    )
    (folder / "late-b.md").write_text(
        "---\neffective_date: 2026-03-01\nsupersedes: late-a.txt\n---\n# Staying on\n\nA late check-out costs 20%.\n"
    )
    await index()
    texts = await found("What does a late check-out cost?")
    assert "20%" in texts[0]
    assert all("10%" not in text for text in texts)


async def test_a_rollback_shows_the_old_version_to_every_process(
    index: Index, folder: Path, database: Database, found: Found
) -> None:
    reader = KnowledgeReader(database, settings())
    first = await index()
    (folder / "policies" / "pool.md").write_text("# Pool\n\nThe pool is closed.\n")
    await index()
    assert "closed" in (await found("When does the pool open?"))[0]
    assert (await roll_back(database, "hotel", None)).id == first.version
    assert "06:00" in (await reader.search("When does the pool open?")).hits[0].chunk.text
    assert "06:00" in (await found("When does the pool open?"))[0]
    with pytest.raises(InputInvalid, match="cannot be returned to; these can: 2"):
        await roll_back(database, "hotel", 77)


async def test_old_versions_are_removed_everywhere(
    index: Index, folder: Path, database: Database, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INNKEEPER_KEEP_VERSIONS", "2")
    settings.cache_clear()
    for number in range(4):
        (folder / "note.txt").write_text(f"Note number {number} for the night shift.")
        await index()
    async with database.reading() as session:
        kept = await list_versions(session, "hotel", VersionState.CURRENT, VersionState.READY)
        states = [each.state for each in await list_versions(session, "hotel")]
    assert [state.value for state in states] == ["current", "ready", "pruned", "pruned"]
    assert KnowledgeStore.of(settings()).versions() == sorted(each.store_name for each in kept)
    assert {path.stem for path in (home / "knowledge" / "hotel").iterdir()} == {each.store_name for each in kept}


async def test_a_second_run_at_the_same_time_is_refused_and_told_by_whom(index: Index, database: Database) -> None:
    async with index_lease(database, "hotel", "run-1", "flow run quick-otter"):
        with pytest.raises(IndexBusy, match="quick-otter"):
            await index()
        async with index_lease(database, "spa", "run-2", "another collection"):
            pass
    assert (await index()).added == 2


async def test_the_lease_of_a_run_that_gives_no_sign_of_life_runs_out(index: Index, database: Database) -> None:
    async with index_lease(database, "hotel", "run-1", "flow run quick-otter"):
        async with database.writing() as session:
            long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=2)
            await session.execute(update(IndexLeaseRow).values(renewed_at=long_ago, host="elsewhere"))
        assert (await index()).added == 2


async def test_the_lease_of_a_dead_process_on_this_machine_counts_no_more(index: Index, database: Database) -> None:
    dead = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await dead.wait()
    async with index_lease(database, "hotel", "run-1", "flow run quick-otter"):
        async with database.writing() as session:
            await session.execute(update(IndexLeaseRow).values(process=dead.pid))
        assert (await index()).added == 2


async def test_a_run_that_lost_its_lease_does_not_switch(
    index: Index, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    import innkeeper.flows.index_knowledge_base as flow
    from innkeeper.tasks.knowledge_filling import fill as real

    async def slow(*arguments: object) -> None:
        await real(*arguments)  # type: ignore[arg-type]  # passed on as they came
        async with database.writing() as session:
            await session.execute(update(IndexLeaseRow).values(run_id="another run"))

    monkeypatch.setattr(flow, "fill", slow)
    with pytest.raises(IndexBusy, match="lost to run another run"):
        await index()
    async with database.reading() as session:
        assert await current_version(session, "hotel") is None


async def test_a_lost_snapshot_is_made_again_from_the_store(index: Index, home: Path, found: Found) -> None:
    await index()
    (snapshot,) = (home / "knowledge" / "hotel").iterdir()
    snapshot.unlink()
    assert "06:00" in (await found("When does the pool open?"))[0]
    assert snapshot.is_file()


async def test_a_lost_store_is_filled_again_by_the_next_change(index: Index, folder: Path, home: Path) -> None:
    import shutil

    await index()
    shutil.rmtree(home / "chroma")
    (folder / "note.txt").write_text("The ice machine is on floor 3.")
    report = await index()
    assert (report.documents, report.chunks, report.embedded) == (3, 3, 3)


async def test_a_machine_without_the_embedder_finds_by_words(
    index: Index, found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    from innkeeper.engine import embedding

    monkeypatch.setattr(embedding, "_encoder", lambda: None)
    report = await index()
    assert "by words alone" in report.note
    assert "06:00" in (await found("When does the pool open?"))[0]


async def test_a_folder_that_is_none_is_said(index: Index) -> None:
    with pytest.raises(InputInvalid, match="there is no folder"):
        await index(folder=Path("/nowhere"))


def test_one_process_id_is_this_one() -> None:
    from innkeeper.blocks.database.index_lease import _exists

    assert _exists(os.getpid())
