"""Loki and Elasticsearch on 127.0.0.1, as strict about their parameters as the originals, and faulty when told."""

import datetime as dt
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response
from tests.services.loopback import running

HANG = "hang"  # never answer
CUT = "cut"  # break off in the middle of the answer
Fault = str | tuple[int, dict[str, str]] | None


@dataclass
class Backend:
    """What a server holds, what it was asked, and the faults of its next answers, in order."""

    url: str = ""
    page: int = 5_000
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    entries: list[tuple[int, dict[str, str], str]] = field(default_factory=list)  # Loki's
    documents: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)  # Elasticsearch's: id, ns, source
    views: dict[str, list[tuple[str, int, dict[str, Any]]]] = field(default_factory=dict)

    async def faulty(self, request: Request) -> Response | None:
        fault = self.faults.pop(0) if self.faults else None
        if fault == HANG:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            return Response(status_code=499)
        if fault == CUT:
            return Response(b"{", headers={"content-length": "1000"})  # uvicorn closes the connection
        if isinstance(fault, tuple):
            return Response(b"{}", status_code=fault[0], headers=fault[1])
        return None


def _refused(words: str) -> Response:
    return Response(json.dumps({"error": words}), status_code=400)


def loki(backend: Backend) -> FastAPI:
    app = FastAPI()

    @app.get("/loki/api/v1/query_range")
    async def query_range(request: Request) -> Response:
        asked = dict(request.query_params)
        backend.requests.append((request.url.path, asked))
        backend.headers.append(dict(request.headers))
        if (fault := await backend.faulty(request)) is not None:
            return fault
        if not {"query", "start", "end", "limit", "direction"} <= asked.keys() or asked["direction"] != "forward":
            return _refused("parameters")
        if not all(re.fullmatch(r"\d{19}", asked[each]) for each in ("start", "end")):
            return _refused("times are nanoseconds")
        start, end, limit = int(asked["start"]), int(asked["end"]), int(asked["limit"])
        if limit > backend.page or end <= start or end - start > 30 * 24 * 3_600 * 10**9:
            return _refused("limit or range")
        if not re.match(r"\{.+\}", asked["query"]):
            return _refused("parse error")
        found = sorted(each for each in {(at, json.dumps(labels), text) for at, labels, text in backend.entries})
        page = [each for each in found if start <= each[0] < end][:limit]
        streams: dict[str, list[list[str]]] = {}
        for at, labels, text in page:
            streams.setdefault(labels, []).append([str(at), text])
        result = [{"stream": json.loads(labels), "values": values} for labels, values in streams.items()]
        answer = {"status": "success", "data": {"resultType": "streams", "result": result, "stats": {}}}
        return Response(json.dumps(answer), media_type="application/json")

    return app


def elasticsearch(backend: Backend) -> FastAPI:
    app = FastAPI()

    @app.post("/{index}/_pit")
    async def open_view(index: str, request: Request) -> Response:
        backend.requests.append((request.url.path, dict(request.query_params)))
        if (fault := await backend.faulty(request)) is not None:
            return fault
        if not re.fullmatch(r"\d+[smh]", request.query_params.get("keep_alive", "")):
            return _refused("keep_alive is required")
        name = f"view{len(backend.requests)}"
        backend.views[name] = list(backend.documents)
        return Response(json.dumps({"id": name}))

    @app.delete("/_pit")
    async def close_view(request: Request) -> Response:
        asked = await request.json()
        backend.requests.append((request.url.path, asked))
        return Response(json.dumps({"succeeded": backend.views.pop(asked["id"], None) is not None}))

    _searches(app, backend)
    return app


def _searches(app: FastAPI, backend: Backend) -> None:
    @app.post("/_search")
    async def search_view(request: Request) -> Response:
        asked = await request.json()
        backend.requests.append((request.url.path, asked))
        if (fault := await backend.faulty(request)) is not None:
            return fault
        if "pit" not in asked:
            return _refused("an index or a point in time is required")
        if asked["pit"]["id"] not in backend.views:
            return Response(json.dumps({"error": "search_context_missing_exception"}), status_code=404)
        return _searched(backend, asked, backend.views[asked["pit"]["id"]])

    @app.post("/{index}/_search")
    async def search(index: str, request: Request) -> Response:
        asked = await request.json()
        backend.requests.append((request.url.path, asked))
        backend.headers.append(dict(request.headers))
        if (fault := await backend.faulty(request)) is not None:
            return fault
        if "pit" in asked:
            return _refused("[indices] cannot be used with point in time")
        if "_shard_doc" in json.dumps(asked["sort"]):
            return _refused("No mapping found for [_shard_doc] in order to sort on")
        return _searched(backend, asked, backend.documents)


def _searched(backend: Backend, asked: dict[str, Any], documents: list[tuple[str, int, dict[str, Any]]]) -> Response:
    (time_sort, *ties) = asked["sort"]
    (name, how) = next(iter(time_sort.items()))
    limits = asked["query"]["bool"]["filter"][0]["range"][name]
    if asked["size"] > 10_000 or how["order"] != "asc" or limits["format"] != "strict_date_optional_time_nanos":
        return _refused("size, order or format")
    start, end = _ns(limits["gte"]), _ns(limits["lt"])
    found = sorted((at, place, key, source) for place, (key, at, source) in enumerate(documents) if start <= at < end)
    after = asked.get("search_after")
    if after is not None:
        if len(after) != len(asked["sort"]):
            return _refused("search_after has not as many values as sort")
        found = [each for each in found if list(each[: len(after)]) > after]
    hits = [
        {"_index": "logs", "_id": key, "_source": source, "sort": [at, place][: 1 + len(ties)]}
        for at, place, key, source in found[: min(asked["size"], backend.page)]
    ]
    answer = {"timed_out": False, "_shards": {"failed": 0}, "hits": {"hits": hits}}
    return Response(json.dumps(answer), media_type="application/json")


def _ns(text: str) -> int:
    whole, fraction = text.removesuffix("Z").split(".")
    return int(dt.datetime.fromisoformat(whole + "+00:00").timestamp()) * 10**9 + int(fraction.ljust(9, "0"))


@asynccontextmanager
async def serving(kind: str) -> AsyncIterator[Backend]:
    """A running server of `kind`, "loki" or "elasticsearch"."""
    backend = Backend()
    async with running(lambda: (loki if kind == "loki" else elasticsearch)(backend)) as url:
        backend.url = url
        yield backend
