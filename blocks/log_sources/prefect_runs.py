"""The logs of Prefect's own runs, and the runs that failed or crashed."""

import logging
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import Field, HttpUrl

from innkeeper.blocks.log_sources.base import MAX_LINES, Batch, LogSource, ParseLines, lag_of
from innkeeper.blocks.log_sources.overlap import NS, Overlap
from innkeeper.schemas.errors import ServiceUnavailable
from innkeeper.schemas.logs import LogLevel, LogLine, from_unix

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.objects import FlowRun, Log

SERVICE = "prefect"
_PAGE = 200  # the most that the server gives at once
_MAX_MESSAGE = 4_000


class PrefectRuns(LogSource):
    """
    Reads from the Prefect server that this process talks to.

    Attributes:
        least_level: Of log lines, as Python numbers them: 20 is INFO.
        overlap_s: How late a line may arrive and still be read.
        lookback_s: How far back the first reading begins.

    Example:
        Load the block and read what is new:
        ```python
        from innkeeper.blocks.log_sources.prefect_runs import PrefectRuns
        from innkeeper.engine.logs.parsing import parse_lines

        source = PrefectRuns.load("BLOCK_NAME")
        batch = await source.read(None, parse=parse_lines)
        print(len(batch.lines), batch.problems)
        ```
    """

    _block_type_name = "Hotel Prefect Runs"
    _block_type_slug = "hotel-prefect-runs"
    _documentation_url = HttpUrl("https://docs.prefect.io/v3/how-to-guides/workflows/add-logging")

    name: str = Field(default=SERVICE, min_length=1, max_length=60, pattern=r"^[\w.-]+$", description="Of its place.")
    least_level: int = Field(default=logging.INFO, ge=0, le=50, description="Of log lines, as Python numbers them.")
    overlap_s: float = Field(default=60.0, ge=0, le=3_600, description="Seconds that a line may arrive late.")
    lookback_s: float = Field(
        default=3_600.0, gt=0, description="Seconds before now at which the first reading begins."
    )

    async def read(
        self,
        cursor: Mapping[str, Any] | None,
        *,
        parse: ParseLines | None = None,
        until: float | None = None,
        max_lines: int = MAX_LINES,
    ) -> Batch:
        """The lines after `cursor`, in order of time; see `LogSource.read`. Nothing needs parsing."""
        import httpx
        from prefect import get_client

        now = time.time()
        end_ns = int((now if until is None else until) * NS)
        window = Overlap(cursor, first_ns=end_ns - int(self.lookback_s * NS), overlap_s=self.overlap_s)
        try:
            async with get_client() as client:
                lines, until_ns = await self._logs(client, window, end_ns, max_lines)
                lines += await self._failures(client, window, until_ns)
        except httpx.HTTPError as error:
            raise ServiceUnavailable(f"the Prefect server does not answer ({type(error).__name__})") from None
        lines.sort(key=lambda line: line.at)
        return Batch(lines, window.cursor(until_ns), lag_of(lines, now), until_ns < end_ns)

    async def _logs(
        self, client: "PrefectClient", window: Overlap, end_ns: int, max_lines: int
    ) -> tuple[list[LogLine], int]:
        from prefect.client.schemas.filters import LogFilter, LogFilterLevel, LogFilterTimestamp
        from prefect.client.schemas.sorting import LogSort

        span = LogFilterTimestamp(after_=from_unix(window.start_ns / NS), before_=from_unix(end_ns / NS))
        wanted = LogFilter(level=LogFilterLevel(ge_=self.least_level), timestamp=span)
        lines: list[LogLine] = []
        offset = 0
        while True:
            page = await client.read_logs(wanted, limit=_PAGE, offset=offset, sort=LogSort.TIMESTAMP_ASC)
            lines += [_of_log(each) for each in page if window.is_new(_ns(each.timestamp.timestamp()), str(each.id))]
            if len(page) < _PAGE:
                return lines, end_ns
            if len(lines) >= max_lines:
                return lines, _ns(page[-1].timestamp.timestamp())
            offset += len(page)

    async def _failures(self, client: "PrefectClient", window: Overlap, end_ns: int) -> list[LogLine]:
        from prefect.client.schemas.filters import (
            FlowRunFilter,
            FlowRunFilterEndTime,
            FlowRunFilterState,
            FlowRunFilterStateType,
        )
        from prefect.client.schemas.objects import StateType

        failed = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.FAILED, StateType.CRASHED]))
        span = FlowRunFilterEndTime(after_=from_unix(window.start_ns / NS), before_=from_unix(end_ns / NS))
        runs: list[FlowRun] = []
        while True:
            page = await client.read_flow_runs(
                flow_run_filter=FlowRunFilter(state=failed, end_time=span), limit=_PAGE, offset=len(runs)
            )
            runs += page
            if len(page) < _PAGE:
                break
        new = [each for each in runs if each.end_time and window.is_new(_ns(each.end_time.timestamp()), _end_of(each))]
        names = await _flow_names(client, {each.flow_id for each in new})
        return [_of_run(each, names.get(each.flow_id)) for each in new]


async def _flow_names(client: "PrefectClient", ids: set[UUID]) -> dict[UUID, str]:
    from prefect.client.schemas.filters import FlowFilter, FlowFilterId

    wanted: Sequence[UUID] = sorted(ids)
    names: dict[UUID, str] = {}
    for start in range(0, len(wanted), _PAGE):
        some = FlowFilter(id=FlowFilterId(any_=list(wanted[start : start + _PAGE])))
        names |= {each.id: each.name for each in await client.read_flows(flow_filter=some, limit=_PAGE)}
    return names


def _of_log(log: "Log") -> LogLine:
    run = log.flow_run_id
    return LogLine(
        log.timestamp.timestamp(),
        SERVICE,
        _level(log.level),
        log.message[:_MAX_MESSAGE],
        trace_id=None if run is None else str(run),
        component=log.name,
    )


def _of_run(run: "FlowRun", flow: str | None) -> LogLine:
    state = run.state
    is_crash = state is not None and state.is_crashed()
    said = (state.message or "") if state is not None else ""
    word = "crashed" if is_crash else "failed"
    return LogLine(
        run.end_time.timestamp() if run.end_time else time.time(),
        SERVICE,
        LogLevel.CRITICAL if is_crash else LogLevel.ERROR,
        f"flow run {word}: {said}"[:_MAX_MESSAGE] if said else f"flow run {word}",
        trace_id=str(run.id),
        component=flow,
        fields={"flow_run": run.name, **({"deployment_id": str(run.deployment_id)} if run.deployment_id else {})},
    )


def _end_of(run: "FlowRun") -> str:
    return f"{run.id} {run.end_time}"


def _ns(seconds: float) -> int:
    return int(seconds * NS)


def _level(number: int) -> LogLevel:
    """Of a Python level: 10 debug … 50 critical."""
    levels = (LogLevel.DEBUG, LogLevel.DEBUG, LogLevel.INFO, LogLevel.WARNING, LogLevel.ERROR, LogLevel.CRITICAL)
    return levels[min(max(number, 0) // 10, 5)]
