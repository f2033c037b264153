"""Counts as a line of block characters: a chart for a report, a chat or a terminal."""

import math
from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
WIDTH = 60


def sparkline(counts: Sequence[float], width: int = WIDTH) -> str:
    """
    One character per count, from 0 (`▁`) to the highest (`█`); anything above 0 is at least `▂`.

    Args:
        counts: In order of time; negative ones and NaN count as 0.
        width: Most characters; where there are more counts, each stands for the highest of several, so that no spike
            is lost.
    """
    known = [max(0.0, each) if math.isfinite(each) else 0.0 for each in counts]
    size = max(1, math.ceil(len(known) / width))
    shown = [max(known[start : start + size]) for start in range(0, len(known), size)]
    highest = max(shown, default=0.0)
    return "".join(_block(each, highest) for each in shown)


def _block(value: float, highest: float) -> str:
    if not value or not highest:
        return BLOCKS[0]
    return BLOCKS[max(1, math.ceil(value / highest * (len(BLOCKS) - 1)))]
