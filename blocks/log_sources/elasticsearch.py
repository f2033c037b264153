"""Documents that Elasticsearch or OpenSearch keeps."""

import datetime as dt
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

import orjson
from pydantic import Field, HttpUrl

from innkeeper.blocks.log_sources.base import MAX_LINES, Batch, ParseLines, lag_of
from innkeeper.blocks.log_sources.http import HttpLogSource
from innkeeper.blocks.log_sources.overlap import NS, Overlap
from innkeeper.schemas.errors import InnkeeperError, NotFound, ServiceUnavailable

if TYPE_CHECKING:
    from httpx import AsyncClient

_PAGE = 5_000
_KEEP_ALIVE = "1m"
_FORMAT = "strict_date_optional_time_nanos"
Hit = dict[str, Any]


class Elasticsearch(HttpLogSource):
    """
    Reads by time, and the last minute again, since a document is found only after a refresh.

    Attributes:
        index: Index, data stream or pattern: `logs-hotel-*`.
        query: Which documents, in Lucene's query language; all when absent.
        time_field: Of type date or date_nanos.
        paging: `pit` for Elasticsearch from 7.12: a frozen view, so that no document is missed between pages. `plain`
            for OpenSearch and older ones.

    Example:
        Load the block and read what is new:
        ```python
        from innkeeper.blocks.log_sources.elasticsearch import Elasticsearch
        from innkeeper.engine.logs.parsing import parse_lines

        source = Elasticsearch.load("BLOCK_NAME")
        batch = await source.read(None, parse=parse_lines)
        print(len(batch.lines), batch.problems)
        ```
    """

    _block_type_name = "Hotel Elasticsearch"
    _block_type_slug = "hotel-elasticsearch"
    _documentation_url = HttpUrl(
        "https://www.elastic.co/docs/reference/elasticsearch/rest-apis/paginate-search-results"
    )

    index: str = Field(min_length=1, pattern=r"^[^/?#\s]+$", description="Index, data stream or pattern: logs-hotel-*.")
    query: str | None = Field(default=None, description="Which documents, in Lucene's query language; else all.")
    time_field: str = Field(default="@timestamp", description="Of type date or date_nanos.")
    paging: Literal["pit", "plain"] = Field(default="pit", description="plain for OpenSearch.")

    async def read(
        self,
        cursor: Mapping[str, Any] | None,
        *,
        parse: ParseLines,
        until: float | None = None,
        max_lines: int = MAX_LINES,
    ) -> Batch:
        """The lines after `cursor`; see `LogSource.read`."""
        now = time.time()
        end_ns = int((now if until is None else until) * NS)
        window = Overlap(cursor, first_ns=end_ns - int(self.lookback_s * NS), overlap_s=self.overlap_s)
        problems: list[str] = []
        async with self._connected() as client:
            read = self._frozen if self.paging == "pit" else self._plain
            hits, until_ns = await read(client, window, end_ns, max_lines, problems)
        raw = (orjson.dumps(self._document(each)) for each in hits)
        lines = list(parse(raw, service=self.index.rstrip("-*").lower(), zone=self.time_zone, now=now))
        following = window.cursor(until_ns)
        if window.was_narrowed:
            problems.append(f"{self.name}: so many lines that later ones than {self.overlap_s:g} s may be missed")
        return Batch(lines, following, lag_of(lines, now), until_ns < end_ns, problems)

    async def _frozen(
        self, client: "AsyncClient", window: Overlap, end_ns: int, max_lines: int, problems: list[str]
    ) -> tuple[list[Hit], int]:
        opened = await self._ask(client, "POST", f"/{self._index}/_pit", params={"keep_alive": _KEEP_ALIVE})
        pit = opened.get("id")
        if not isinstance(pit, str):
            raise self._misshapen("no id of a point in time")
        try:
            return await self._view(client, pit, window, end_ns, max_lines)
        finally:
            await self._close(client, pit, problems)

    async def _view(
        self, client: "AsyncClient", pit: str, window: Overlap, end_ns: int, max_lines: int
    ) -> tuple[list[Hit], int]:
        found, after = list[Hit](), None
        while True:
            body = self._search(window.start_ns, end_ns) | {"pit": {"id": pit, "keep_alive": _KEEP_ALIVE}}
            body["sort"].append({"_shard_doc": "asc"})
            if after is not None:
                body["search_after"] = after
            try:
                page = await self._hits(client, "/_search", body)
            except NotFound:
                raise ServiceUnavailable(f"{self.name} let the view expire between two pages") from None
            found += [each for each in page if window.is_new(_at_ns(each), _identity(each))]
            if len(page) < _PAGE:
                return found, end_ns
            after = page[-1]["sort"]
            if len(found) >= max_lines:
                return found, _at_ns(page[-1])

    async def _plain(
        self, client: "AsyncClient", window: Overlap, end_ns: int, max_lines: int, problems: list[str]
    ) -> tuple[list[Hit], int]:
        """Each page begins at the time of the last document, which more documents may have."""
        found, start = list[Hit](), window.start_ns
        while True:
            page = await self._hits(client, f"/{self._index}/_search", self._search(start, end_ns))
            found += [each for each in page if window.is_new(_at_ns(each), _identity(each))]
            if len(page) < _PAGE:
                return found, end_ns
            last = _at_ns(page[-1])
            if last == _at_ns(page[0]):
                problems.append(f"{self.name}: more than {_PAGE} lines of one time; the rest of them is left out")
                last += 1
            start = last
            if len(found) >= max_lines:
                return found, start

    async def _close(self, client: "AsyncClient", pit: str, problems: list[str]) -> None:
        try:
            await self._ask(client, "DELETE", "/_pit", body={"id": pit})
        except InnkeeperError as error:  # it expires by itself
            problems.append(f"{self.name}: the view was not closed ({type(error).__name__})")

    @property
    def _index(self) -> str:
        return quote(self.index, safe="*,-_.:")

    def _search(self, start_ns: int, end_ns: int) -> dict[str, Any]:
        limits = {"gte": _iso(start_ns), "lt": _iso(end_ns), "format": _FORMAT}
        filters: list[dict[str, Any]] = [{"range": {self.time_field: limits}}]
        if self.query:
            filters.append({"query_string": {"query": self.query}})
        return {
            "size": _PAGE,
            "query": {"bool": {"filter": filters}},
            "sort": [{self.time_field: {"order": "asc", "numeric_type": "date_nanos"}}],
            "track_total_hits": False,
        }

    async def _hits(self, client: "AsyncClient", path: str, body: dict[str, Any]) -> list[Hit]:
        answer = await self._ask(client, "POST", path, params={"allow_partial_search_results": "false"}, body=body)
        if answer.get("timed_out"):
            raise ServiceUnavailable(f"{self.name} did not search all of its documents in time")
        try:
            hits: list[Hit] = answer["hits"]["hits"]
            for each in hits:
                _at_ns(each), each["_source"].items()
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise self._misshapen(type(error).__name__) from None
        return hits

    def _document(self, hit: Hit) -> dict[str, Any]:
        """The document with its time, which may be under another name."""
        source: dict[str, Any] = hit["_source"]
        return source if self.time_field in source else {"@timestamp": _at_ns(hit), **source}


def _at_ns(hit: Hit) -> int:
    at = int(hit["sort"][0])
    return at if abs(at) > 10**14 else at * 1_000_000  # a server that knows no date_nanos answers milliseconds


def _identity(hit: Hit) -> str:
    return f"{hit.get('_index')}/{hit.get('_id')}"


def _iso(at_ns: int) -> str:
    moment = dt.datetime.fromtimestamp(at_ns // NS, tz=dt.UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ns % NS:09d}Z"
