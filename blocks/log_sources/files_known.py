"""Which contents a sweep has read, and how far: by their bytes, so that a renamed or copied file is known again."""

import time
from collections.abc import Mapping
from typing import Any

from innkeeper.blocks.log_sources.files_content import HEAD_BYTES, Content, Place, digest_of
from innkeeper.blocks.log_sources.files_names import service_of

_MAX_MARKS = 8
_MAX_ENTRIES = 2_000
_MAX_SETTLED = 4_000
_KEPT_S = 30 * 86_400  # after a content was last seen
Entry = dict[str, Any]


class Known:
    """
    The contents of a cursor.

    An entry holds `head` (digest of the first `head_bytes`), `marks` (places where a reading ended, with the digest of
    the bytes before), `offset`, `skips`, `identity` (device, inode), `path`, `at` (of the last line) and `seen`.
    """

    def __init__(self, cursor: Mapping[str, Any] | None) -> None:
        files = (cursor or {}).get("files", [])
        self._entries: list[Entry] = [{**each, "marks": [list(mark) for mark in each["marks"]]} for each in files]
        self._settled: dict[str, float] = dict((cursor or {}).get("settled", {}))
        self._identities = {tuple(each["identity"]) for each in self._entries}

    def has_identity(self, identity: tuple[int, int]) -> bool:
        """Whether a file with this inode has been read before."""
        return identity in self._identities

    def is_settled(self, stamp: str) -> bool:
        """Whether this very .gz has been read to its end."""
        if stamp in self._settled:
            self._settled[stamp] = time.time()
            return True
        return False

    def settle(self, stamp: str) -> None:
        """Remember a .gz that has been read to its end."""
        self._settled[stamp] = time.time()

    def entry_of(self, content: Content) -> Entry:
        """The entry of this content, or a new one that begins at its start."""
        same = [each for each in self._entries if self._is_same(each, content)]
        if same:
            return min(same, key=lambda each: tuple(each["identity"]) != content.identity)
        entry: Entry = {
            "head_bytes": 0,
            "head": "",
            "identity": list(content.identity),
            "marks": [],
            "offset": 0,
            "skips": False,
            "at": None,
            "path": str(content.path),
        }
        self._entries.append(entry)
        return entry

    def _is_same(self, entry: Entry, content: Content) -> bool:
        """The same beginning, and the same bytes where a reading ended: the same file, a renamed one, or a copy."""
        length = entry["head_bytes"]
        if len(content.head) < length or digest_of(content.head[:length]) != entry["head"]:
            return False
        if tuple(entry["identity"]) != content.identity and service_of(entry["path"]) != service_of(str(content.path)):
            return False  # two services may begin with the same words
        for offset, digest in sorted(entry["marks"], reverse=True):
            has = content.has(offset, digest)
            if has is not None:
                return has
        return False  # shorter than all that was read of it: cut off, and begun anew

    def note(self, entry: Entry, content: Content, place: Place, last_at: float | None) -> None:
        """Remember how far a content has been read."""
        if place.offset > entry["offset"] or not entry["marks"]:
            entry["marks"] = [*entry["marks"], [place.offset, digest_of(place.tail)]][-_MAX_MARKS:]
        if not content.is_gzip:
            entry |= {"identity": list(content.identity), "path": str(content.path)}
        head = content.head[:HEAD_BYTES]
        entry |= {
            "head_bytes": len(head),
            "head": digest_of(head),
            "offset": place.offset,
            "skips": place.skips,
            "at": last_at,
            "seen": time.time(),
        }

    def cursor(self) -> dict[str, Any]:
        """JSON; what has not been seen for a month is forgotten."""
        oldest = time.time() - _KEPT_S
        kept = sorted((each for each in self._entries if each.get("seen", 0) > oldest), key=lambda each: -each["seen"])
        settled = sorted(self._settled.items(), key=lambda each: -each[1])[:_MAX_SETTLED]
        return {"version": 1, "files": kept[:_MAX_ENTRIES], "settled": {key: at for key, at in settled if at > oldest}}
