"""
Ask the assistant a set of questions through `innkeeper ask --input`, and count what it got right.

A `Hotel` is a hotel file and a folder of documents; it is set up once for each content and kept in
`.innkeeper/eval-cache`. Shared by all sets of questions.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evals.assistant.scoring import Row, Verdict, interval, judge, tells

CACHE = Path(".innkeeper/eval-cache")
PARTS = ("documents", "unanswerable", "tools", "follow_ups", "privacy")
SPLITS = ("dev", "test", "both")
LANGUAGES = ("en", "vi", "vi-unaccented", "mixed")
_PART_OF_KIND = {"unanswerable": "unanswerable", "tool": "tools", "follow_up": "follow_ups", "privacy": "privacy"}
Floors = dict[tuple[str, str], float]  # (part, language or "all") to share, over both halves


@dataclass(frozen=True)
class Hotel:
    """What is imported before the questions are asked."""

    name: str
    data: Path
    documents: Path

    def home(self) -> Path:
        """
        A folder with the hotel and its documents imported: minutes for new content, seconds when nothing changed.

        Raises:
            subprocess.CalledProcessError: The hotel or its documents cannot be imported.
        """
        home = CACHE / f"assistant-{self.name}-{self._content()[:16]}"
        innkeeper(home, "hotel", "import", str(self.data))
        innkeeper(home, "kb", "index", str(self.documents))
        return home

    def _content(self) -> str:
        digest = hashlib.sha256(self.data.read_bytes())
        for path in sorted(path for path in self.documents.rglob("*") if path.is_file()):
            digest.update(str(path.relative_to(self.documents)).encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()


def innkeeper(home: Path, *arguments: str, check: bool = True) -> str:
    """Standard output of one `innkeeper` command on the state in `home`, with the engine alone."""
    home.mkdir(parents=True, exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("INNKEEPER_")}
    environment |= {"INNKEEPER_HOME": str(home.absolute()), "INNKEEPER_MODEL_CHAIN": "engine"}
    command = [sys.executable, "-m", "innkeeper.cli", *arguments]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=check)  # noqa: S603  ours
    return done.stdout


def read_rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def part_of(row: Row) -> str:
    return _PART_OF_KIND.get(row["kind"], "documents")


def ask(hotel: Hotel, rows: Sequence[Row]) -> list[Verdict]:
    """
    Ask all of `rows` in one process, each a conversation of its own.

    Raises:
        RuntimeError: There are not as many answers as questions.
    """
    lines = [line for row in rows for line in _lines(row)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "questions.jsonl"
        file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
        output = innkeeper(hotel.home(), "ask", "--input", str(file), check=False)  # 1 when a line failed
    replies = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    if len(replies) != len(lines):
        raise RuntimeError(f"innkeeper ask gave {len(replies)} answers to {len(lines)} questions; see its errors above")
    answers = iter(replies)
    return [judge(row, [next(answers) for _ in range(_length(row))]) for row in rows]


def _length(row: Row) -> int:
    return len(row.get("turns", ())) + 1


def _lines(row: Row) -> Iterator[Row]:
    """Lines of `ask --input`; the turns of a conversation follow each other."""
    known = {"role": row.get("role", "manager"), "today": row["today"]}
    if "user_id" in row:
        known["user_id"] = row["user_id"]
    if "turns" in row:
        known["conversation_id"] = f"eval-{uuid.uuid4().hex[:12]}"  # the home is used again
    for number, question in enumerate([*row.get("turns", ()), row["question"]]):
        yield {"id": f"{row['id']}.{number}", "question": question} | known


def groups(verdicts: Sequence[Verdict]) -> dict[tuple[str, str], list[Verdict]]:
    """Verdicts by part and language ("all" for every language), only groups that have any."""
    found: dict[tuple[str, str], list[Verdict]] = {}
    for part in PARTS:
        for language in ("all", *LANGUAGES):
            of_group = [each for each in verdicts if _belongs(each.row, part, language)]
            if of_group:
                found[part, language] = of_group
    return found


def _belongs(row: Row, part: str, language: str) -> bool:
    return part_of(row) == part and language in ("all", row["language"])


def below(floors: Floors, verdicts: Sequence[Verdict]) -> list[str]:
    """Groups that were asked and whose share is below the floor."""
    found = groups(verdicts)
    shares = {key: interval([each.right for each in found[key]])[0] for key in floors if key in found}
    return [f"{' '.join(key)} {share:.3f} < {floors[key]}" for key, share in shares.items() if share < floors[key]]


def kinds(verdicts: Sequence[Verdict]) -> dict[str, list[Verdict]]:
    documents = [each for each in verdicts if part_of(each.row) == "documents"]
    return {
        kind: [each for each in documents if each.row["kind"] == kind]
        for kind in sorted({v.row["kind"] for v in documents})
    }


def as_data(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Shares and intervals of every group and half, and the milliseconds of all answers, as JSON."""
    data: dict[str, Any] = {}
    for split in SPLITS:
        for (part, language), found in groups(of_split(verdicts, split)).items():
            share, low, high = interval([each.right for each in found])
            figures = {"right": round(share, 4), "low": round(low, 4), "high": round(high, 4), "n": len(found)}
            data.setdefault(part, {}).setdefault(language, {})[split] = figures
    return data | {"milliseconds": _milliseconds(verdicts)}


