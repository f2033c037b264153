"""
Alert lines in a labelled stream: `python -m evals.logs.labelled FILE.jsonl [--misses]`.

Rows are in order of time: {raw_without_label, message, is_anomaly}. Each line is scored from what was seen before it:
its template's rarity so far, its level (the word before the message in the raw line), its words. Prints precision,
recall and F1 at the default threshold, the same with every ERROR or worse line for an alarm, and average precision.
The labels of BGL were looked at once: words for the asker's mistakes ("no such file") came of it; nothing was fitted.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

from innkeeper.engine.logs import TemplateMiner
from innkeeper.engine.logs.rarity import ALARMING, RarityScorer
from innkeeper.schemas.logs import LogLevel, LogLine

LEVELS = {
    "FATAL": LogLevel.CRITICAL,
    "FAILURE": LogLevel.CRITICAL,
    "SEVERE": LogLevel.ERROR,
    "ERROR": LogLevel.ERROR,
    "WARNING": LogLevel.WARNING,
}
Scored = list[tuple[float, bool]]


def level_of(raw: str, message: str) -> LogLevel:
    """The level that stands last in the header."""
    header = raw.removesuffix(message).split()
    return LEVELS.get(header[-1], LogLevel.INFO) if header else LogLevel.INFO


def figures(alarms: list[bool], labels: list[bool]) -> dict[str, float]:
    """Precision, recall and F1."""
    hits = sum(alarm and label for alarm, label in zip(alarms, labels, strict=True))
    precision, recall = hits / max(1, sum(alarms)), hits / max(1, sum(labels))
    f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
    return {"precision": round(precision, 3), "recall": round(recall, 3), "f1": round(f1, 3)}


def average_precision(scored: Scored) -> float:
    """Mean precision at each alert, highest score first; equal scores stay in order of time."""
    hits, total = 0, 0.0
    for place, (_, label) in enumerate(sorted(scored, key=lambda pair: -pair[0]), start=1):
        if label:
            hits += 1
            total += hits / place
    return round(total / max(1, hits), 3)


def main() -> None:
    """Print the figures, a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--misses", action="store_true", help="the most frequent templates that are told wrongly")
    arguments = parser.parse_args()
    rows = [json.loads(row) for row in arguments.file.read_text(encoding="utf-8").splitlines()]
    miner, scorer = TemplateMiner(), RarityScorer()
    scored: Scored = []
    severe, wrong = [], Counter[tuple[str, str]]()
    for row in rows:
        level, template_id = level_of(row["raw_without_label"], row["message"]), miner.add(row["message"])
        score = scorer.score(LogLine(0.0, "log", level, row["message"]), template_id)
        scored.append((score, row["is_anomaly"]))
        severe.append(level.is_error)
        if (score >= ALARMING) != row["is_anomaly"]:
            wrong["missed" if row["is_anomaly"] else "false alarm", miner.template(template_id)[:120]] += 1
    labels = [label for _, label in scored]
    print(json.dumps({"n": len(rows), "alerts": sum(labels), "average_precision": average_precision(scored)}))
    print(json.dumps({"alarm": f"score >= {ALARMING}", **figures([score >= ALARMING for score, _ in scored], labels)}))
    print(json.dumps({"alarm": "ERROR or worse", **figures(severe, labels)}))
    for (kind, template), count in wrong.most_common(20) if arguments.misses else ():
        print(json.dumps({kind: template, "lines": count}))


if __name__ == "__main__":
    main()
