"""A window that is read again each time, for lines that arrive late; what was read is known by its digest."""

import hashlib
from collections.abc import Mapping
from typing import Any

NS = 1_000_000_000
_DIGITS = 12  # of a digest: with 20,000 of them, one line in ten billion is taken for another
_MAX_SEEN = 20_000


class Overlap:
    """
    What lies between the last reading and the next.

    Args:
        cursor: `until_ns` (up to where all was read) and `seen` (second → digests); None at first.
        first_ns: Where the first reading begins.
        overlap_s: How late a line may arrive.
    """

    def __init__(self, cursor: Mapping[str, Any] | None, *, first_ns: int, overlap_s: float) -> None:
        self._overlap_ns = int(overlap_s * NS)
        self._until_ns: int = first_ns if cursor is None else int(cursor["until_ns"])
        self._start_ns: int = first_ns if cursor is None else int(cursor["start_ns"])
        seen = {} if cursor is None else cursor["seen"]
        self._seen = {
            int(second): {text[at : at + _DIGITS] for at in range(0, len(text), _DIGITS)}
            for second, text in seen.items()
        }
        self.was_narrowed = False

    @property
    def start_ns(self) -> int:
        """Where this reading begins."""
        return self._start_ns

    def is_new(self, at_ns: int, identity: str) -> bool:
        """Whether a line has not been read before; it has been, from now on."""
        digest = hashlib.blake2b(identity.encode("utf-8", "replace"), digest_size=_DIGITS // 2).hexdigest()
        seen = self._seen.setdefault(at_ns // NS, set())
        if digest in seen:
            return False
        seen.add(digest)
        return True

    def cursor(self, until_ns: int) -> dict[str, Any]:
        """JSON, once all up to `until_ns` has been read."""
        until_ns = max(until_ns, self._until_ns)
        start = max(until_ns - self._overlap_ns, self._start_ns) // NS
        kept: dict[str, str] = {}
        size = 0
        for second in sorted((each for each in self._seen if each >= start), reverse=True):
            size += len(self._seen[second])
            if kept and size > _MAX_SEEN:
                start, self.was_narrowed = second + 1, True
                break
            kept[str(second)] = "".join(sorted(self._seen[second]))
        return {"version": 1, "until_ns": until_ns, "start_ns": max(start * NS, self._start_ns), "seen": kept}
