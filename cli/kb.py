"""`innkeeper kb …`: index the hotel's documents, search them, look after the index."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from innkeeper.cli.outcome import AsJson, run
from innkeeper.cli.searching import search_command
from innkeeper.schemas.knowledge_index import Contradiction, IndexReport, IndexVersion, KnowledgeStatus

if TYPE_CHECKING:
    from innkeeper.blocks.database.engine import Database

app = typer.Typer(help="The hotel's documents: index, search, roll back.", no_args_is_help=True)
app.command("search")(search_command)

Collection = Annotated[str, typer.Option(help="Name of the index.")]
_MOST_SHOWN = 20


@app.command("index")
def index_command(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The documents; INNKEEPER_KNOWLEDGE_PATH when not given.")
    ] = None,
    collection: Collection = "hotel",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    prune: Annotated[
        bool, typer.Option("--prune/--no-prune", help="Take documents that are no longer in DIR out of the index.")
    ] = True,
    embedder: Annotated[
        str | None, typer.Option(help="local, openai/MODEL or a block; the setting by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make the index say what the documents in DIR say. Exit code 1 when a document had to be set aside."""
    seen: list[IndexReport] = []

    async def work() -> IndexReport:
        seen.append(await _index(folder, collection, embedder, dry_run=dry_run, prune=prune))
        return seen[0]

    run(work, as_json=as_json, text=_reported, data=lambda report: report.model_dump(mode="json"))
    if seen[0].quarantined:
        raise typer.Exit(1)


@app.command("status")
def status_command(collection: Collection = "hotel", as_json: AsJson = False) -> None:
    """Show the version that is searched, documents that were set aside, and documents that are due for review."""
    run(lambda: _status(collection), as_json=as_json, text=_shown, data=_status_data)


@app.command("rollback")
def rollback_command(
    version: Annotated[int | None, typer.Argument(help="Which; the one before the current when not given.")] = None,
    collection: Collection = "hotel",
    as_json: AsJson = False,
) -> None:
    """Search an earlier version of the index again, in every process."""
    run(
        lambda: _rollback(collection, version),
        as_json=as_json,
        text=lambda made: f"{made.collection} is at version {made.id} again ({made.documents} documents).",
        data=lambda made: made.model_dump(mode="json"),
    )


@app.command("contradictions")
def contradictions_command(collection: Collection = "hotel", as_json: AsJson = False) -> None:
    """List documents in force that give different numbers for the same thing."""
    run(
        lambda: _contradictions(collection),
        as_json=as_json,
        text=_disagreements,
        data=lambda found: {"contradictions": [each.model_dump(mode="json") for each in found]},
    )


async def _index(
    folder: Path | None, collection: str, embedder: str | None, *, dry_run: bool, prune: bool
) -> IndexReport:
    from pydantic import TypeAdapter, ValidationError

    from innkeeper.flows.index_knowledge_base import index_knowledge_base
    from innkeeper.schemas.errors import InputInvalid
    from innkeeper.schemas.knowledge_index import CollectionName

    try:
        TypeAdapter(CollectionName).validate_python(collection)
    except ValidationError:
        raise InputInvalid(f"{collection!r} is no name of an index: lower-case letters, digits and hyphens") from None
    # The body of the flow: a command needs no Prefect server.
    return await index_knowledge_base.fn(folder, collection, dry_run, prune, embedder)


async def _status(collection: str) -> KnowledgeStatus:
    from innkeeper.tasks.knowledge_care import knowledge_status

    async with _database() as database:
        await database.upgrade()
        return await knowledge_status(database, collection, _today())


async def _rollback(collection: str, version: int | None) -> IndexVersion:
    from innkeeper.tasks.knowledge_care import roll_back

    async with _database() as database:
        await database.upgrade()
        return await roll_back(database, collection, version)


