"""
Who started it: `python -m evals.logs.culprits FOLDER [--failures] [--no-components]`, FOLDER as Nezha's, of one day.

FOLDER holds `baseline/*.jsonl.gz` (fault-free lines), `faults.jsonl` (service, fault_type, inject_time_utc,
window_files) and `windows/*.jsonl.gz`; a line is {ts, service, trace_id, level, logger, message}. Prints the share of
faults whose service is ranked first and among the first three, with n and 95% Wilson intervals, in all, by fault type,
and for even and odd faults, in four ways:

- onset: the profile is of the baseline; the lines of the fault's window, and when it began (a detector would say).
- alone: the same without the time: the ranking has the window's lines and nothing else.
- history, history+onset: the profile is besides of the windows of all faults before, faulty lines included, as that of
  a sweep that never stops learning.

What was chosen by looking at this day, at all its faults: to walk requests, to use the place in the code, and the
weights at the top of `engine/logs/culprit_evidence.py` (about half or twice of each moves top-1 by 3 faults at most).
Nothing knows a service, a message or a fault of it.
"""

import argparse
import gzip
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import perf_counter

from innkeeper.engine.logs import TemplateMiner
from innkeeper.engine.logs.culprits import ReferenceProfile, rank_culprits
from innkeeper.schemas.logs import LogLevel, LogLine

LEVELS = {"ERROR": LogLevel.ERROR, "WARN": LogLevel.WARNING, "FATAL": LogLevel.CRITICAL, "DEBUG": LogLevel.DEBUG}
WAYS = ("onset", "alone", "history+onset", "history")
Mine = Callable[[str], str]
Lines = list[tuple[LogLine, str]]


@dataclass(frozen=True)
class Fault:
    """A line of `faults.jsonl`, with its window's lines."""

    service: str
    kind: str
    at: float
    lines: Lines


def read_lines(path: Path, mine: Mine) -> Lines:
    """The lines of a file in order of time; the template of each is learnt in this order."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = sorted((json.loads(row) for row in file), key=lambda row: row["ts"])
    return [(_line(row), mine(row["message"])) for row in rows]


def _line(row: dict[str, str | None]) -> LogLine:
    level = LEVELS.get(row["level"] or "", LogLevel.INFO)
    return LogLine(
        _unix(row["ts"] or ""), row["service"] or "", level, row["message"] or "", row["trace_id"], row["logger"]
    )


def _unix(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def read_folder(folder: Path, mine: Mine) -> tuple[Lines, list[Fault]]:
    """The baseline's lines and the faults, in order of time; lines that two files of a window share are read once."""
    baseline = [pair for path in sorted((folder / "baseline").glob("*.gz")) for pair in read_lines(path, mine)]
    rows = [json.loads(row) for row in (folder / "faults.jsonl").read_text(encoding="utf-8").splitlines()]
    faults = []
    for row in sorted(rows, key=lambda row: row["inject_time_utc"]):
        lines = dict.fromkeys(pair for name in row["window_files"] for pair in read_lines(folder / name, mine))
        ordered = sorted(lines, key=lambda pair: pair[0].at)
        faults.append(Fault(row["service"], row["fault_type"], _unix(row["inject_time_utc"]), ordered))
    return baseline, faults


def ranks(baseline: Lines, faults: list[Fault], way: str) -> Iterator[tuple[int, float, list[str]]]:
    """Of each fault: the rank of its service (99 for none), the milliseconds it took, the first three."""
    profile = ReferenceProfile()
    for line, template_id in baseline:
        profile.add(line, template_id)
    learnt = 0.0
    for fault in faults:
        began = perf_counter()
        found = rank_culprits(fault.lines, profile, limit=99, since=fault.at if way.endswith("onset") else None)
        took = (perf_counter() - began) * 1_000
        services = [culprit.service for culprit in found]
        first = [f"{each.service} {each.share:.2f} {' '.join(each.reasons)}" for each in found[:3]]
        yield services.index(fault.service) + 1 if fault.service in services else 99, took, first
        if way.startswith("history"):
            for line, template_id in fault.lines:
                if line.at > learnt:
                    profile.add(line, template_id)
            learnt = max(learnt, fault.lines[-1][0].at)


def interval(hits: int, n: int) -> tuple[float, float]:
    """Wilson's 95% interval of a share."""
    z, share = 1.96, hits / n
    middle, spread = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return round((middle - spread) / (1 + z * z / n), 2), round((middle + spread) / (1 + z * z / n), 2)


def _without_components(lines: Lines) -> Lines:
    return [(line._replace(component=None), template_id) for line, template_id in lines]


def main() -> None:
    """Print the figures, a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--failures", action="store_true", help="the faults whose service is not ranked first")
    parser.add_argument("--no-components", action="store_true", help="the logger's place in the code is not told")
    arguments = parser.parse_args()
    baseline, faults = read_folder(arguments.folder, TemplateMiner().add)
    if arguments.no_components:
        baseline = _without_components(baseline)
        faults = [replace(fault, lines=_without_components(fault.lines)) for fault in faults]
    for way in WAYS:
        results = list(ranks(baseline, faults, way))
        groups = _groups(faults)
        for name, members in groups.items():
            print(json.dumps({"way": way, "faults": name, **_figures([results[i][0] for i in members])}))
        speed = sum(took for _, took, _ in results) * 5_000 / sum(len(fault.lines) for fault in faults)
        print(json.dumps({"way": way, "ms_per_5000_lines": round(speed, 1)}))
        for fault, (rank, _, first) in zip(faults, results, strict=True):
            if arguments.failures and rank > 1:
                print(json.dumps({"service": fault.service, "kind": fault.kind, "rank": rank, "first": first}))


def _groups(faults: list[Fault]) -> dict[str, list[int]]:
    """Positions of the faults by group."""
    every = list(range(len(faults)))
    kinds = {kind: [i for i in every if faults[i].kind == kind] for kind in sorted({fault.kind for fault in faults})}
    return {"all": every, "even": every[::2], "odd": every[1::2], **kinds}


def _figures(places: list[int]) -> dict[str, object]:
    n, first, three = len(places), sum(place == 1 for place in places), sum(place <= 3 for place in places)
    return {
        "n": n,
        "top1": round(first / n, 3),
        "top1_ci": interval(first, n),
        "top3": round(three / n, 3),
        "top3_ci": interval(three, n),
    }


if __name__ == "__main__":
    main()
