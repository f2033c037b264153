"""Tools that look into the hotel's documents, as far as their principal may read them."""

import asyncio
from collections.abc import Sequence

from innkeeper.engine.search.index import Hit, SearchResult
from innkeeper.schemas.errors import InputInvalid, NotConfigured
from innkeeper.schemas.routing import GuestMessage
from innkeeper.schemas.tools import (
    CheckoutPolicyArguments,
    ContactArguments,
    Contacts,
    KnowledgeArguments,
    KnowledgeFound,
    KnowledgePassage,
)
from innkeeper.tasks.assistant.tool_desk import Desk, Searcher, TopicRouter

FRONT_DESK = "front_desk_team"
CHECKOUT_QUERIES = ("check-out time, late check-out fee", "giờ trả phòng, phí trả phòng muộn")
_CONTACT_WORDS = "contact phone extension / liên hệ số điện thoại"
_PASSAGES = 5
_MAX_QUERY_CHARS = 400


async def search_documents(desk: Desk, asked: KnowledgeArguments) -> KnowledgeFound:
    """
    Passages that answer a question.

    Raises:
        NotConfigured: Nothing has been indexed.
    """
    return _found([await _search(desk, asked.query, asked.top_k)], asked.top_k)


async def checkout_policy(desk: Desk, _: CheckoutPolicyArguments) -> KnowledgeFound:
    """What the documents say about checking out, in both languages; raises as `search_documents`."""
    results = await asyncio.gather(*(_search(desk, query, _PASSAGES) for query in CHECKOUT_QUERIES))
    return _found(results, _PASSAGES)


async def who_to_contact(desk: Desk, asked: ContactArguments) -> Contacts:
    """The team whose work a topic is, and what the documents say of whom to ask; raises as `search_documents`."""
    query = contact_query(asked.topic)
    result, team = await asyncio.gather(
        _search(desk, query, _PASSAGES), asyncio.to_thread(team_of, desk.services.router, asked.topic)
    )
    found = _found([result], _PASSAGES)
    return Contacts(origin="documents", topic=asked.topic, team=team, passages=found.passages)


def contact_query(topic: str) -> str:
    """What the documents are asked for, so that a list of telephones is found, too."""
    return f"{topic[: _MAX_QUERY_CHARS - len(_CONTACT_WORDS) - 1]} {_CONTACT_WORDS}"


async def _search(desk: Desk, query: str, top_k: int) -> SearchResult:
    reader: Searcher | None = desk.services.reader
    if reader is None:
        raise NotConfigured("no documents can be searched here; run `innkeeper kb index DIR`")
    return await reader.search(query, top_k=top_k, roles={desk.principal.role}, as_of=desk.today)


def _found(results: Sequence[SearchResult], top_k: int) -> KnowledgeFound:
    """The best passages of several searches, each once."""
    best: dict[str, Hit] = {}
    notes: list[str] = []
    relevance = 0.0
    for result in results:
        relevance = max(relevance, result.relevance)
        if result.note and result.note not in notes:
            notes.append(result.note)
        for hit in result.hits:
            if hit.chunk.id not in best or hit.relevance > best[hit.chunk.id].relevance:
                best[hit.chunk.id] = hit
    hits = list(best.values())
    if len(results) > 1:
        hits.sort(key=lambda hit: -hit.relevance)  # one search's own order is better than its probabilities
    return KnowledgeFound(
        origin="documents",
        passages=tuple(_passage(hit) for hit in hits[:top_k]),
        relevance=_share(relevance),
        note=" ".join(notes),
    )


def _passage(hit: Hit) -> KnowledgePassage:
    chunk = hit.chunk
    return KnowledgePassage(
        id=chunk.id,
        document=chunk.document,
        title=chunk.title,
        page=chunk.page,
        heading_path=chunk.heading_path,
        text=chunk.text,
        language=chunk.language,
        relevance=_share(hit.relevance),
    )


def _share(value: float) -> float:
    return round(min(1.0, max(0.0, float(value))), 4)


def team_of(router: TopicRouter | None, topic: str) -> str:
    """
    The team whose work a topic is; the front desk where nobody can tell.

    A bare topic that means nothing to the router is put as a wish, which it was taught on.
    """
    if router is None:
        return FRONT_DESK
    for message in (topic, f"Tôi cần {topic}"):
        try:
            found = router.route(GuestMessage(message=message)).classifications
        except InputInvalid:  # nothing visible in it
            break
        if found:
            return found[0].assigned_to
    return FRONT_DESK
