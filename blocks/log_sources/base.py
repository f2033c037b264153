"""What all sources of log lines have in common."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from prefect.blocks.core import Block
from pydantic import Field

from innkeeper.schemas.logs import LogLine

MAX_LINES = 200_000
Cursor = dict[str, Any]  # JSON; only the source that wrote it reads it


class ParseLines(Protocol):
    """What makes log lines of raw ones: `innkeeper.engine.logs.parsing.parse_lines`."""

    def __call__(
        self, raw: Iterable[bytes], *, service: str, zone: str, now: float, last_at: float | None = None
    ) -> Iterator[LogLine]:
        """See there."""


@dataclass(frozen=True, slots=True)
class Batch:
    """
    What one reading gave.

    Attributes:
        lines: In the source's order.
        cursor: JSON; where the next reading begins. Stored in one transaction with what was made of the lines, each of
            them counts once.
        lag_s: Seconds between the newest line and the reading; None when nothing was read.
        more: Whether there is more to read now.
        problems: What could not be read, for an operator; no text of a log line.
    """

    lines: list[LogLine]
    cursor: Cursor
    lag_s: float | None = None
    more: bool = False
    problems: list[str] = field(default_factory=list)


class LogSource(Block, ABC):
    """
    Reads log lines from one place, and changes nothing there.

    Attributes:
        name: Under which a sweep keeps its place: a new name begins anew.
    """

    name: str = Field(
        min_length=1,
        max_length=60,
        pattern=r"^[\w.-]+$",
        description="Under which the sweep keeps its place; a new name begins anew.",
    )

    @abstractmethod
    async def read(
        self,
        cursor: Mapping[str, Any] | None,
        *,
        parse: ParseLines,
        until: float | None = None,
        max_lines: int = MAX_LINES,
    ) -> Batch:
        """
        The lines after `cursor`.

        Reading again from the same cursor gives the same lines, and newer ones where there are any.

        Args:
            cursor: Of the batch before; None at first.
            parse: Makes log lines of raw ones.
            until: Unix seconds; no later lines, where the source keeps them by time. Now, when absent.
            max_lines: Of one batch; a stack trace is never cut in two, so there may be a few more.

        Raises:
            ServiceUnavailable: The source does not answer; try again later.
            NotConfigured: An operator must set something.
            OutputInvalid: The source answered in another shape.
        """


def lag_of(lines: Iterable[LogLine], now: float) -> float | None:
    """Seconds between the newest line and `now`, at least 0."""
    newest = max((line.at for line in lines), default=None)
    return None if newest is None else max(0.0, now - newest)
