"""What an operator asks of the document index: its state, an earlier version, documents that disagree."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.index_lease import lease_holder
from innkeeper.blocks.database.index_versions import (
    current_version,
    documents_of,
    list_versions,
    switch_version,
    version_to_return_to,
)
from innkeeper.engine.contradictions import find_contradictions
from innkeeper.engine.search.index import SearchIndex
from innkeeper.schemas.errors import NotConfigured
from innkeeper.schemas.knowledge import Chunk
from innkeeper.schemas.knowledge_index import Contradiction, IndexVersion, KnowledgeStatus, VersionState
from innkeeper.tasks.knowledge_publishing import publish_contradictions
from innkeeper.tasks.knowledge_snapshot import snapshot_path
from innkeeper.tasks.policies import step

_KNOWN_STATES = (VersionState.CURRENT, VersionState.READY, VersionState.BUILDING)


async def knowledge_status(database: Database, collection: str, today: dt.date) -> KnowledgeStatus:
    """
    The current version, its documents, and what needs a person.

    Raises:
        NotConfigured: Nothing has been indexed.
    """
    async with database.reading() as session:
        current = await current_version(session, collection)
        if current is None:
            raise not_indexed(collection)
        versions = await list_versions(session, collection, *_KNOWN_STATES)
        documents = await documents_of(session, current.id)
        running = await lease_holder(session, collection)
    stale = [
        each
        for each in documents
        if each.review_date and each.review_date < today and not each.superseded_by and not each.is_quarantined
    ]
    return KnowledgeStatus(
        current=current,
        versions=tuple(versions),
        running=running,
        documents=tuple(documents),
        stale=tuple(stale),
    )


async def roll_back(database: Database, collection: str, version_id: int | None) -> IndexVersion:
    """
    Make an earlier version the current one; the next indexing run starts from it.

    Args:
        version_id: Which; the newest before the current one when not given.

    Raises:
        InputInvalid: There is no such version.
    """
    async with database.writing() as session:
        version = await version_to_return_to(session, collection, version_id)
        await switch_version(session, collection, version.id, dt.datetime.now(dt.UTC))
    return version


async def contradictions(index: SearchIndex, today: dt.date) -> list[Contradiction]:
    """Documents in force on `today` that give different numbers for the same."""
    return await asyncio.to_thread(lambda: find_contradictions(chunks_in_force(index, today)))


@step(run_name="find-contradictions")
async def report_contradictions(home: Path, version: IndexVersion, today: dt.date) -> None:
    """Show the contradictions of a version as a table of the flow run."""
    index = await asyncio.to_thread(SearchIndex.load, snapshot_path(home, version))
    await publish_contradictions(await contradictions(index, today))


def chunks_in_force(index: SearchIndex, today: dt.date) -> Sequence[Chunk]:
    """Every chunk that is neither superseded nor yet to come."""
    table = index.table
    out = table.superseded(today) | table.upcoming(today)
    return [table.chunk(position) for position in range(len(table)) if not out[position]]


def not_indexed(collection: str) -> NotConfigured:
    """The error of a collection without a version."""
    return NotConfigured(f"nothing is indexed in {collection!r} yet; run `innkeeper kb index DIR`")
