"""Several documents among the first hits: one document's many chunks do not crowd out the others."""

from collections import Counter
from collections.abc import Iterable

KEPT = 3  # the first hits stand by their evidence alone
REPEATED = 0.04  # what a later chunk loses for each chunk of its document before it


def spread_out(scored: Iterable[tuple[str, float]]) -> list[tuple[int, float]]:
    """
    Rank again so that, after the first hits, a close second document comes before yet another chunk of the first.

    Args:
        scored: Document and score of each hit, best first.

    Returns:
        Place in `scored` and new score of each, best first.
    """
    seen: Counter[str] = Counter()
    lowered: list[tuple[int, float]] = []
    for place, (document, score) in enumerate(scored):
        lowered.append((place, score if place < KEPT else score - REPEATED * seen[document]))
        seen[document] += 1
    return lowered[:KEPT] + sorted(lowered[KEPT:], key=lambda each: -each[1])
