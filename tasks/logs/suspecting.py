"""Who started it, in lines that somebody holds for unusual; no detector has to agree."""

from collections.abc import Iterable

from innkeeper.engine.logs.culprits import ReferenceProfile, rank_culprits
from innkeeper.engine.logs.miner import TemplateMiner
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.logs import Culprit, LogLine

MAX_LINES = 200_000  # of the unusual ones


def suspects(
    unusual: Iterable[LogLine], normal: Iterable[LogLine], *, since: float | None = None, limit: int = 5
) -> list[Culprit]:
    """
    The services that most likely started what is wrong, best first.

    Args:
        unusual: Lines of all services from the minutes in question; at most 200,000.
        normal: Lines of the same services from a time when all was well, in order of time.
        since: When it began, Unix seconds, where that is known: it helps.
        limit: How many, at most.

    Raises:
        InputInvalid: There are too many unusual lines, or no normal ones.
    """
    miner, profile = TemplateMiner(), ReferenceProfile()
    for line in normal:
        profile.add(line, miner.add(line.message))
    if not len(profile):
        raise InputInvalid("there are no normal lines to compare with")
    lines = []
    for line in unusual:
        lines.append((line, miner.add(line.message)))
        if len(lines) > MAX_LINES:
            raise InputInvalid(f"more than {MAX_LINES:,} unusual lines; give the minutes around the beginning")
    return rank_culprits(lines, profile, since=since, limit=limit)