async def _contradictions(collection: str) -> list[Contradiction]:
    from innkeeper.blocks.settings import settings
    from innkeeper.tasks.knowledge_care import contradictions
    from innkeeper.tasks.knowledge_reader import KnowledgeReader

    async with _database() as database:
        await database.upgrade()
        knowledge = await KnowledgeReader(database, settings(), collection=collection).current()
        return await contradictions(knowledge.index, _today())


def _database() -> "Database":
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.settings import settings

    return Database(settings().database_url)


def _today() -> dt.date:
    from innkeeper.blocks.settings import settings

    return dt.datetime.now(settings().zone).date()


def _reported(report: IndexReport) -> str:
    counts = {"added": report.added, "changed": report.changed, "removed": report.removed}
    said = ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "nothing changed"
    if report.dry_run:
        lines = [f"{report.folder}: {said}, {report.unchanged} unchanged. Nothing was done."]
        lines += [f"  {each.change.value:8} {each.path}{f' ({each.why})' if each.why else ''}" for each in report.plan]
        return "\n".join(lines)
    lines = [
        f"{report.collection} is at version {report.version}: {report.documents} documents, {report.chunks} chunks."
    ]
    lines.append(f"  {said}; {report.embedded} chunks embedded, {report.reused} taken over, {report.seconds:.1f} s")
    lines += [f"  set aside  {each.path}: {each.reason}" for each in report.quarantined]
    return "\n".join([*lines, *([f"  {report.note}"] if report.note else [])])


def _shown(status: KnowledgeStatus) -> str:
    current = status.current
    last = max(filter(None, (current.checked_at, current.switched_at, current.created_at)))
    lines = [
        f"{current.collection} is at version {current.id} of {current.folder}",
        f"  documents  {current.documents}, in {current.chunks} chunks",
        f"  embedder   {current.model or 'none: found by words alone'} ({current.dimensions} dimensions)",
        f"  last run   {last:%Y-%m-%d %H:%M} UTC",
        f"  versions   {', '.join(f'{each.id} {each.state.value}' for each in status.versions)}",
    ]
    lines += [f"  running    {status.running}"] if status.running else []
    lines += [f"  set aside  {each.path}: {each.reason}" for each in status.quarantined]
    doubtful = [f"  warning    {each.path}: {said}" for each in status.documents for said in each.warnings]
    lines += doubtful[:_MOST_SHOWN]
    if len(doubtful) > _MOST_SHOWN:
        lines.append(f"  warning    and {len(doubtful) - _MOST_SHOWN} more; --json has all")
    lines += [f"  review     {each.path}: was due on {each.review_date}" for each in status.stale[:_MOST_SHOWN]]
    if len(status.stale) > _MOST_SHOWN:
        lines.append(f"  review     and {len(status.stale) - _MOST_SHOWN} more")
    return "\n".join(lines)


def _status_data(status: KnowledgeStatus) -> dict[str, Any]:
    current = status.current
    return {
        "version": current.id,
        "collection": current.collection,
        "folder": current.folder,
        "documents": current.documents,
        "chunks": current.chunks,
        "embedder": current.embedder,
        "model": current.model,
        "dimensions": current.dimensions,
        "last_run": max(filter(None, (current.checked_at, current.switched_at, current.created_at))),
        "running": status.running,
        "versions": [each.model_dump(mode="json") for each in status.versions],
        "quarantined": [
            {"document": each.path, "reason": each.reason, "problem": each.problem} for each in status.quarantined
        ],
        "stale": [{"document": each.path, "review_date": each.review_date} for each in status.stale],
        "warnings": {each.path: list(each.warnings) for each in status.documents if each.warnings},
    }


def _disagreements(found: list[Contradiction]) -> str:
    if not found:
        return "No two documents in force were found to disagree."
    lines = []
    for each in found:
        lines.append(f"{each.subject} ({each.kind})")
        lines += [f"  {side.document}: {side.text}" for side in (each.first, each.second)]
    return "\n".join(lines)
