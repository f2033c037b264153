"""
Which shapes of log lines are one template: a bounded store of templates that learns what varies.

A word is taken for fixed until something speaks against it: the same line with a number or path in that place, or many
different words there (`session opened for lan`, `… minh`, …). `find` depends on the templates and their order only,
never on what was asked before, so a store that is restored from its state answers alike.
"""

import bisect
import hashlib
import re
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from innkeeper.engine.logs.shapes import Shape
from innkeeper.engine.logs.tokens import WILD

MANY_WORDS = 12  # different words in one place of otherwise equal lines: a name, not a state
FIXED_WORDS = 3  # that lines must share before two of them are one template
MAX_PLACES = 64  # at the beginning of a line that may become open
MAX_OPEN = 64  # templates with open places that a shape is compared with, for each number of words
MAX_ALIASES = 64

_BASE, _MODULUS = 1_000_003, (1 << 61) - 1
_POWERS = [pow(_BASE, i, _MODULUS) for i in range(256)]
_LETTERS = re.compile(r"[^\W\d_]{2}")


class Cluster:
    """
    One template.

    Attributes:
        id: Of the shape that it was first seen in; the same in every process.
        words: With `<*>` for what varies.
        open: Places where any word fits between what stands before and after `<*>`.
        aliases: Ids of templates that turned out to be this one.
        number: Of its first sight; the lowest of all that were merged.
        used: Seen since it was last looked at for being forgotten.
    """

    __slots__ = ("aliases", "id", "number", "open", "used", "words")

    def __init__(self, cluster_id: str, number: int, words: Shape) -> None:
        self.id = cluster_id
        self.number = number
        self.words = words
        self.open: tuple[int, ...] = ()
        self.aliases: list[str] = []
        self.used = True

    def covers(self, shape: Shape) -> bool:
        """Whether a shape of as many words is this template's."""
        rest = list(shape)
        for i in self.open:
            if not _fits(self.words[i], shape[i]):
                return False
            rest[i] = self.words[i]
        return tuple(rest) == self.words


