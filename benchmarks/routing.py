"""
Speed of routing, as ratios measured side by side in one run: `python -m benchmarks.routing [FILE.jsonl ...]`.

Prints one JSON line per figure, with date, machine and versions. Engine figures are of one thread; run it on a quiet
machine. Without files it reads the project's own cases.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.figures import print_figure

ROUNDS = 5
BATCH = 100
OWN_CASES = Path("evals/routing/cases.jsonl")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, default=[OWN_CASES])
    parser.add_argument("--no-flow", action="store_true", help="leave out the flow run (it starts a Prefect server)")
    arguments = parser.parse_args()
    messages = [
        json.loads(line)["message"]
        for path in arguments.files
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    _engine(messages)
    _cold_start()
    if not arguments.no_flow:
        _flow(messages[:BATCH])


def _engine(messages: list[str]) -> None:
    """One message at a time, the batch as a whole, and the same texts through the bare embedder."""
    from innkeeper.engine.embedding import embed_query
    from innkeeper.engine.routing.model import EMBEDDED_CHARS
    from innkeeper.engine.routing.router import load_router
    from innkeeper.engine.text import clean
    from innkeeper.schemas.routing import GuestMessage

    router = load_router()
    prepared = [GuestMessage(message=text) for text in messages]
    for message in prepared[:20]:  # lexicons and the embedder load on first use
        router.route(message)
        embed_query(message.message[:EMBEDDED_CHARS])
    took = [_ms(lambda m=message: router.route(m)) for _ in range(ROUNDS) for message in prepared]
    bare = [_ms(lambda m=message: embed_query(clean(m.message)[:EMBEDDED_CHARS])) for message in prepared]
    without = [_ms(lambda m=message: router.model.read(clean(m.message), embed=False)) for message in prepared]
    embedded = sum(router.model.read(clean(message.message)).embedded for message in prepared)
    quantiles = statistics.quantiles(took, n=20)
    print_figure(
        "engine, one message",
        "prefect",
        n=len(took),
        p50_ms=quantiles[9],
        p95_ms=quantiles[18],
        messages_per_s=1000 / statistics.fmean(took),
        share_embedded=embedded / len(prepared),
        bare_embedder_p50_ms=statistics.median(bare),
        cheap_model_p50_ms=statistics.median(without),
        ratio_to_bare_embedder=statistics.fmean(took) / statistics.fmean(bare),
    )


def _cold_start() -> None:
    """`innkeeper route` from a cold shell against `python -c pass`, alternating."""
    command = [sys.executable, "-m", "innkeeper.cli", "route", "two more towels please, room 201"]
    route, nothing = [], []
    for _ in range(5):
        route.append(_ms(lambda: subprocess.run(command, check=True, capture_output=True)))
        nothing.append(_ms(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True)))
    print_figure(
        "innkeeper route, cold",
        "prefect",
        n=5,
        p50_ms=statistics.median(route),
        max_ms=max(route),
        ratio_to_python=statistics.median(route) / statistics.median(nothing),
    )


def _flow(messages: list[str]) -> None:
    """One `route_requests` run over a batch against the engine alone, alternating; the server on SQLite."""
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {
            "INNKEEPER_HOME": home,
            "PREFECT_LOGGING_LEVEL": "CRITICAL",
            "PREFECT_LOGGING_TO_API_ENABLED": "false",
        }
        from prefect.testing.utilities import prefect_test_harness

        with prefect_test_harness(server_startup_timeout=120):
            asyncio.run(_compare_flow(messages))


async def _compare_flow(messages: list[str]) -> None:
    from innkeeper.engine.routing.router import load_router
    from innkeeper.flows.routing import route_requests
    from innkeeper.schemas.routing import GuestMessage

    router = load_router()
    engine, flow = [], []
    for turn in range(ROUNDS + 1):
        batch = [GuestMessage(id=f"bench-{turn}-{i}", message=text) for i, text in enumerate(messages)]
        alone = _ms(lambda batch=batch: [router.route(message) for message in batch])
        started = time.perf_counter()
        await route_requests(batch, start_fulfilment=False)
        whole = (time.perf_counter() - started) * 1000
        if turn:  # the first opens connections and creates tables
            engine.append(alone)
            flow.append(whole)
    print_figure(
        "route_requests, one run",
        "prefect",
        n=ROUNDS,
        messages=len(messages),
        flow_p50_ms=statistics.median(flow),
        engine_p50_ms=statistics.median(engine),
        overhead_p50_ms=statistics.median(a - b for a, b in zip(flow, engine, strict=True)),
        overhead_min_ms=min(a - b for a, b in zip(flow, engine, strict=True)),
        ratio_to_engine=statistics.median(flow) / statistics.median(engine),
    )


def _ms(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
