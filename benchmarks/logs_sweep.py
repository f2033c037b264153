"""
Speed and memory from a file of JSON lines to decisions: `python -m benchmarks.logs_sweep [--lines N] [--folder F]`.

Two paths, each in a process of its own over the same generated file: `replay`, what `analyze-logs` does, and `sweep`,
what the flow does every five minutes, with its transactions in SQLite. Lines per second of CPU time of one core, and
the most memory that the process ever had; once over a fifth of the lines and once over all, which shows whether both
grow with the lines. `--lines 5000000` is the size that the bound of 300 MB is about.
"""

import argparse
import asyncio
import datetime as dt
import json
import multiprocessing
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.figures import print_figure

LINES = 500_000
HOURS = 12.0  # of log time, whatever the number of lines
SERVICES = ("cv", "pms", "payments", "wifi", "locks", "ml", "llm", "network")
_INFO = (
    "GET /api/v1/{thing}/{n} 200 in {ms} ms",
    "{thing} {n} of guest {hex} updated by worker-{d}",
    "queue depth {d}, oldest message {ms} ms",
    "session {hex} opened from 10.0.{d}.{d}",
    "heartbeat from {thing}_{d}: temperature {d}.{d}",
    "cache miss for {thing}:{hex}",
    "published {d} messages to topic {thing}",
)
_BAD = ("timeout after {ms} ms while calling {thing}", "connection to {thing}-{d} refused: errno {d}")
_THINGS = ("camera", "door", "folio", "booking", "router", "model", "invoice")


def rows(count: int, *, end: float, seed: int = 7) -> Iterator[bytes]:
    """JSON lines of eight services over `HOURS` before `end`, a fiftieth of them errors, no two alike."""
    draw = random.Random(seed)
    minute = (0, "")
    for place in range(count):
        at = end - HOURS * 3_600 * (1 - place / count)
        if int(at // 60) != minute[0]:
            minute = (int(at // 60), dt.datetime.fromtimestamp(at // 60 * 60, dt.UTC).strftime("%Y-%m-%dT%H:%M"))
        is_bad = draw.random() < 0.02
        service = SERVICES[int(draw.random() ** 2 * len(SERVICES))]
        template = draw.choice(_BAD if is_bad else _INFO)
        message = template.format(
            thing=draw.choice(_THINGS), n=draw.randrange(100_000), d=draw.randrange(1, 250),
            ms=draw.randrange(5, 900), hex=f"{draw.getrandbits(48):012x}",
        )  # fmt: skip
        level = "ERROR" if is_bad else "INFO"
        time_text = f"{minute[1]}:{at % 60:06.3f}Z"
        yield (
            f'{{"timestamp":"{time_text}","service":"{service}","level":"{level}","message":"{message}",'
            f'"trace_id":"{draw.getrandbits(64):016x}","metadata":{{"host":"node-{place % 5}"}}}}\n'
        ).encode()


def replayed(path: Path) -> dict[str, float]:
    """What `analyze-logs` does, without words."""
    from innkeeper.blocks.log_sources.past import PastLogs
    from innkeeper.engine.logs.parsing import parse_lines
    from innkeeper.tasks.logs.analyzing import replay

    rules = _rules()
    with PastLogs([str(path)], parse=parse_lines, zone="UTC") as logs:
        started = time.process_time()
        found = replay(logs.lines(), rules)
        took = time.process_time() - started
    return {"lines": found.lines, "windows": len(found.windows), "incidents": len(found.incidents), "cpu_s": took}


def swept(path: Path) -> dict[str, float]:
    """Sweeps until nothing is left, with everything that they keep."""
    return asyncio.run(_swept(path))


async def _swept(path: Path) -> dict[str, float]:
    from innkeeper.blocks.database.engine import Database
    from innkeeper.tasks.logs.sources import log_files
    from innkeeper.tasks.logs.sweeping import Sweeper, sweep_source

    lines = windows = 0
    with tempfile.TemporaryDirectory() as home:
        async with Database(f"sqlite:///{home}/innkeeper.db") as database:
            await database.upgrade()
            sweeper = Sweeper(database, _rules())
            started, more = time.process_time(), True
            while more:
                report = await sweep_source.fn(sweeper, log_files(str(path), "UTC"), time.time())
                lines, windows, more = lines + report.lines, windows + report.windows, report.more
            took = time.process_time() - started
    return {"lines": lines, "windows": windows, "cpu_s": took}


def _rules() -> Any:
    from innkeeper.blocks.settings import Settings
    from innkeeper.tasks.logs.rules import IncidentRules

    return IncidentRules.of(Settings())


def _in_child(queue: Any, measured: Callable[[Path], dict[str, float]], path: Path) -> None:
    figures = measured(path)
    figures["most_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    queue.put(figures)


def measure(measured: Callable[[Path], dict[str, float]], path: Path) -> dict[str, float]:
    """The figures of a fresh process: lines a second, and memory with all that was imported."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    child = context.Process(target=_in_child, args=(queue, measured, path))
    child.start()
    figures: dict[str, float] = queue.get(timeout=3_600)
    child.join()
    return figures | {"lines_per_s": round(figures["lines"] / figures["cpu_s"])}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--folder", type=Path, help="where the file is written; a temporary one when absent")
    parser.add_argument("--path", choices=("replay", "sweep"), help="one of them only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for count in (options.lines // 5, options.lines):
            path = Path(folder) / f"hotel-{count}.jsonl"
            with path.open("wb") as file:
                file.writelines(rows(count, end=time.time() - 60))
            assert json.loads(path.open("rb").readline())
            for name, measured in (("replay", replayed), ("sweep", swept)):
                if options.path in (None, name):
                    print_figure(f"logs to decisions, {name}", "orjson", **measure(measured, path))


if __name__ == "__main__":
    main()
