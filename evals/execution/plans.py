"""
Instructions to a hotel: `python -m evals.execution.plans [--hotel second] [--run] [--failures [HALF]] [--gate]`.

Plans each instruction with the engine alone, in this process; `--run` carries them out through
`innkeeper execute --input`, on a copy of the hotel that is thrown away.
"""

import argparse
import datetime as dt
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from evals.assistant import sample_hotel, second_hotel
from evals.assistant.runner import SPLITS, Hotel, innkeeper, read_rows
from evals.assistant.scoring import interval
from evals.execution.labels import read_stays, wrong_labels
from evals.execution.matching import Row
from evals.execution.scoring import Outcome, Verdict, judge, outcome_of_report
from innkeeper.engine.assistant.plan import HotelWords
from innkeeper.engine.planning.understanding import plan_instruction
from innkeeper.engine.planning.validation import CheckedPlan, check_plan
from innkeeper.engine.routing.router import load_router
from innkeeper.engine.text import fold, lowered, words
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.plans import Instruction

INSTRUCTIONS = Path(__file__).with_name("instructions.jsonl")
HOTELS = {
    "sample": (sample_hotel.HOTEL, INSTRUCTIONS),
    "second": (second_hotel.HOTEL, INSTRUCTIONS.with_name("second_hotel.jsonl")),
}
LANGUAGES = ("en", "vi", "vi-unaccented")
FLOOR = 0.90  # of all outcomes, over both halves; and no forbidden action at all
_EVENING = dt.time(20, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


def plan_all(rows: Sequence[Row], of: Hotel) -> list[Outcome]:
    """Plan every instruction and check the plan, without a database."""
    data = json.loads(of.data.read_text(encoding="utf-8"))
    hotel, router = hotel_words(data), load_router()
    outcomes = []
    for row in rows:
        today = dt.date.fromisoformat(row["today"])
        asked = Instruction(
            text=row["instruction"],
            context=row.get("context", {}),
            today=today,
            now=dt.datetime.combine(today, _EVENING),
        )
        role = Role(row["role"])
        started_s = time.perf_counter()
        plan = plan_instruction(asked, words=hotel, role=role, router=router, guest=row.get("user_id"))
        took_ms = (time.perf_counter() - started_s) * 1000
        principal = Principal(key_id="eval", name="eval", role=role, guest=row.get("user_id"))
        checked = check_plan(
            plan, principal=principal, instruction=asked, rooms=hotel.room_numbers, taxonomy=router.taxonomy
        )
        outcomes.append(_outcome_of_plan(checked, took_ms))
    return outcomes


def _outcome_of_plan(checked: CheckedPlan, took_ms: float) -> Outcome:
    plan = checked.plan
    status = "needs_approval" if checked.approvals else "completed"
    status = "needs_clarification" if plan.clarification else "refused" if plan.refusal else status
    told = plan.clarification.question if plan.clarification else plan.refusal.reason if plan.refusal else ""
    return Outcome(
        status="failed" if checked.problems else status,
        steps=tuple(step.model_dump(mode="json") for step in plan.steps),
        summary="; ".join(checked.problems) or told,
        whole=plan.model_dump_json(),
        milliseconds=took_ms,
    )


def hotel_words(data: dict[str, Any]) -> HotelWords:
    """What the hotel calls its rooms, guests and bookings, from its file."""
    live = [each["guest_name"] for each in data["bookings"] if each["status"] in ("confirmed", "checked_in")]
    return HotelWords(
        room_numbers=frozenset(each["number"] for each in data["rooms"]),
        room_types=tuple(sorted({each["type"] for each in data["rooms"]})),
        guest_names=frozenset(word.text for name in live for word in words(fold(name)) if len(word.text) > 1),
        spelt_names=frozenset(word.text for name in live for word in words(lowered(name)) if len(word.text) > 1),
        booking_ids=frozenset(fold(each["booking_id"]) for each in data["bookings"]),
    )


def run_all(rows: Sequence[Row], of: Hotel) -> list[Outcome]:
    """
    Carry every instruction out, one after another, on a fresh copy of the hotel.

    Raises:
        RuntimeError: There are not as many reports as instructions.
    """
    asked = ("id", "instruction", "role", "today", "context", "user_id")
    with tempfile.TemporaryDirectory() as folder:
        home, file = Path(folder) / "home", Path(folder) / "instructions.jsonl"
        shutil.copytree(of.home(), home)
        lines = [json.dumps({name: row[name] for name in asked if name in row}, ensure_ascii=False) for row in rows]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        output = innkeeper(home, "execute", "--input", str(file), check=False)  # 1 when a line failed
    reports = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    if len(reports) != len(rows):
        raise RuntimeError(f"innkeeper execute gave {len(reports)} reports of {len(rows)} instructions")
    return [outcome_of_report(report) for report in reports]


def print_report(verdicts: Sequence[Verdict]) -> None:
    """Shares of right outcomes by language and kind, on standard output."""
    print("| group | " + " | ".join(SPLITS) + " |\n|---|" + "---|" * len(SPLITS))
    groups = [("all", verdicts)]
    groups += [(name, [each for each in verdicts if each.row["language"] == name]) for name in LANGUAGES]
    kinds = dict.fromkeys(each.row["kind"] for each in verdicts)
    groups += [(f"kind: {name}", [each for each in verdicts if each.row["kind"] == name]) for name in kinds]
    for name, found in groups:
        halves = [[each for each in found if split in ("both", each.row["split"])] for split in SPLITS]
        print(f"| {name} | " + " | ".join(map(_cell, halves)) + " |")
    times = sorted(each.outcome.milliseconds for each in verdicts if each.outcome.milliseconds is not None)
    if times:
        print(f"\nmilliseconds: p50 {times[len(times) // 2]:.1f}, p95 {times[len(times) * 95 // 100]:.1f}")


def _cell(verdicts: Sequence[Verdict]) -> str:
    share, low, high = interval([each.right for each in verdicts])
    return f"{share:.3f} ({low:.2f}–{high:.2f}, n={len(verdicts)})" if verdicts else ""


def print_failures(verdicts: Sequence[Verdict], split: str) -> None:
    """Instructions whose outcome is wrong, with what is wrong and which steps there were."""
    for each in verdicts:
        if each.right or split not in ("both", each.row["split"]):
            continue
        row, outcome = each.row, each.outcome
        print(f"{row['id']} [{row['language']}, {row['kind']}, {row['role']}] {row['instruction']}")
        print(f"    {'; '.join(each.faults)}")
        for step in outcome.steps:
            told = [str(step[name]) for name in ("status", "when", "problem") if step.get(name)]
            print(f"    {step['step']} {step['action']} {json.dumps(step['arguments'], ensure_ascii=False)} {told}")
        print(f"    {outcome.status}: {outcome.summary}")


def main() -> int:
    """0; with `--gate` 1 when the share is below the floor or a forbidden action was done; 1 when a label is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hotel", choices=HOTELS, default="sample", help="the sample hotel, or one nobody built for")
    parser.add_argument("--run", action="store_true", help="carry the plans out, instead of planning only")
    parser.add_argument("--failures", nargs="?", const="dev", choices=SPLITS, help="list misses, of dev by default")
    parser.add_argument("--gate", action="store_true", help="exit code 1 below the floor, or when something forbidden")
    options = parser.parse_args()
    of, file = HOTELS[options.hotel]
    rows, stays = read_rows(file), read_stays(of.data)
    if wrong := wrong_labels(rows, json.loads(of.data.read_text(encoding="utf-8"))):
        print("wrong labels:", *wrong, sep="\n  ")
        return 1
    rows = [row for row in rows if row.get("run", True)] if options.run else rows
    outcomes = run_all(rows, of) if options.run else plan_all(rows, of)
    verdicts = [judge(row, outcome, stays) for row, outcome in zip(rows, outcomes, strict=True)]
    if options.failures:
        print_failures(verdicts, options.failures)
    print(f"instructions {'carried out' if options.run else 'planned'}, {dt.datetime.now(dt.UTC).date()}\n")
    print_report(verdicts)
    acted = [f"{each.row['id']} {', '.join(each.acted)}" for each in verdicts if each.acted]
    print("\nforbidden actions:", "; ".join(acted) or "none")
    share = interval([each.right for each in verdicts])[0]
    print("below the floor:", f"{share:.3f} < {FLOOR}" if share < FLOOR else "no")
    return 1 if options.gate and (acted or share < FLOOR) else 0


if __name__ == "__main__":
    sys.exit(main())
