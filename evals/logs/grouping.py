"""
How well log lines are grouped by template: `python -m evals.logs.grouping FOLDER`.

FOLDER holds a folder per system with `structured.jsonl`: `content`, the line without its header, and `event_id`, the
template that people gave it. One configuration serves all systems. Grouping accuracy is the share of lines whose group
is exactly the group of their event: one line too many or too few, and the whole group is wrong. Prints a JSON line per
system, by the ids that `add` returned line by line (`accuracy`) and by `match` after the last line
(`accuracy_afterwards`), and the mean.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Hashable, Sequence
from pathlib import Path
from statistics import fmean

from innkeeper.engine.logs import TemplateMiner


def grouping_accuracy(found: Sequence[Hashable], true: Sequence[Hashable]) -> float:
    """Share in [0, 1] of lines whose found group has the same members as their true group."""
    groups = _members(found)
    events = _members(true)
    return sum(len(group) for group in groups.values() if events[true[group[0]]] == group) / len(true)


def _members(names: Sequence[Hashable]) -> dict[Hashable, list[int]]:
    members: dict[Hashable, list[int]] = defaultdict(list)
    for position, name in enumerate(names):
        members[name].append(position)
    return members


def wrong_events(found: Sequence[str], true: Sequence[str]) -> list[tuple[str, int]]:
    """Events whose lines are not one group of their own, with their number of lines, largest first."""
    groups = _members(found)
    events = _members(true)
    wrong = [(str(event), len(lines)) for event, lines in events.items() if groups[found[lines[0]]] != lines]
    return sorted(wrong, key=lambda each: -each[1])


def measured(rows: Sequence[dict[str, str]], errors: bool) -> dict[str, object]:
    """The figures of one system."""
    miner = TemplateMiner()
    true = [row["event_id"] for row in rows]
    first = [miner.add(row["content"]) for row in rows]
    afterwards = [miner.match(row["content"]) for row in rows]
    figures: dict[str, object] = {
        "n": len(rows),
        "accuracy": round(grouping_accuracy(first, true), 4),
        "accuracy_afterwards": round(grouping_accuracy(afterwards, true), 4),
        "events": len(set(true)),
        "templates": len(set(first)),
    }
    return figures | ({"wrong": wrong_events(first, true)[:10]} if errors else {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--errors", action="store_true", help="name the largest events that are wrong")
    options = parser.parse_args()
    files = sorted(options.folder.glob("*/structured.jsonl"))
    if not files:
        parser.error(f"{options.folder} has no SYSTEM/structured.jsonl.")
    systems = []
    for path in files:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        systems.append(measured(rows, options.errors))
        print(json.dumps({"system": path.parent.name} | systems[-1]), flush=True)
    means = {
        name: round(fmean(float(str(each[name])) for each in systems), 4)
        for name in ("accuracy", "accuracy_afterwards")
    }
    print(json.dumps({"system": "mean", "systems": len(systems)} | means))


if __name__ == "__main__":
    main()