class Clusters:
    """
    Templates by their shape.

    Args:
        max_templates: Beyond it, those not seen for longest are forgotten.
    """

    def __init__(self, max_templates: int) -> None:
        self.max_templates = max_templates
        self._next = 0
        self.changes = 0  # of what `find` may answer for a shape that it knew: what was remembered is void
        self._live: OrderedDict[str, Cluster] = OrderedDict()  # the next to be looked at for being forgotten first
        self._ids: dict[str, Cluster] = {}
        self._exact: dict[Shape, Cluster] = {}
        self._numbers: dict[int, Cluster] = {}
        self._columns: dict[int, tuple[int, ...]] = {}  # of numbers: the garbage collector has nothing to follow
        self._open: dict[int, list[Cluster]] = {}

    def __len__(self) -> int:
        return len(self._live)

    def __iter__(self) -> Iterator[Cluster]:
        return iter(self._live.values())

    def of(self, cluster_id: str) -> Cluster | None:
        """The template of an id, also where it became part of another one."""
        return self._ids.get(cluster_id)

    def find(self, shape: Shape) -> Cluster | None:
        """The template of a shape, without learning."""
        found = self._exact.get(shape)
        if found is None:
            for cluster in self._open.get(len(shape), ())[:MAX_OPEN]:
                if cluster.covers(shape):
                    return cluster
        return found

    def learn(self, shape: Shape) -> Cluster:
        """The template of a shape: a known one, a known one that becomes wider, or a new one."""
        found = self.find(shape)
        if found is not None:
            return found
        for i, column in self._neighbours(shape):
            wider = _wider(shape, i, column)
            if wider is not None:
                return self._opened(column, i, wider)
        if len(self._live) >= self.max_templates:
            self._evict()
        cluster = Cluster(self._new_id(shape), self._next, shape)
        self._register(cluster)
        return cluster

    def restore(self, stored: dict[str, Any]) -> None:
        """Add a template from `stored_form`, after those that were stored before it."""
        cluster = Cluster(str(stored["id"]), int(stored["number"]), tuple(stored["words"]))
        cluster.open = tuple(int(i) for i in stored["open"])
        cluster.aliases = [str(alias) for alias in stored["aliases"]]
        cluster.used = bool(stored["used"])
        self._register(cluster)

    @staticmethod
    def stored_form(cluster: Cluster) -> dict[str, Any]:
        """A template as JSON."""
        return {
            "id": cluster.id,
            "number": cluster.number,
            "words": list(cluster.words),
            "open": list(cluster.open),
            "aliases": list(cluster.aliases),
            "used": cluster.used,
        }

    def _neighbours(self, shape: Shape) -> Iterator[tuple[int, list[Cluster]]]:
        """Each place of the shape, with the templates that differ from it in this place only, oldest first."""
        for i, code in _holes(shape):
            rest = shape[:i] + shape[i + 1 :]
            column = [self._numbers[number] for number in self._columns.get(code, ())]
            column = [each for each in column if each.words[:i] + each.words[i + 1 :] == rest]
            if column:
                yield i, column

    def _opened(self, column: list[Cluster], i: int, pattern: str) -> Cluster:
        """The templates of a column as one, the oldest, with any word in place `i`."""
        self.changes += 1
        words = (*column[0].words[:i], pattern, *column[0].words[i + 1 :])
        merged = {cluster.number: cluster for cluster in column}
        if words in self._exact:
            merged[self._exact[words].number] = self._exact[words]
        order = [merged[number] for number in sorted(merged)]
        eldest = order[0]
        aliases = [name for c in order for name in (c.id, *c.aliases) if name != eldest.id]
        for cluster in order:
            self._unregister(cluster)
        eldest.open = tuple(sorted({i}.union(*(c.open for c in order))))
        eldest.words, eldest.aliases = words, aliases[-MAX_ALIASES:]
        self._register(eldest)
        return eldest

    def _register(self, cluster: Cluster) -> None:
        self._live[cluster.id] = cluster
        self._next = max(self._next, cluster.number + 1)
        self._numbers[cluster.number] = cluster
        self._exact[cluster.words] = cluster
        for name in (cluster.id, *cluster.aliases):
            self._ids[name] = cluster
        for _, code in _holes(cluster.words):
            self._columns[code] = tuple(sorted((*self._columns.get(code, ()), cluster.number)))
        if cluster.open:
            bisect.insort(self._open.setdefault(len(cluster.words), []), cluster, key=_number)

    def _unregister(self, cluster: Cluster) -> None:
        for name in (cluster.id, *cluster.aliases):
            self._ids.pop(name, None)
        del self._live[cluster.id], self._numbers[cluster.number], self._exact[cluster.words]
        for _, code in _holes(cluster.words):
            column = self._columns.pop(code)
            if len(column) > 1:
                self._columns[code] = tuple(number for number in column if number != cluster.number)
        if cluster.open:
            self._open[len(cluster.words)].remove(cluster)

    def _evict(self) -> None:
        """Forget a few templates that were not used of late; one that was gets another round."""
        self.changes += 1
        room = self.max_templates - max(1, self.max_templates // 200)
        while len(self._live) > room:
            name, cluster = next(iter(self._live.items()))
            if cluster.used:
                cluster.used = False
                self._live.move_to_end(name)
            else:
                self._unregister(cluster)

    def _new_id(self, shape: Shape) -> str:
        digest = hashlib.blake2b("\x1f".join(shape).encode("utf-8", "replace"), digest_size=6).hexdigest()
        name, again = digest, 1
        while name in self._ids:
            again += 1
            name = f"{digest}-{again}"
        return name


def _number(cluster: Cluster) -> int:
    return cluster.number


def _holes(shape: Shape) -> Iterator[tuple[int, int]]:
    """
    Each place that may become open, with a number for all the other words and their places.

    That is where enough fixed words stand around it. The number is the same in every process.
    """
    fixed = [_LETTERS.search(word) is not None for word in shape]
    count = sum(fixed)
    if count < FIXED_WORDS:
        return
    codes = [zlib.crc32(word.encode("utf-8", "replace")) * _POWERS[i] for i, word in enumerate(shape)]
    total = sum(codes) + len(shape)
    for i, code in enumerate(codes[:MAX_PLACES]):
        if count - fixed[i] >= FIXED_WORDS:
            yield i, (total - code) % _MODULUS * 256 + i


def _wider(shape: Shape, i: int, column: list[Cluster]) -> str | None:
    """
    What place `i` becomes if the shape and a column of templates are one; None if they are not.

    A number seen in place of a word, or the other way round, makes both one, unless the place has held several
    words before: those are states (`NEW`, `RUNNING`), and the number is one more.
    """
    words = [cluster.words[i] for cluster in column]
    if len(column) + 1 >= MANY_WORDS:
        return _common([*words, shape[i]])
    if len(column) > 1:
        return None
    if WILD in words[0] and _fits(words[0], shape[i]):
        return words[0]
    return shape[i] if WILD in shape[i] and _fits(shape[i], words[0]) else None


def _fits(pattern: str, word: str) -> bool:
    """Whether a word is the pattern with something in place of its only `<*>`."""
    before, _, after = pattern.partition(WILD)
    return len(word) > len(before) + len(after) and word.startswith(before) and word.endswith(after)


def _common(words: list[str]) -> str:
    """What words begin and end with, up to a punctuation mark, and `<*>` between."""
    before = re.sub(r"[\w<>*.-]+$", "", _beginning(words))
    after = re.sub(r"[\w<>*.-]+$", "", _beginning([word[::-1] for word in words]))[::-1]
    shortest = min(len(word) for word in words)
    return before + WILD + after if len(before) + len(after) < shortest else WILD


def _beginning(words: list[str]) -> str:
    first, last = min(words), max(words)
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:length]
