"""
The thread that writes the ledger, for all callers: what waits while a transaction runs goes into the next one.

It belongs to no event loop: a loop that ends cannot cut a transaction off, and flows in other loops share it.
"""

import atexit
import datetime as dt
import functools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from innkeeper.blocks.database.budgets import BudgetAlert
from innkeeper.blocks.database.ledger_store import Store, open_quick_store, open_store
from innkeeper.blocks.database.ledger_writes import Closing, Opening, Written, write_calls
from innkeeper.schemas.errors import BudgetExceeded, DatabaseUnavailable

logger = logging.getLogger("innkeeper.ledger")
DRAIN_S = 10.0  # how long the end of a loop or of the process waits for what is not written yet
# A transaction costs about as much processor time for one entry as for ten, so entries wait for each other: a closing
# for which nobody waits, and an opening when so many calls are under way that none will notice.
CLOSING_WAIT_S = 0.05
_OPENING_WAIT_S, _MANY_CALLS = 0.02, 50
FEW_CALLS = 8  # while fewer are under way, an opening is written where it is asked for
_AT_ONCE_S = 1.0  # a connection that has gone stale fails faster than this


@dataclass(eq=False, slots=True)
class _Entry:
    """An opening or a closing on its way into the database."""

    what: Opening | Closing
    number: int = 0
    tried: bool = False
    retries: int = 0
    due: float = 0.0  # on the monotonic clock
    done: "Future[None]" = field(default_factory=Future)


