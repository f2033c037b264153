"""
Which wordings of a model are taken: `python -m evals.messages.rewordings [FILE.jsonl] [--gate]`.

Each line has `own` (the template's), `told` (a model's, written by hand) and `good`: whether a careful colleague would
let it go out. What is refused costs the template's own words; what is taken although it is wrong reaches a guest.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from innkeeper.engine.rephrasing import rephrasing_problems

CASES = Path(__file__).with_name("rewordings.jsonl")


def measure(file: Path) -> dict[str, Any]:
    """Counts of both kinds, and the cases that went the other way."""
    cases = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    wrong = []
    for case in cases:
        problems = rephrasing_problems([case["own"]], [case["told"]], message=case["own"], language=case["language"])
        if (not problems) != case["good"]:
            wrong.append({"told": case["told"], "problems": problems})
    refused, taken = ([each for each in wrong if bool(each["problems"]) is kind] for kind in (True, False))
    good = sum(case["good"] for case in cases)
    return {
        "good": good,
        "good ones taken": good - len(refused),
        "wrong": len(cases) - good,
        "wrong ones refused": len(cases) - good - len(taken),
        "missed": taken,
        "refused without need": refused,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=CASES)
    parser.add_argument("--gate", action="store_true", help="fail when a wrong wording is taken")
    arguments = parser.parse_args()
    result = measure(arguments.file)
    print(json.dumps(result, ensure_ascii=False, indent=1))
    if arguments.gate and result["missed"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
