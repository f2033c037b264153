"""What a finished message states, kept to be compared with the same message after somebody has changed it."""

import re
from collections.abc import Iterable

from innkeeper.engine.fact_guard import Evidence, unsupported


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
        self._evidence = Evidence(currency=currency)
        self._evidence.add_text(body)

    def problems(self, changed: str) -> list[str]:
        """
        What `changed` states otherwise; empty when it states the same.

        Returns:
            One sentence for each problem; none repeats a value.
        """
        lost = sum(_count(value, changed) != count for value, count in self._counts.items())
        problems = [f"{lost} value(s) are not there exactly as often as in the template"] if lost else []
        added = sorted({mention.kind for mention in unsupported(changed, self._evidence)})
        return problems + [f"a {kind} is stated that the inputs do not have" for kind in added]


def _count(value: str, text: str) -> int:
    """How often `value` stands in `text`, not as a part of a longer word or number."""
    if value not in text:
        return 0
    before = r"(?<![\w])(?<!\d[.,:/-])" if value[0].isalnum() else ""
    after = r"(?![\w])(?![.,:/-]\d)" if value[-1].isalnum() else ""
    return len(re.findall(f"{before}{re.escape(value)}{after}", text))
