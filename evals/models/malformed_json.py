"""
How malformed JSON is read: `python -m evals.models.malformed_json FOLDER [--show]`.

`FOLDER/JSONTestSuite/` holds files named y_ (JSON), n_ (not JSON) and i_ (either); `FOLDER/json_repair_pairs.jsonl`
holds lines with `id`, `input` and `expected_object`, what a permissive repairer made of it. Declining is no fault: the
model is asked again. Reading something else than expected is worth a look, so these are listed.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from innkeeper.engine.loose_json import same
from innkeeper.engine.model_output import read_object, read_strict
from innkeeper.schemas.errors import OutputInvalid


def outcome(read: Any, text: str) -> tuple[str, Any]:
    """What `read` does with `text`: ("value", value), ("declined", problem) or ("crashed", the error's name)."""
    try:
        return "value", read(text)
    except OutputInvalid as error:
        return "declined", error.problem
    except Exception as error:
        return "crashed", type(error).__name__


def suite(folder: Path, show: bool) -> Counter[str]:
    """Counts over the conformance files."""
    counts: Counter[str] = Counter()
    for file in sorted(folder.glob("*.json")):
        text = file.read_bytes().decode("utf-8", "surrogateescape")
        strict, loose = outcome(read_strict, text), outcome(read_object, text)
        kind = file.name[0]
        counts[f"{kind}_ files"] += 1
        counts[f"{kind}_ strict: {strict[0]}"] += 1
        counts[f"{kind}_ with repairs: {loose[0]}"] += 1
        if show or (kind, strict[0]) in {("y", "declined"), ("n", "value")} or "crashed" in (strict[0], loose[0]):
            print(f"  {file.name}: strict {strict[0]}, with repairs {str(loose)[:120]}")
    return counts


def pairs(file: Path, show: bool) -> Counter[str]:
    """Counts over the repaired pairs; each that is read differently is printed."""
    counts: Counter[str] = Counter()
    for line in file.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        kind, result = outcome(read_object, case["input"])
        if kind == "value":
            kind = "as expected" if same(result, case["expected_object"]) else "differently"
        counts[f"{'valid' if case['already_valid'] else 'broken'}: {kind}"] += 1
        if kind in ("differently", "crashed") or show:
            print(f"  {case['id']} {kind}: {case['input'][:100]!r} -> {str(result)[:100]}")
    return counts


def main(arguments: list[str] | None = None) -> int:
    """Print the counts; 1 when anything ends in another error than `OutputInvalid`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", action="store_true", help="print every case")
    given = parser.parse_args(arguments)
    counts = suite(given.folder / "JSONTestSuite", given.show) + pairs(
        given.folder / "json_repair_pairs.jsonl", given.show
    )
    for name, count in sorted(counts.items()):
        print(f"{count:5}  {name}")
    return 1 if any("crashed" in name for name in counts) else 0


if __name__ == "__main__":
    sys.exit(main())
