"""`innkeeper kb search`: one question, or a JSONL file of them."""

import asyncio
import datetime as dt
import json
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any

import typer

from innkeeper.cli.outcome import fail
from innkeeper.cli.reading import line_object, read_lines, read_text
from innkeeper.schemas.access import Role
from innkeeper.schemas.errors import InnkeeperError, InputInvalid

if TYPE_CHECKING:
    from innkeeper.engine.search.index import Hit, SearchResult
    from innkeeper.schemas.knowledge import Chunk

Search = Callable[[str], Coroutine[Any, Any, "SearchResult"]]
_EXCERPT = 300


def search_command(
    query: Annotated[str | None, typer.Argument(help="A question; - reads standard input.")] = None,
    file: Annotated[
        str | None, typer.Option("--input", metavar="FILE.jsonl", help="`id?, query` a line; - reads standard input.")
    ] = None,
    collection: Annotated[str, typer.Option(help="Name of the index.")] = "hotel",
    top_k: Annotated[int, typer.Option(min=1, max=100, help="How many passages at most.")] = 5,
    language: Annotated[str | None, typer.Option(help="Only passages of this language: en, vi.")] = None,
    section: Annotated[str | None, typer.Option(help="Only this section: sops, policies, faqs, services.")] = None,
    role: Annotated[Role, typer.Option(help="Who asks; a guest finds only what everyone may read.")] = Role.MANAGER,
    as_of: Annotated[
        dt.datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="What was in force that day; today.")
    ] = None,
    include_superseded: Annotated[
        bool, typer.Option("--include-superseded", help="Older and coming versions too.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON instead of text; --input is always answered so.")
    ] = False,
) -> None:
    """Find the passages that answer a question. --input: an answer a line, in order; exit 1 when a line failed."""
    if (query is None) == (file is None):
        raise typer.BadParameter("give either a QUERY or --input FILE.jsonl")
    options = {
        "top_k": top_k,
        "language": language.lower() if language else None,
        "section": section,
        "roles": {role},
        "as_of": as_of.date() if as_of else None,
        "include_superseded": include_superseded,
    }
    try:
        failed = asyncio.run(_search(query, file, collection, options, as_json=as_json))
    except InnkeeperError as error:
        fail(error, as_json=as_json or file is not None)
    raise typer.Exit(1 if failed else 0)


async def _search(
    query: str | None, file: str | None, collection: str, options: dict[str, Any], *, as_json: bool
) -> int:
    """Answer on standard output; how many lines failed."""
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.settings import settings
    from innkeeper.tasks.knowledge_reader import KnowledgeReader

    async with Database(settings().database_url) as database:
        await database.upgrade()
        reader = KnowledgeReader(database, settings(), collection=collection)
        try:
            if file is not None:
                await reader.current()
                return await _answer_lines(file, lambda text: reader.search(text, **options))
            text = read_text("-").strip() if query == "-" else query or ""
            result = await reader.search(text, **options)
        finally:
            await reader.aclose()
    typer.echo(json.dumps(answer(result, None), ensure_ascii=False) if as_json else _shown(result))
    return 0


async def _answer_lines(file: str, search: Search) -> int:
    failed = 0
    for number, line in read_lines(file):
        name: object = number
        try:
            question = line_object(line)
            name = question.get("id", number)
            if not isinstance(question.get("query"), str):
                raise InputInvalid('the line must be an object with "query", a text')
            found = answer(await search(question["query"]), name)
        except InnkeeperError as error:
            failed += 1
            found = {"id": name, "error": str(error)}
        typer.echo(json.dumps(found, ensure_ascii=False))
    return failed


def answer(result: "SearchResult", name: object) -> dict[str, Any]:
    """A result as one JSON object; `score` compares hits of one search, `relevance` is a probability."""
    return {
        "id": name,
        "results": [_hit(hit) for hit in result.hits],
        "answerable": result.answerable,
        **({"note": result.note} if result.note else {}),
    }


def _hit(hit: "Hit") -> dict[str, Any]:
    chunk = hit.chunk
    return {
        "document": chunk.document,
        "page": chunk.page,
        "sheet": chunk.sheet,
        "section": chunk.section,
        "heading": _heading(chunk),
        "score": round(hit.score, 4),
        "relevance": round(hit.relevance, 4),
        "language": chunk.language,
        "text": chunk.text,
        "effective_date": chunk.effective_date.isoformat() if chunk.effective_date else None,
        "superseded_by": chunk.superseded_by,
    }


def _heading(chunk: "Chunk") -> str:
    return " › ".join(chunk.heading_path) or chunk.title


def _shown(result: "SearchResult") -> str:
    if not result.hits:
        return "Nothing was found."
    lines = [] if result.answerable else ["The documents probably do not answer this. The nearest passages:"]
    for number, hit in enumerate(result.hits, start=1):
        chunk = hit.chunk
        place = f", page {chunk.page}" if chunk.page else f", sheet {chunk.sheet}" if chunk.sheet else ""
        lines.append(f"{number}. {chunk.document}{place} ({hit.relevance:.2f}) {_heading(chunk)}")
        text = " ".join(chunk.text.split())
        lines.append(f"   {text[:_EXCERPT]}{'…' if len(text) > _EXCERPT else ''}")
    return "\n".join([*lines, *([result.note] if result.note else [])])