class LedgerWriter:
    """
    The thread, and what waits for it. The thread starts with the first entry.

    Args:
        url: Of the database, as `Database.url`.
        zone: Of the hotel.
        alert: Called in the thread, once for each threshold of a soft limit in each period.
        retry_delays_s: Between attempts to write how a call ended, while the database is away.
    """

    def __init__(
        self, url: str, zone: dt.tzinfo, alert: Callable[[BudgetAlert], None], retry_delays_s: tuple[float, ...]
    ) -> None:
        self._url = url
        self._zone = zone
        self._alert = alert
        self._retry_delays_s = retry_delays_s
        self._changed = threading.Condition()
        self._waiting: list[_Entry] = []
        self._unwritten: dict[int, _Entry] = {}  # in the order of their numbers
        self._flushes: list[tuple[int, Future[None]]] = []
        self._count = 0
        self._under_way = 0
        self._is_writing = False
        self._quick = open_quick_store(url)
        self._thread: threading.Thread | None = None

    def add(self, what: Opening | Closing) -> "Future[None]":
        """Take an entry; the future is done when it is written, refused or given up."""
        entry = _Entry(what, due=time.monotonic())
        with self._changed:
            self._count += 1
            if isinstance(what, Opening):
                self._under_way += 1
                entry.due += _OPENING_WAIT_S if self._under_way > _MANY_CALLS else 0
            else:
                self._under_way -= 1
                entry.due += CLOSING_WAIT_S
            entry.number = self._count
            self._unwritten[entry.number] = entry
            self._waiting.append(entry)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="innkeeper-ledger", daemon=True)
                self._thread.start()
                atexit.register(self.stop, DRAIN_S)  # a daemon thread would be cut off
            if isinstance(what, Opening) or len(self._waiting) == 1:  # else the thread wakes up soon enough
                self._changed.notify()
        return entry.done

    def write_now(self, what: Opening) -> bool:
        """
        Write an opening in the caller's thread, with the closings that wait, where that is quicker than waking another.

        That is so on SQLite, while few calls are under way and nobody holds the lock: a transaction takes some 0.3 ms.

        Returns:
            Whether it was written; if not, `add` it.

        Raises:
            BudgetExceeded: A hard limit leaves no room.
        """
        with self._changed:
            if self._quick is None or self._is_writing or self._under_way >= FEW_CALLS:
                return False
            taken = [entry for entry in self._waiting if not entry.retries and isinstance(entry.what, Closing)]
            if len(taken) < len(self._waiting):
                return False
            self._is_writing, self._waiting = True, []
            self._under_way += 1
        entry = _Entry(what)
        try:
            written = self._attempt(self._quick, [*taken, entry])
        except Exception:  # the thread waits for locks, and tells what is wrong
            with self._changed:
                self._under_way -= 1
                self._waiting = [*taken, *self._waiting]
            return False
        finally:
            with self._changed:
                self._is_writing = False
                self._changed.notify()
        self._settle(taken, written)
        self._tell_flushes()
        if reason := written.refused.get(what.id):
            raise BudgetExceeded(reason)
        return True

    def flushed(self) -> "Future[None]":
        """A future that is done when all entries so far are."""
        future: Future[None] = Future()
        with self._changed:
            if self._unwritten:
                self._flushes.append((self._count, future))
                self._changed.notify()
            else:
                future.set_result(None)
        return future

    def stop(self, timeout_s: float) -> None:
        """Write what waits, and end the thread; a later entry starts another."""
        with self._changed:
            thread, self._thread = self._thread, None
            self._changed.notify_all()
        atexit.unregister(self.stop)
        if self._quick is not None:
            self._quick.close()
        if thread is not None:
            thread.join(timeout_s)

    def _work(self) -> None:
        store = open_store(self._url)
        while entries := self._next():
            self._write(store, entries)
            with self._changed:
                self._is_writing = False
            self._tell_flushes()
        store.close()

    def _next(self) -> list[_Entry]:
        """What waits, as soon as something is due; nothing at the end."""
        with self._changed:
            while True:
                now = time.monotonic()
                is_ending = self._thread is not threading.current_thread()
                later = [entry for entry in self._waiting if entry.retries and entry.due > now]
                ready = [entry for entry in self._waiting if entry not in later]
                is_due = is_ending or self._flushes or any(entry.due <= now for entry in ready)
                if ready and is_due and not self._is_writing:
                    self._waiting, self._is_writing = later, True
                    return ready
                if is_ending and not self._waiting:
                    return []
                first = min((entry.due for entry in self._waiting), default=None)
                # while a caller writes it wakes this thread at its end
                self._changed.wait(None if first is None or self._is_writing else max(first - now, 0))

    def _write(self, store: Store, entries: list[_Entry]) -> None:
        try:
            self._settle(entries, self._attempt(store, entries))
        except Exception as error:  # whatever it is, nobody may wait for ever
            if len(entries) == 1 or isinstance(error, DatabaseUnavailable):
                for entry in entries:
                    self._failed(entry, error)
            else:  # one entry may be at fault: it must not take the others with it
                for entry in entries:
                    self._write(store, [entry])

    def _attempt(self, store: Store, entries: list[_Entry]) -> Written:
        openings = [entry.what for entry in entries if isinstance(entry.what, Opening)]
        closings = [entry.what for entry in entries if isinstance(entry.what, Closing)]
        retried = any(entry.tried for entry in entries)
        for entry in entries:
            entry.tried = True
        write = functools.partial(write_calls, zone=self._zone, openings=openings, closings=closings)
        started = time.monotonic()
        try:
            return store.write(functools.partial(write, retried=retried))
        except DatabaseUnavailable:
            if retried or time.monotonic() - started > _AT_ONCE_S:
                raise
            return store.write(functools.partial(write, retried=True))  # on a new connection

    def _settle(self, entries: list[_Entry], written: Written) -> None:
        for alert in written.alerts:
            try:
                self._alert(alert)
            except Exception:  # whatever is done with a warning, the ledger goes on
                logger.exception("a budget alert could not be given: %s", alert)
        with self._changed:
            self._under_way -= len(written.refused)
        for entry in entries:
            reason = written.refused.get(entry.what.id)
            self._finish(entry, None if reason is None else BudgetExceeded(reason))

    def _failed(self, entry: _Entry, error: Exception) -> None:
        """Try a closing again later; whoever waits for an opening decides for himself."""
        if isinstance(entry.what, Opening):
            with self._changed:
                self._under_way -= 1
            self._finish(entry, error)
        elif entry.retries < len(self._retry_delays_s):
            with self._changed:
                entry.due = time.monotonic() + self._retry_delays_s[entry.retries]
                entry.retries += 1
                self._waiting.append(entry)
        else:
            name = type(error).__name__
            logger.error("the end of model call %s could not be written, it stays pending: %s", entry.what.id, name)
            self._finish(entry, None)

    def _finish(self, entry: _Entry, error: Exception | None) -> None:
        with self._changed:
            del self._unwritten[entry.number]
        _resolve(entry.done, error)

    def _tell_flushes(self) -> None:
        with self._changed:
            oldest = next(iter(self._unwritten), self._count + 1)
            done = [future for number, future in self._flushes if number < oldest]
            self._flushes = [(number, future) for number, future in self._flushes if number >= oldest]
        for future in done:
            _resolve(future)


def _resolve(future: "Future[None]", error: Exception | None = None) -> None:
    if not future.set_running_or_notify_cancel():
        return  # nobody waits any more
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
