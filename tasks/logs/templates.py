"""What log lines are made of: their templates, and how often each occurs."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from innkeeper.engine.logs.miner import TemplateMiner
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.logs import LogLevel, LogLine


class CountedTemplate(NamedTuple):
    """A template: in how many lines, of which service, how bad the worst of them is, and its masked text."""

    lines: int
    service: str
    level: LogLevel
    template: str


class TemplateCounts(NamedTuple):
    """Of some lines: the most frequent templates, and the rarest that are not among them, the rarest first."""

    lines: int
    templates: int
    frequent: tuple[CountedTemplate, ...]
    rare: tuple[CountedTemplate, ...]

    def as_data(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "lines": self.lines,
            "templates": self.templates,
            "frequent": [each._asdict() for each in self.frequent],
            "rare": [each._asdict() for each in self.rare],
        }


_LEVELS = tuple(LogLevel)


def count_templates(lines: Iterable[LogLine], limit: int) -> TemplateCounts:
    """
    Mine lines, and count.

    Args:
        lines: In any order.
        limit: Of the frequent, and of the rare ones.
    """
    miner = TemplateMiner()
    counts, worst = Counter[tuple[str, str]](), dict[tuple[str, str], int]()
    for line in lines:
        key = (miner.add(line.message), line.service)
        counts[key] += 1
        level = _LEVELS.index(line.level)
        if level > worst.get(key, -1):
            worst[key] = level
    found = sorted(_joined(miner, counts, worst), key=lambda each: -each.lines)
    rare = reversed(found[limit:][-limit:])
    return TemplateCounts(counts.total(), len(found), tuple(found[:limit]), tuple(rare))


def _joined(
    miner: TemplateMiner, counts: Mapping[tuple[str, str], int], worst: Mapping[tuple[str, str], int]
) -> list[CountedTemplate]:
    """Templates that turned out to be one, as one."""
    joined: dict[tuple[str, str], CountedTemplate] = {}
    for (template_id, service), count in counts.items():
        text, level = _text(miner, template_id), worst[template_id, service]
        before = joined.get((text, service))
        if before is not None:
            count, level = count + before.lines, max(level, _LEVELS.index(before.level))
        joined[text, service] = CountedTemplate(count, service, _LEVELS[level], text)
    return list(joined.values())


def _text(miner: TemplateMiner, template_id: str) -> str:
    try:
        return miner.template(template_id)
    except InputInvalid:  # there were so many that it has been forgotten
        return "…"
