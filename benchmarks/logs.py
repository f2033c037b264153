"""
Speed of the template miner beside Drain3, on the same lines in one run: `python -m benchmarks.logs FOLDER`.

FOLDER holds SYSTEM/structured.jsonl with `content`. Per second of one core. Two streams: the lines as
they are, again and again, which any cache answers, and the lines with every number, id, host and user name drawn anew,
in which hardly a line comes twice. Drain3 0.9.11 asks for another cachetools than Prefect does, so no dependency group
can hold it: `pip install --no-deps drain3==0.9.11 jsonpickle`. Where it is missing, only our figures are printed.
"""

import argparse
import json
import random
import re
import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import print_figure

LINES = 200_000
DRAIN_LINES = 40_000  # it is slower, and as fast on the first lines as on the last
ROUNDS = 3

_HEX = re.compile(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,}\b")
_NUMBER = re.compile(r"\d+")
_NAME = re.compile(r"(?<=user )\w+|(?<=user=)\w+|(?<=for )\w+(?= from)|\b[a-z-]+(?=\.(?:com|net|edu)\b)")
_DRAIN_MASKS = (  # those of Drain3's own example
    (r"((?<=[^A-Za-z0-9])|^)(([0-9a-f]{2,}:){3,}([0-9a-f]{2,}))((?=[^A-Za-z0-9])|$)", "ID"),
    (r"((?<=[^A-Za-z0-9])|^)(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})((?=[^A-Za-z0-9])|$)", "IP"),
    (r"((?<=[^A-Za-z0-9])|^)([0-9a-f]{6,} ?){3,}((?=[^A-Za-z0-9])|$)", "SEQ"),
    (r"((?<=[^A-Za-z0-9])|^)([0-9A-F]{4} ?){4,}((?=[^A-Za-z0-9])|$)", "SEQ"),
    (r"((?<=[^A-Za-z0-9])|^)(0x[a-f0-9A-F]+)((?=[^A-Za-z0-9])|$)", "HEX"),
    (r"((?<=[^A-Za-z0-9])|^)([\-\+]?\d+)((?=[^A-Za-z0-9])|$)", "NUM"),
)


def varied(line: str, draw: random.Random) -> str:
    """The line as another event of the same statement: other numbers of other lengths, ids, hosts and users."""

    def number(match: re.Match[str]) -> str:
        length = max(1, len(match.group()) + draw.choice((-1, 0, 0, 1)))
        return "".join(draw.choices("0123456789", k=length))

    def word(match: re.Match[str]) -> str:
        return "".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=len(match.group())))

    def hexadecimal(match: re.Match[str]) -> str:
        return "a0" + "".join(draw.choices("0123456789abcdef", k=len(match.group()) - 2))

    return _NAME.sub(word, _NUMBER.sub(number, _HEX.sub(hexadecimal, line)))


def _per_second(add: Callable[[str], Any], lines: Sequence[str]) -> float:
    started = time.thread_time()
    for line in lines:
        add(line)
    return len(lines) / (time.thread_time() - started)


def _ours(lines: Sequence[str]) -> float:
    from innkeeper.engine.logs import TemplateMiner

    return max(_per_second(TemplateMiner().add, lines) for _ in range(ROUNDS))


def _drain(lines: Sequence[str]) -> float | None:
    try:
        from drain3 import TemplateMiner as Drain
        from drain3.masking import MaskingInstruction
        from drain3.template_miner_config import TemplateMinerConfig
    except ImportError:
        return None
    config = TemplateMinerConfig()
    config.masking_instructions = [MaskingInstruction(pattern, name) for pattern, name in _DRAIN_MASKS]
    return max(_per_second(Drain(config=config).add_log_message, lines[:DRAIN_LINES]) for _ in range(ROUNDS))


def _print_speed(name: str, lines: Sequence[str]) -> None:
    ours, drain = _ours(lines), _drain(lines)
    figures = {"lines": len(lines), "distinct": len(set(lines)), "lines_per_s": round(ours)}
    if drain:
        figures |= {"drain3_lines_per_s": round(drain), "times_drain3": round(ours / drain, 2)}
    print_figure(f"template miner, {name}", "drain3", **figures)


def _print_memory(lines: Sequence[str]) -> None:
    """What a miner holds after a stream, and after one of nothing but new words, with caches and templates full."""
    from innkeeper.engine.logs import TemplateMiner

    draw = random.Random(11)
    for name, stream in (
        ("varied lines", iter(lines)),
        ("new words only", (" ".join(_word(draw) for _ in range(12)) for _ in range(30_000))),
    ):
        tracemalloc.start()
        miner = TemplateMiner()
        for line in stream:
            miner.add(line)
        held, most = (size / 1e6 for size in tracemalloc.get_traced_memory())
        tracemalloc.stop()
        state = len(json.dumps(miner.state())) / 1e6
        print_figure(
            f"template miner, memory, {name}", templates=len(miner), held_mb=held, most_mb=most, state_mb=state
        )


def _word(draw: random.Random) -> str:
    return "".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=6))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    known = [
        json.loads(line)["content"]
        for path in sorted(options.folder.glob("*/structured.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    if not known:
        parser.error(f"{options.folder} has no SYSTEM/structured.jsonl.")
    draw = random.Random(7)
    same = draw.choices(known, k=LINES)
    different = [varied(line, draw) for line in same]
    _print_speed("the same lines again", same)
    _print_speed("varied lines", different)
    _print_memory(different)


if __name__ == "__main__":
    main()
