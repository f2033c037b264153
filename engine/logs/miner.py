"""Log lines into templates, as they come: what is written once in the source code of a program gets one id."""

from typing import Any, Generic, Self, TypeVar

from innkeeper.engine.logs.clusters import Cluster, Clusters
from innkeeper.engine.logs.masking import masked
from innkeeper.engine.logs.shapes import shape_of
from innkeeper.engine.logs.tokens import MAX_TOKENS, WILD, canonical, masked_token
from innkeeper.schemas.errors import InputInvalid

MAX_TEMPLATES = 10_000
MAX_TEMPLATE_CHARS = 500
STATE_VERSION = 1

_REMEMBERED = 20_000
_REMEMBERED_BYTES = 320  # of a line; longer ones are rare, and a few thousand of them would fill the memory
_REMEMBERED_WORDS_CHARS = 1_000  # once masked, long lines are alike, and reading them anew is slow
_REMEMBERED_TOKEN_BYTES = 48

Key = TypeVar("Key")
Value = TypeVar("Value")


class _Memo(Generic[Key, Value]):
    """The answers of late: at least the last `limit / 2`, at most `limit`."""

    __slots__ = ("half", "old", "young")

    def __init__(self, limit: int) -> None:
        self.half = limit // 2
        self.young: dict[Key, Value] = {}
        self.old: dict[Key, Value] = {}

    def get(self, key: Key) -> Value | None:
        found = self.old.get(key)
        if found is not None:
            self.put(key, found)
        return found

    def put(self, key: Key, value: Value) -> None:
        if len(self.young) >= self.half:
            self.old, self.young = self.young, {}
        self.young[key] = value

    def clear(self) -> None:
        self.young, self.old = {}, {}


class TemplateMiner:
    """
    Groups log lines by the template that they were written with.

    One configuration serves all systems. Numbers, ids, addresses, paths and values never reach a template. An id is
    a hash of the shape that a template was first seen in: it is the same in every process and after a restart. When
    templates turn out to be one, the oldest id stays and the others are its aliases: `template` takes any of them.

    Only the first line of a text counts, of it the first 2,000 characters and 128 words.

    Args:
        max_templates: Beyond it, those not seen for longest are forgotten.
    """

    def __init__(self, max_templates: int = MAX_TEMPLATES) -> None:
        if max_templates < 1:
            raise InputInvalid(f"max_templates is {max_templates}: a template miner needs room for 1 at least.")
        self._clusters = Clusters(max_templates)
        self._changes = 0
        self._lines: _Memo[bytes, Cluster] = _Memo(_REMEMBERED)
        self._shapes: _Memo[tuple[str, ...], Cluster] = _Memo(_REMEMBERED)
        self._tokens: _Memo[bytes, str] = _Memo(2 * _REMEMBERED)

    def __len__(self) -> int:
        """Templates known."""
        return len(self._clusters)

    def add(self, line: str) -> str:
        """The id of the line's template, which is learnt where it is new."""
        data = canonical(line)
        cluster = self._lines.young.get(data)
        if cluster is None:
            cluster = self._lines.get(data)
            if cluster is None:
                cluster = self._learnt(data)
        cluster.used = True
        return cluster.id

    def match(self, line: str) -> str | None:
        """The id of the line's template, or None if there is none; nothing is learnt."""
        data = canonical(line)
        found = self._lines.young.get(data) or self._lines.old.get(data)
        if found is None:
            words = [masked_token(each.decode()) for each in data.split(None, MAX_TOKENS)[:MAX_TOKENS]]
            found = self._clusters.find(shape_of(words))
        return found.id if found else None

    def template(self, template_id: str) -> str:
        """
        The text of a template, `<*>` for what varies; at most 500 characters, "" for lines without a word.

        Raises:
            InputInvalid: There is no such template, or it was forgotten.
        """
        cluster = self._clusters.of(template_id)
        if cluster is None:
            raise InputInvalid(
                f"There is no log template {template_id!r}: it was never learnt here, or forgotten since."
            )
        text = masked(" ".join(cluster.words))
        return text if len(text) <= MAX_TEMPLATE_CHARS else text[: MAX_TEMPLATE_CHARS - 1] + "…"

    def state(self) -> dict[str, Any]:
        """What was learnt, as JSON: version, max_templates and templates, the next to be forgotten first."""
        return {
            "version": STATE_VERSION,
            "max_templates": self._clusters.max_templates,
            "templates": [self._clusters.stored_form(cluster) for cluster in self._clusters],
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """
        A miner that goes on where `state` was taken.

        Raises:
            InputInvalid: The state is of another version, or no state at all.
        """
        if state.get("version") != STATE_VERSION:
            raise InputInvalid(
                f"The state of a template miner has version {state.get('version')!r}, not {STATE_VERSION}: start anew."
            )
        try:
            miner = cls(int(state["max_templates"]))
            for stored in state["templates"]:
                miner._clusters.restore(stored)
        except (KeyError, TypeError, ValueError) as error:
            raise InputInvalid(f"The state of a template miner cannot be read: {error!r}. Start anew.") from error
        return miner

    def _learnt(self, data: bytes) -> Cluster:
        tokens = self._tokens.young
        parts = data.split(None, MAX_TOKENS)
        if len(parts) > MAX_TOKENS:
            parts.pop()
        words = tuple([tokens.get(each) or self._masked(each) for each in parts])
        cluster = self._shapes.young.get(words) or self._shapes.get(words)
        if cluster is None:
            cluster = self._clusters.learn(shape_of(words))
            if self._clusters.changes != self._changes:
                self._changes = self._clusters.changes
                self._lines.clear()
                self._shapes.clear()
            if sum(map(len, words)) <= _REMEMBERED_WORDS_CHARS:
                self._shapes.put(words, cluster)
        if len(data) <= _REMEMBERED_BYTES:
            self._lines.put(data, cluster)
        return cluster

    def _masked(self, token: bytes) -> str:
        if b"0" in token and token.translate(None, b"-_").isalnum():
            return WILD  # ids are many, and not worth remembering
        word = self._tokens.get(token)
        if word is None:
            word = masked_token(token.decode())
            if len(token) <= _REMEMBERED_TOKEN_BYTES:
                self._tokens.put(token, word)
        return word
