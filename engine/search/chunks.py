"""The chunks of an index in little memory: their JSON in one buffer, and what filters need in columns."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from innkeeper.schemas.access import Role
from innkeeper.schemas.knowledge import Chunk

Mask = NDArray[np.bool_]

_ROLES = tuple(Role)
_KEPT = 2_000  # chunks that stay parsed, about 2 kB each; a search looks at a hundred
_NEVER = date.max.toordinal()
_YEAR = re.compile(r"(?<!\d)20[0-4]\d(?!\d)")


@dataclass(frozen=True)
class ChunkTable:
    """
    Chunks by position.

    Attributes:
        blob: Each chunk's JSON, one after the other.
        ends: (n + 1,) int64, where each begins and ends in `blob`.
        languages, sections, documents: (n,) strings.
        places: (n,) position of the chunk in its document.
        audience: (n,) a bit per role that may read it; 0 for everyone.
        effective: (n,) ordinal of the day from which it is in force; 0 when not stated.
        replaced: (n,) ordinal of the day from which it is superseded.
    """

    blob: bytes
    ends: NDArray[np.int64]
    languages: NDArray[np.str_]
    sections: NDArray[np.str_]
    documents: NDArray[np.str_]
    places: NDArray[np.int32]
    audience: NDArray[np.int32]
    effective: NDArray[np.int32]
    replaced: NDArray[np.int32]
    _parsed: dict[int, Chunk] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def build(cls, chunks: Sequence[Chunk]) -> Self:
        """Keep `chunks` in their order."""
        encoded = [chunk.model_dump_json(exclude_defaults=True).encode() for chunk in chunks]
        return cls(
            b"".join(encoded),
            np.cumsum([0, *map(len, encoded)], dtype=np.int64),
            np.array([chunk.language for chunk in chunks], dtype=np.str_),
            np.array([chunk.section for chunk in chunks], dtype=np.str_),
            np.array([chunk.document for chunk in chunks], dtype=np.str_),
            np.array([chunk.index for chunk in chunks], dtype=np.int32),
            np.array([sum(1 << _ROLES.index(role) for role in chunk.audience) for chunk in chunks], dtype=np.int32),
            np.array(
                [chunk.effective_date.toordinal() if chunk.effective_date else 0 for chunk in chunks], dtype=np.int32
            ),
            _replaced(chunks),
        )

    def __len__(self) -> int:
        return len(self.places)

    def chunk(self, position: int) -> Chunk:
        """The chunk at a position; kept parsed for a while, because the same are found again and again."""
        found = self._parsed.get(position)
        if found is None:
            found = Chunk.model_validate_json(self.blob[self.ends[position] : self.ends[position + 1]])
            if len(self._parsed) >= _KEPT:
                self._parsed.clear()
            self._parsed[position] = found
        return found

    def visible(self, roles: Collection[Role] | None) -> Mask:
        """(n,) what a reader with these roles may see; without roles, what everyone may."""
        bits = sum(1 << _ROLES.index(Role(role)) for role in set(roles or ()))
        return np.asarray((self.audience == 0) | (self.audience & bits != 0))

    def superseded(self, day: date) -> Mask:
        """(n,) what a newer version has replaced by `day`."""
        return np.asarray(self.replaced <= day.toordinal())

    def upcoming(self, day: date) -> Mask:
        """(n,) what is not yet in force on `day`."""
        return np.asarray(self.effective > day.toordinal())

    def in_force_during(self, year: int) -> Mask:
        """(n,) what states a date and was in force on some day of `year`."""
        first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
        dated = (self.effective > 0) | (self.replaced < _NEVER)
        return np.asarray(dated & (self.effective <= last) & (self.replaced > first))

    def begins_in(self, year: int) -> Mask:
        """(n,) what came into force in `year`."""
        first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
        return np.asarray((self.effective >= first) & (self.effective <= last))

    def neighbours(self, position: int, before: int, after: int) -> list[int]:
        """Positions of the chunks around one in its document, itself included, in reading order."""
        same = np.flatnonzero(self.documents == self.documents[position])
        ordered = same[np.argsort(self.places[same], kind="stable")]
        here = int(np.flatnonzero(ordered == position)[0])
        return [int(each) for each in ordered[max(0, here - before) : here + after + 1]]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What a snapshot keeps."""
        columns = ("ends", "places", "audience", "effective", "replaced")
        kept: dict[str, NDArray[Any]] = {name: getattr(self, name) for name in columns}
        for name in ("languages", "sections", "documents"):
            kept[f"{name}_names"], kept[f"{name}_codes"] = np.unique(getattr(self, name), return_inverse=True)
        return kept | {"blob": np.frombuffer(self.blob, dtype=np.uint8)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The reverse of `arrays`."""
        texts = {
            name: arrays[f"{name}_names"][arrays[f"{name}_codes"]] for name in ("languages", "sections", "documents")
        }
        columns = {name: arrays[name] for name in ("ends", "places", "audience", "effective", "replaced")}
        return cls(blob=arrays["blob"].tobytes(), **texts, **columns)


def _replaced(chunks: Sequence[Chunk]) -> NDArray[np.int32]:
    """
    The day each chunk is superseded: when its successor comes into force.

    A successor is named (by path, file name or title), or has the same path but for a later year: "prices-2026.xlsx".
    """
    days: dict[str, int] = {}
    editions: dict[tuple[str, str], dict[str, int]] = {}
    for chunk in chunks:
        day = chunk.effective_date.toordinal() if chunk.effective_date else 0
        for name in (chunk.document, _file_name(chunk.document), chunk.title):
            days[name] = max(day, days.get(name, 0))
        years = _YEAR.findall(chunk.document)
        if len(years) == 1:
            edition = _YEAR.sub("*", chunk.document), chunk.language
            editions.setdefault(edition, {})[chunk.document] = day or date(int(years[0]), 1, 1).toordinal()
    return np.array([_replaced_on(chunk, days, editions) for chunk in chunks], dtype=np.int32)


def _replaced_on(chunk: Chunk, days: dict[str, int], editions: dict[tuple[str, str], dict[str, int]]) -> int:
    successor = (chunk.superseded_by or "").strip()
    if successor:
        return days.get(successor, days.get(_file_name(successor), 0))
    family = editions.get((_YEAR.sub("*", chunk.document), chunk.language), {})
    own = family.get(chunk.document, _NEVER)
    return min((day for day in family.values() if day > own), default=_NEVER)


def _file_name(path: str) -> str:
    return path.rpartition("/")[2]
