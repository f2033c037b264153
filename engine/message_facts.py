"""What a finished message states, kept to be compared with the same message after somebody has changed it."""

import re
from collections.abc import Iterable
from functools import cached_property

from innkeeper.engine.commitments import commitment_counts
from innkeeper.engine.fact_guard import Evidence, facts_of, unsupported

# "We will be glad" and "today" are no promises in themselves; a model may not add them, a colleague may.
PROMISES = frozenset({"free", "refund", "discount", "upgrade", "compensation", "ready", "guarantee", "gift", "offer",
                      "assurance", "money"})  # fmt: skip


class MessageFacts:
    """
    The facts of a message that a template made.

    Args:
        body: The message as the template made it: nothing in it is in doubt.
        values: Texts of its locked values, each exactly as it is written in `body`.
        currency: ISO 4217, of amounts that stand alone.
    """

    def __init__(self, body: str, values: Iterable[str], *, currency: str = "VND") -> None:
        self._counts = {value: _count(value, body) for value in dict.fromkeys(values) if value}
        self._body, self._currency = body, currency
        self._lines = frozenset(body.splitlines())

    def problems(self, changed: str) -> list[str]:
        """
        What `changed` states otherwise; empty when it states the same.

        Returns:
            One sentence for each problem; none repeats a value.
        """
        lost = sum(_count(value, changed) != count for value, count in self._counts.items())
        problems = [f"{lost} value(s) are not there exactly as often as in the template"] if lost else []
        new = "\n".join(line for line in changed.splitlines() if line not in self._lines)
        if not new.strip():
            return problems
        added = sorted(self._added(new))
        problems += [f"a {kind} is stated that the inputs do not have" for kind in added]
        promised = commitment_counts(new) - commitment_counts("\n".join(self._lines - set(changed.splitlines())))
        return problems + [f"a promise is added ({name})" for name in sorted(promised) if name in PROMISES]

    def _added(self, new: str) -> set[str]:
        """Kinds of facts in `new` that the message does not have; what it has letter by letter is not looked up."""
        if all(mention.kind == "promise" or _count(mention.text, self._body) for mention in facts_of(new)):
            return set()
        return {str(mention.kind) for mention in unsupported(new, self._evidence)} - {"promise"}

    @cached_property
    def _evidence(self) -> Evidence:
        evidence = Evidence(currency=self._currency)
        evidence.add_text(self._body)
        return evidence


def _count(value: str, text: str) -> int:
    """How often `value` stands in `text`, not as a part of a longer word or number."""
    if value not in text:
        return 0
    before = r"(?<![\w])(?<!\d[.,:/-])" if value[0].isalnum() else ""
    after = r"(?![\w])(?![.,:/-]\d)" if value[-1].isalnum() else ""
    return len(re.findall(f"{before}{re.escape(value)}{after}", text))