def print_report(verdicts: Sequence[Verdict]) -> None:
    """The table, on standard output."""
    halves = {split: groups(of_split(verdicts, split)) for split in SPLITS}
    print("| part | language | " + " | ".join(SPLITS) + " |\n|---|---|" + "---|" * len(SPLITS))
    for key in halves["both"]:
        print(f"| {key[0]} | {key[1]} | " + " | ".join(_cell(halves[split].get(key, [])) for split in SPLITS) + " |")
    for kind in kinds(verdicts):
        cells = [_cell(kinds(of_split(verdicts, split)).get(kind, [])) for split in SPLITS]
        print(f"| documents | kind: {kind} | " + " | ".join(cells) + " |")
    print(f"\nmilliseconds per answer: {_milliseconds(verdicts)}")


def _cell(verdicts: Sequence[Verdict]) -> str:
    share, low, high = interval([each.right for each in verdicts])
    return f"{share:.3f} ({low:.2f}–{high:.2f}, n={len(verdicts)})" if verdicts else ""


def _milliseconds(verdicts: Sequence[Verdict]) -> dict[str, float]:
    times = sorted(each.reply["response_time_ms"] for each in verdicts if "response_time_ms" in each.reply)
    return {f"p{share}": round(times[len(times) * share // 100], 1) for share in (50, 95)} if times else {}


def print_failures(verdicts: Sequence[Verdict]) -> None:
    for each in verdicts:
        if each.right:
            continue
        row, reply = each.row, each.reply
        print(f"{row['id']} [{row['language']}, {row['kind']}] {' / '.join([*row.get('turns', ()), row['question']])}")
        print(f"    {'; '.join(each.faults)}")
        if wanted := row.get("documents") or row.get("tools"):
            print(f"    wanted {wanted}")
        print(f"    {reply.get('confidence')} {reply.get('response', '')}")
        used = [f"{call['tool']}{call['input']}" for call in reply.get("tools_used", ())]
        print(f"    {[s.get('document', s.get('table')) for s in reply.get('sources', ())]} {' '.join(used)}")


def of_split(verdicts: Sequence[Verdict], split: str) -> list[Verdict]:
    return [each for each in verdicts if split in ("both", each.row.get("split", "test"))]


def wrong_labels(rows: Sequence[Row], document_texts: dict[str, str], hotel_text: str) -> list[str]:
    """
    Labels that nothing bears out: a document that is not there, or a fact that no named document tells.

    Args:
        hotel_text: Rooms, bookings and rates as text; it bears out the facts of questions that name no document.
    """
    problems = []
    for row in rows:
        named = row.get("documents", [])
        problems += [f"{row['id']}: there is no document {name}" for name in named if name not in document_texts]
        text = "\n".join(document_texts.get(name, "") for name in named) if named else hotel_text
        if not row.get("derived"):
            problems += [f"{row['id']}: nothing tells {fact}" for fact in row["facts"] if not tells(text, fact)]
    return problems


def main(
    hotel: Hotel, rows: Sequence[Row], floors: Floors, title: str, check: Callable[[], list[str]] | None = None
) -> int:
    """The command line of a set: 0, or 1 when `--gate` finds a share below its floor or a label is wrong."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--failures", nargs="?", const="dev", choices=SPLITS, help="list misses, of dev by default")
    parser.add_argument("--gate", action="store_true", help="exit code 1 when a share is below its floor")
    parser.add_argument("--part", choices=PARTS, action="append", help="ask only this part")
    parser.add_argument("--json", action="store_true", help="figures as JSON instead of a table")
    options = parser.parse_args()
    if wrong := check() if check else []:
        print("wrong labels:", *wrong, sep="\n  ")
        return 1
    verdicts = ask(hotel, [row for row in rows if not options.part or part_of(row) in options.part])
    if options.failures:
        print_failures(of_split(verdicts, options.failures))
    if options.json:
        print(json.dumps(as_data(verdicts), ensure_ascii=False))
    else:
        print(f"{title}, {datetime.now(UTC).date()}\n")
        print_report(verdicts)
    fallen = below(floors, verdicts)
    if fallen or not options.json:
        print("\nbelow the floor:", "; ".join(fallen) or "none", file=sys.stderr if options.json else sys.stdout)
    return 1 if fallen and options.gate else 0
