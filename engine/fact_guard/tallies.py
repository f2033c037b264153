"""Numbers that follow from a tool's result: how many things it lists, and how many of them in each state."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def tallies(data: Any) -> Iterator[int]:
    """Lengths of the lists in `data`, counts per value of their fields, sums of its counted groups."""
    if isinstance(data, Mapping):
        numbers = [value for value in data.values() if isinstance(value, int) and not isinstance(value, bool)]
        if len(numbers) == len(data) > 1:  # {"suite": 2, "deluxe": 5}
            yield sum(numbers)
            yield sum(1 for number in numbers if number)
        for value in data.values():
            yield from tallies(value)
    elif isinstance(data, Sequence) and not isinstance(data, str | bytes):
        if data:
            yield len(data)
        rows = [row for row in data if isinstance(row, Mapping)]
        fields = Counter(
            (key, value) for row in rows for key, value in row.items() if isinstance(value, str | bool | int)
        )
        yield from set(fields.values())
        for row in data:
            yield from tallies(row)
