"""The ledger of model calls: what each may cost before it is made, what it took, and whether budgets leave room."""

import asyncio
import datetime as dt
import functools
import itertools
import logging
import uuid
import weakref
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import Future
from decimal import Decimal

from innkeeper.blocks.database.budgets import BudgetAlert, budget_use
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.ledger_writer import DRAIN_S, LedgerWriter
from innkeeper.blocks.database.ledger_writes import Closing, Opening
from innkeeper.blocks.database.spending import SpendingBy, spending
from innkeeper.schemas.models import CallOutcome, FinishedCall, NewCall, Spending

__all__ = ["BudgetAlert", "Ledger"]

logger = logging.getLogger("innkeeper.ledger")
RETRY_DELAYS_S = (0.2, 1.0, 3.0, 10.0)  # before a closing that cannot be written is given up and logged


def log_alert(alert: BudgetAlert) -> None:
    """One warning in the log."""
    logger.warning("%s", alert)


class Ledger:
    """
    Opens and closes calls, within the budgets that `innkeeper budgets` sets.

    Before a call its highest price is reserved; the actual cost takes its place at the end. A hard limit is passed only
    when a call costs more than was reserved for it. A call without a known price passes any hard limit but 0, and is
    counted as unpriced. A call whose process was killed stays pending, and its reservation spent.

    Args:
        database: With tables.
        zone: Of the hotel; days and months begin there.
        alert: Called once for each threshold of a soft limit in each period, from the ledger's own thread.
        retry_delays_s: Between attempts to write how a call ended, while the database is away.
        clock: The time, aware.
    """

    def __init__(
        self,
        database: Database,
        zone: dt.tzinfo,
        *,
        alert: Callable[[BudgetAlert], None] = log_alert,
        retry_delays_s: Sequence[float] = RETRY_DELAYS_S,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._database = database
        self._zone = zone
        self._clock = clock
        self._writer = LedgerWriter(database.url, zone, alert, tuple(retry_delays_s))
        self._series = uuid.uuid4().hex[:16]  # once: asking the system for randomness can take as long as writing
        self._numbers = itertools.count()
        self._loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncGenerator[None]]
        self._loops = weakref.WeakKeyDictionary()

    async def open_call(self, call: NewCall) -> str:
        """
        Enter a call that is about to be made, and reserve what it can cost.

        Returns:
            The id for `close_call`.

        Raises:
            BudgetExceeded: A hard limit leaves no room.
            DatabaseUnavailable: The database does not answer.
            NotConfigured: It has no tables.
        """
        await self._watch_loop()
        call_id = f"{self._series}{next(self._numbers):016x}"
        opening = Opening(call_id, self._clock(), call)
        if self._writer.write_now(opening):
            return call_id
        written = self._writer.add(opening)
        try:
            await asyncio.shield(asyncio.wrap_future(written))
        except asyncio.CancelledError:  # nobody will close this call: it is never made
            written.add_done_callback(functools.partial(self._not_made, call_id))
            raise
        return call_id

    def close_call(self, call_id: str, finished: FinishedCall) -> None:
        """
        Enter how a call ended. Returns at once; it is written within milliseconds, or as soon as the database is back.

        A second closing of the same call changes nothing.
        """
        self._writer.add(Closing(call_id, finished))

    async def flush(self) -> None:
        """Wait until everything before is written, or given up."""
        await asyncio.wrap_future(self._writer.flushed())

    async def aclose(self) -> None:
        """Write what waits, and let go of the connection."""
        await self.flush()
        await asyncio.to_thread(self._writer.stop, DRAIN_S)

    async def spending(
        self,
        by: SpendingBy,
        since: dt.date | None = None,
        until: dt.date | None = None,
        flow_run_id: str | None = None,
    ) -> list[Spending]:
        """Sums over the ledger, as `database.spending.spending` gives them; both days count, where the hotel is."""
        await self.flush()
        async with self._database.reading() as session:
            return await spending(session, by, since, until, flow_run_id)

    async def spent_today(self) -> Spending:
        """All of today's calls, where the hotel is; with zeros when there were none."""
        now = self._clock()
        today = now.astimezone(self._zone).date()
        nothing = Spending(
            key=today.isoformat(),
            requests=0,
            input_tokens=0,
            cached_input_tokens=0,
            output_tokens=0,
            cost_usd=Decimal(0),
            unpriced_requests=0,
            first_at=now,
            last_at=now,
        )
        return next(iter(await self.spending("day", today, today)), nothing)

    async def budget_use(self) -> list[tuple[str, float]]:
        """How much of each budget is used, as `database.budgets.budget_use` gives it."""
        async with self._database.reading() as session:
            return await budget_use(session, self._clock(), self._zone)

    def _not_made(self, call_id: str, written: "Future[None]") -> None:
        if written.exception() is None:
            self.close_call(call_id, FinishedCall(outcome=CallOutcome.CANCELLED, cost_usd=Decimal(0), latency_ms=0))

    async def _watch_loop(self) -> None:
        """Have the running loop wait for the writer at its end: loops close their generators after their tasks."""
        loop = asyncio.get_running_loop()
        if loop not in self._loops:
            self._loops[loop] = self._drained()
            await anext(self._loops[loop])

    async def _drained(self) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            await asyncio.wait([asyncio.wrap_future(self._writer.flushed())], timeout=DRAIN_S)
