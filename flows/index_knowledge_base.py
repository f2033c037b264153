"""Index the hotel's documents: a new version beside the old one, then one switch for every process."""

import asyncio
import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from time import perf_counter
from uuid import uuid4

from prefect import flow
from prefect.context import FlowRunContext

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.index_lease import index_lease
from innkeeper.blocks.database.index_versions import documents_of
from innkeeper.blocks.knowledge_store import KnowledgeStore
from innkeeper.blocks.settings import settings
from innkeeper.schemas.knowledge_index import (
    Change,
    CollectionName,
    DocumentRecord,
    IndexReport,
    QuarantinedDocument,
)
from innkeeper.tasks.embedding import NamedEmbedder, load_embedder
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.knowledge import IndexBuild, begin_build, make_plan, note_unchanged, prune_versions, switch
from innkeeper.tasks.knowledge_care import report_contradictions
from innkeeper.tasks.knowledge_filling import fill, write_snapshot
from innkeeper.tasks.knowledge_plan import Plan, documents_folder
from innkeeper.tasks.knowledge_publishing import Progress, emit_indexed, publish_plan, publish_report
from innkeeper.tasks.policies import run_step
from innkeeper.tasks.publishing import publish_cost
from innkeeper.tasks.spenders import current_spender
from innkeeper.tasks.work_orders import hotel_database

_WORDS_ONLY = "The embedder cannot run on this machine: documents are found by words alone."


@flow(name="index-knowledge-base", flow_run_name="index-{collection}", persist_result=False)
async def index_knowledge_base(
    folder: Path | None = None,
    collection: CollectionName = "hotel",
    dry_run: bool = False,
    prune: bool = True,
    embedder: str | None = None,
    database: str | None = None,
) -> IndexReport:
    """
    Make the index say what the documents say. Searches use the old version until the new one is complete.

    Args:
        folder: The documents, where the worker can read them; the folder of INNKEEPER_KNOWLEDGE_PATH when empty.
        collection: Name of the index: lower-case letters, digits and hyphens.
        dry_run: Only show what would be done.
        prune: Take documents that are no longer in the folder out of the index.
        embedder: `local`, `openai/MODEL` or a block; INNKEEPER_EMBEDDER when empty.
        database: Name of a Hotel Database block; the database of the settings when empty.
    """
    started = perf_counter()
    root = await asyncio.to_thread(documents_folder, folder, settings().knowledge_path)
    named = await load_embedder(embedder or settings().embedder, settings())
    async with hotel_database(database) as hotel:
        if dry_run:
            plan = await run_step(make_plan, hotel, root, collection, named, prune)
            await publish_plan(plan.documents, collection)
            return _report(plan, collection, named, started, is_dry=True)
        run_id, run_name = _this_run()
        async with index_lease(hotel, collection, run_id, run_name):
            plan = await run_step(make_plan, hotel, root, collection, named, prune)
            await publish_plan(plan.documents, collection)
            report, records = await _make_so(hotel, plan, collection, named, run_id, started)
    await publish_report(report, records)
    emit_indexed(report)
    return report


async def _make_so(
    hotel: Database, plan: Plan, collection: str, embedder: NamedEmbedder, run_id: str, started: float
) -> tuple[IndexReport, Iterable[DocumentRecord]]:
    """Carry out a plan; where there is nothing to do, only say so."""
    if not plan.has_changes and plan.current is not None:
        await run_step(note_unchanged, hotel, plan.current)
        async with hotel.reading() as session:
            records = await documents_of(session, plan.current.id)
        return _report(plan, collection, embedder, started, records=records), records
    home, store = settings().home, KnowledgeStore.of(settings())
    spender, progress = current_spender("index-knowledge-base"), Progress(len(plan.of(Change.ADDED, Change.CHANGED)))
    async with ModelGateway(settings()) as gateway:
        build = await run_step(begin_build, hotel, store, home, plan, collection, embedder, run_id)
        await fill(build, gateway, spender, progress)
        await run_step(write_snapshot, build, gateway, spender)
        await run_step(switch, hotel, build)
        await publish_cost(gateway)
    await progress.finished()
    if FlowRunContext.get() is not None:  # it is a table of the run
        await run_step(report_contradictions, home, build.version, dt.datetime.now(settings().zone).date())
    await run_step(prune_versions, hotel, store, home, collection, settings().keep_versions)
    return _report(plan, collection, embedder, started, build=build), build.records.values()


def _report(
    plan: Plan,
    collection: str,
    embedder: NamedEmbedder,
    started: float,
    *,
    build: IndexBuild | None = None,
    records: Iterable[DocumentRecord] = (),
    is_dry: bool = False,
) -> IndexReport:
    version = build.version if build else plan.current
    known = list(build.records.values() if build else records)
    return IndexReport(
        collection=collection,
        folder=str(plan.root),
        dry_run=is_dry,
        version=version.id if version else None,
        **{change.value: len(plan.of(change)) for change in Change},
        documents=sum(not each.is_quarantined for each in known),
        chunks=sum(each.chunks for each in known),
        embedded=build.embedded if build else 0,
        reused=build.reused if build else 0,
        plan=tuple(each for each in plan.documents if each.change is not Change.UNCHANGED),
        quarantined=tuple(
            QuarantinedDocument(path=each.path, reason=each.reason)
            for each in sorted(known, key=lambda each: each.path)
            if each.is_quarantined
        ),
        seconds=round(perf_counter() - started, 3),
        note=_WORDS_ONLY if embedder.block is None else "",
    )


def _this_run() -> tuple[str, str]:
    """Id and name of the run, for the lease."""
    context = FlowRunContext.get()
    if context is not None and context.flow_run is not None:
        return str(context.flow_run.id), f"flow run {context.flow_run.name}"
    return str(uuid4()), "a run without Prefect"
