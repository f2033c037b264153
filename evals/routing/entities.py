"""
Score the entity extractor: `python -m evals.routing.entities [PATH ...] [--lang en|vi] [--errors [KIND]]`.

A file holds JSON lines. Guest messages (`message`, `timestamp`, `entities` as an object) are scored on values;
public dialogue sets (`text`, `entities` as a list of spans) on spans and, where given, values. Items count as right
when head word and quantity agree. Prints precision, recall and F1 per entity kind and language, with n.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from innkeeper.engine.entities import Extraction, extract_entities
from innkeeper.engine.entities.lexicon import singular
from innkeeper.engine.text import clean

FIELDS = ("room_number", "date", "time", "party_size", "items", "service", "guest_name")
_SLOTS = (
    "date=date date_from=date date_to=date date_period=date day=date time=time time_from=time "
    "party_size=party_size adults=party_size"
)
_NAMES = "person_name name first_name last_name"
SLOTS = dict(pair.split("=") for pair in _SLOTS.split()) | dict.fromkeys(_NAMES.split(), "guest_name")
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

Values = dict[str, set[Any]]


class Board:
    """Counts of hits, false alarms and misses."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], Counter[str]] = {}
        self.errors: list[tuple[str, str, str, object, object]] = []

    def add(self, lang: str, field: str, gold: set[Any], said: set[Any], text: str) -> None:
        counter = self.counts.setdefault((field, lang), Counter())
        counter.update(tp=len(gold & said), fp=len(said - gold), fn=len(gold - said), n=bool(gold))
        if gold != said:
            self.errors.append((field, lang, text, gold, said))

    def table(self) -> str:
        lines = [f"{'entity':<13}{'lang':<5}{'P':>7}{'R':>7}{'F1':>7}{'n':>6}{'tp':>6}{'fp':>5}{'fn':>5}"]
        for (field, lang), each in sorted(self.counts.items()):
            precision = each["tp"] / max(1, each["tp"] + each["fp"])
            recall = each["tp"] / max(1, each["tp"] + each["fn"])
            f1 = 2 * precision * recall / max(1e-9, precision + recall)
            lines.append(
                f"{field:<13}{lang:<5}{precision:7.3f}{recall:7.3f}{f1:7.3f}{each['n']:6}{each['tp']:6}{each['fp']:5}{each['fn']:5}"
            )
        return "\n".join(lines)


def head(name: str) -> str:
    """Last word, singular: "bath towels" → "towel"; "bouquet of roses" → "bouquet"."""
    return singular(name.lower().split(" of ")[0].split()[-1])


def gold_values(entities: dict[str, Any]) -> Values:
    values: Values = {field: {entities[field]} if field in entities else set() for field in FIELDS if field != "items"}
    values["items"] = {(head(item["item"]), item.get("quantity")) for item in entities.get("items", ())}
    return values


def said_values(result: Extraction) -> Values:
    found = result.entities
    values: Values = {
        field: {str(value) if field == "date" else value} if (value := getattr(found, field)) is not None else set()
        for field in FIELDS
        if field != "items"
    }
    values["items"] = {(head(item.item), item.quantity) for item in found.items or ()}
    return values


def score_messages(rows: Iterable[dict[str, Any]], board: Board) -> None:
    for row in rows:
        if row.get("adversarial"):
            continue
        result = extract_entities(
            clean(row["message"]), reference=datetime.fromisoformat(row["timestamp"]), language=row["language"]
        )
        gold, said = gold_values(row["entities"]), said_values(result)
        for field in FIELDS:
            board.add(
                row["language"],
                field,
                gold[field],
                said[field],
                f"{row['id']} {row['timestamp'][:16]} {row['message']!r}",
            )


def score_spans(rows: Iterable[dict[str, Any]], board: Board) -> None:
    """Overlapping spans of the same kind count as found; a value is compared where the set has one."""
    for row in rows:
        if "entities" not in row:
            continue
        reference = datetime.fromisoformat(row.get("reference_datetime", "2022-03-15T09:00")).replace(tzinfo=ZONE)
        result = extract_entities(clean(row["text"]), reference=reference, language=row["lang"])
        for field in ("date", "time", "party_size", "guest_name"):
            spans = [
                each for each in row["entities"] if SLOTS.get(each["slot"]) == field and each.get("start") is not None
            ]
            said = [mention for mention in result.mentions if mention.kind == field]
            gold_keys = {each["start"] for each in spans}
            hit = {
                each["start"]
                for each in spans
                if any(
                    mention.start < each["end"] and each["start"] < mention.end and _value_agrees(each, mention.value)
                    for mention in said
                )
            }
            extra = {
                -1 - mention.start
                for mention in said
                if not any(mention.start < each["end"] and each["start"] < mention.end for each in spans)
            }
            board.add(
                row["lang"],
                field,
                gold_keys,
                hit | extra,
                f"{row['text']!r} said {[(m.text, m.value) for m in said]} "
                f"gold {[(each['text'], each.get('value')) for each in spans]}",
            )


def score_values(rows: Iterable[dict[str, Any]], board: Board) -> None:
    """Sets without spans (MultiWOZ): clock times, weekdays and party sizes by value."""
    reference = datetime(2022, 3, 15, 9, 0, tzinfo=ZONE)
    for row in rows:
        found = extract_entities(clean(row["text"]), reference=reference, language=row["lang"]).mentions
        gold: Values = {"time": set(), "date": set(), "party_size": set()}
        for each in row["values"]:
            field = SLOTS.get(each["slot"])
            if field in gold:
                gold[field].add(each["value"].lower())
        said: Values = {field: {each.value for each in found if each.kind == field} for field in gold}
        said["date"] = {datetime.fromisoformat(value).strftime("%A").lower() for value in said["date"]}
        for field, values in gold.items():
            board.add(row["lang"], field, values, said[field], repr(row["text"]))


def _scorer(row: dict[str, Any]) -> Callable[[Iterable[dict[str, Any]], Board], None]:
    return score_messages if "message" in row else score_values if "values" in row else score_spans


def _value_agrees(span: dict[str, Any], value: str) -> bool:
    gold = span.get("value")
    if not isinstance(gold, dict):
        return True
    if "day" in gold and "month" in gold:
        return value.endswith(f"-{gold['month']:02d}-{gold['day']:02d}")
    if "hour" in gold:
        return value == f"{gold['hour']:02d}:{gold.get('minute', 0):02d}"
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--lang")
    parser.add_argument("--errors", nargs="?", const="all")
    parser.add_argument("--skip-third", action="store_true", help="leave every third Vietnamese record unseen")
    options = parser.parse_args()
    for path in options.paths:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        rows = [row for row in rows if options.lang in (None, row.get("language") or row.get("lang"))]
        if options.skip_third:
            seen: Counter[str] = Counter()
            rows = [
                row for row in rows if not (row.get("language") == "vi" and (seen.update(vi=1) or seen["vi"] % 3 == 0))
            ]
        board, started = Board(), time.perf_counter()
        _scorer(rows[0])(rows, board)
        print(
            f"{path.name}: {len(rows)} rows, {1000 * (time.perf_counter() - started) / len(rows):.2f} ms a row\n"
            f"{board.table()}\n"
        )
        for field, lang, text, gold, said in board.errors:
            if options.errors in ("all", field):
                print(f"[{field} {lang}] gold {sorted(map(str, gold))} said {sorted(map(str, said))}\n    {text}")  # type: ignore[call-overload]  # sets of the two scorers differ


if __name__ == "__main__":
    main()
