"""Lines that Loki keeps."""

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from pydantic import Field, HttpUrl

from innkeeper.blocks.log_sources.base import MAX_LINES, Batch, ParseLines, lag_of
from innkeeper.blocks.log_sources.http import HttpLogSource
from innkeeper.blocks.log_sources.overlap import NS, Overlap

if TYPE_CHECKING:
    from httpx import AsyncClient

_PATH = "/loki/api/v1/query_range"
_PAGE = 5_000  # Loki's own default for the most that it gives at once
_MAX_RANGE_NS = 24 * 3_600 * NS  # of one query
_SERVICE_LABELS = ("service_name", "service", "app", "application", "container", "job", "unit")


class _Entry(NamedTuple):
    at_ns: int
    labels: dict[str, str]
    text: str


class Loki(HttpLogSource):
    """
    Reads by time, forward, and the last minute again for lines that arrive late.

    Attributes:
        query: Which streams, in LogQL, without a metric: `{namespace="hotel"}`.
        tenant: Sent as `X-Scope-OrgID`.

    Example:
        Load the block and read what is new:
        ```python
        from innkeeper.blocks.log_sources.loki import Loki
        from innkeeper.engine.logs.parsing import parse_lines

        source = Loki.load("BLOCK_NAME")
        batch = await source.read(None, parse=parse_lines)
        print(len(batch.lines), batch.problems)
        ```
    """

    _block_type_name = "Hotel Loki"
    _block_type_slug = "hotel-loki"
    _documentation_url = HttpUrl("https://grafana.com/docs/loki/latest/reference/loki-http-api/")

    query: str = Field(min_length=2, description='Which streams, in LogQL: {namespace="hotel"}.')
    tenant: str | None = Field(default=None, description="Sent as X-Scope-OrgID, where Loki serves several.")

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
            found, until_ns = await self._entries(client, window, end_ns, max_lines, problems)
        more = until_ns < end_ns
        lines = list(parse(map(_wrapped, found), service="unknown", zone=self.time_zone, now=now))
        following = window.cursor(until_ns)
        if window.was_narrowed:
            problems.append(f"{self.name}: so many lines that later ones than {self.overlap_s:g} s may be missed")
        return Batch(lines, following, lag_of(lines, now), more, problems)

    def _headers(self) -> dict[str, str]:
        return super()._headers() | ({} if self.tenant is None else {"X-Scope-OrgID": self.tenant})

    async def _entries(
        self, client: "AsyncClient", window: Overlap, end_ns: int, max_lines: int, problems: list[str]
    ) -> tuple[list[_Entry], int]:
        """New entries in order of time, and up to where all was read."""
        start, found = window.start_ns, list[_Entry]()
        while start < end_ns:
            stop = min(end_ns, start + _MAX_RANGE_NS)
            page = await self._page(client, start, stop)
            new = [each for each in page if window.is_new(each.at_ns, _identity(each))]
            found += new
            if len(page) < _PAGE:
                start = stop
            elif page[-1].at_ns > start:
                start = page[-1].at_ns  # again: more lines may have this very time
            else:
                problems.append(f"{self.name}: more than {_PAGE} lines in one nanosecond; the rest of them is left out")
                start += 1
            if len(found) >= max_lines:
                break
        return found, start

    async def _page(self, client: "AsyncClient", start_ns: int, end_ns: int) -> list[_Entry]:
        answer = await self._ask(
            client,
            "GET",
            _PATH,
            params={
                "query": self.query,
                "start": str(start_ns),
                "end": str(end_ns),
                "limit": str(_PAGE),
                "direction": "forward",
            },
        )
        try:
            if answer["data"]["resultType"] != "streams":
                raise self._misshapen("no streams; the query must not be a metric")
            return sorted(_of_streams(answer["data"]["result"]), key=lambda each: each.at_ns)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise self._misshapen(type(error).__name__) from None


def _of_streams(streams: list[dict[str, Any]]) -> Iterator[_Entry]:
    for stream in streams:
        labels = {str(key): str(value) for key, value in stream["stream"].items()}
        for at, text, *metadata in stream["values"]:
            more = metadata[0] if metadata and isinstance(metadata[0], dict) else {}
            more = more.get("structuredMetadata", more)
            yield _Entry(int(at), labels | {str(key): str(value) for key, value in more.items()}, str(text))


def _identity(entry: _Entry) -> str:
    labels = orjson.dumps(entry.labels, option=orjson.OPT_SORT_KEYS).decode()
    return f"{entry.at_ns} {labels} {entry.text}"


def _wrapped(entry: _Entry) -> bytes:
    """As containers wrap lines: the parser looks for a header within."""
    label = next((each for each in _SERVICE_LABELS if entry.labels.get(each)), None)
    named = {} if label is None else {"service": entry.labels[label]}
    labels = {key: value for key, value in entry.labels.items() if key != label}
    return orjson.dumps({"time": entry.at_ns, "log": entry.text, **named, "labels": labels})
