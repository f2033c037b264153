"""Which document replaces which, also where only the new one says so, in its own words."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from innkeeper.engine.text import fold

_WORD = re.compile(r"[a-z]{3,}|\d+")
_SAID_OF_ANY = frozenset(
    {"the", "and", "for", "this", "that", "version", "document", "policy", "notice", "file"}
    | {"cua", "cho", "ban", "nay", "quy", "dinh", "van"}
)
_ENOUGH = 0.6  # share of the words that name the old document which its title and file name have


class Edition(NamedTuple):
    """
    A document as it takes part.

    Attributes:
        supersedes: What it says that it replaces: a path, a title, or words.
        superseded_by: What it says that it was replaced by.
    """

    path: str
    title: str
    effective_date: dt.date | None
    supersedes: str | None
    superseded_by: str | None


def successors(editions: Sequence[Edition]) -> dict[str, str]:
    """
    Path of a replaced document to its successor's path (or to what it says of it, where no document fits).

    What a document says of itself comes first. A successor's own words count only where they fit exactly one document,
    and never a newer one.
    """
    found: dict[str, str] = {}
    for edition in editions:
        if edition.superseded_by:
            named = _named(edition.superseded_by, edition, editions)
            found[edition.path] = named.path if named else edition.superseded_by
    for edition in sorted(editions, key=lambda each: (each.effective_date or dt.date.min, each.path)):
        old = _named(edition.supersedes, edition, editions) if edition.supersedes else None
        if old is not None and old.path not in found and not _newer(old, edition):
            found[old.path] = edition.path
    return _without_loops(found)


def _named(name: str, by: Edition, editions: Sequence[Edition]) -> Edition | None:
    """The one other document that `name` means."""
    others = [each for each in editions if each.path != by.path]
    wanted = fold(name).strip()
    for exact in (
        [each for each in others if fold(each.path) == wanted],
        [each for each in others if fold(_file_name(each.path)) == _file_name(wanted)],
        [each for each in others if fold(each.title).strip() == wanted],
    ):
        if len(exact) == 1:
            return exact[0]
    scores = {each.path: _likeness(wanted, each) for each in others}
    best = [each for each in others if scores[each.path] >= _ENOUGH and scores[each.path] == max(scores.values())]
    return best[0] if len(best) == 1 else None


def _likeness(wanted: str, other: Edition) -> float:
    words = set(_WORD.findall(wanted)) - _SAID_OF_ANY
    known = set(_WORD.findall(fold(f"{other.title} {other.path}")))
    if other.effective_date:
        day = other.effective_date
        known |= {str(day.year), str(day.day), f"{day:%B}".lower(), f"{day:%m}"}
    return len(words & known) / len(words) if len(words) > 1 else 0.0


def _newer(old: Edition, new: Edition) -> bool:
    return bool(old.effective_date and new.effective_date and old.effective_date > new.effective_date)


def _without_loops(found: Mapping[str, str]) -> dict[str, str]:
    """Two documents that each claim to replace the other are both left in force."""
    return {path: successor for path, successor in found.items() if found.get(successor) != path}


def _file_name(path: str) -> str:
    return path.rpartition("/")[2]
