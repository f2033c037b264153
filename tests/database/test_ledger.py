"""The ledger: nothing is lost, nothing counts twice, and many calls share a transaction."""

import asyncio
import datetime as dt
import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from innkeeper.blocks.database import ledger_writer, ledger_writes
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.ledger_writer import FEW_CALLS
from innkeeper.blocks.database.models import ModelCall
from innkeeper.blocks.ledger import Ledger
from innkeeper.schemas.errors import DatabaseUnavailable, NotConfigured
from innkeeper.schemas.models import CallOutcome, Capability, FinishedCall, NewCall, Spender, TokenUsage

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = dt.datetime(2026, 3, 10, 5, tzinfo=dt.UTC)  # 12:00 in Hanoi


def new_call(reserved: str | None = "0.01", model: str = "gpt-4o", **spender: Any) -> NewCall:
    return NewCall(
        spender=Spender(**spender),
        capability=Capability.ASSISTANT,
        provider="openai",
        model=model,
        reserved_usd=None if reserved is None else Decimal(reserved),
    )


def finished(cost: str | None = "0.002", outcome: CallOutcome = CallOutcome.ANSWERED) -> FinishedCall:
    return FinishedCall(
        outcome=outcome,
        usage=TokenUsage(input_tokens=100, cached_input_tokens=40, output_tokens=7),
        cost_usd=None if cost is None else Decimal(cost),
        latency_ms=12.5,
    )


@pytest.fixture
async def ledger(database: Database) -> AsyncIterator[Ledger]:
    ledger = Ledger(database, HANOI)
    yield ledger
    await ledger.aclose()


async def calls(database: Database) -> list[ModelCall]:
    async with database.reading() as session:
        return list(await session.scalars(select(ModelCall).order_by(ModelCall.at, ModelCall.id)))


async def test_a_call_is_pending_until_it_is_closed(database: Database, ledger: Ledger) -> None:
    call_id = await ledger.open_call(new_call("0.0123456789", flow="answer_question", flow_run_id="f1"))
    [row] = await calls(database)
    assert (row.id, row.outcome, row.reserved_usd, row.cost_usd) == (call_id, "pending", Decimal("0.012345679"), None)
    ledger.close_call(call_id, finished("0.0000000015"))
    await ledger.flush()
    [row] = await calls(database)
    assert (row.outcome, row.cost_usd, row.input_tokens) == ("answered", Decimal("0.000000002"), 100)
    assert (row.latency_ms, row.first_token_ms, row.flow_run_id) == (12.5, None, "f1")


async def test_only_the_first_closing_of_a_call_counts(database: Database, ledger: Ledger) -> None:
    call_id = await ledger.open_call(new_call())
    for cost in ("0.002", "0.9"):
        ledger.close_call(call_id, finished(cost))
    await ledger.flush()
    ledger.close_call(call_id, finished("0.8"))
    ledger.close_call("no such call", finished())
    await ledger.flush()
    assert [row.cost_usd for row in await calls(database)] == [Decimal("0.002")]


async def test_many_calls_share_few_transactions(
    database: Database, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []

    def counted(*arguments: Any, **named: Any) -> Any:
        sizes.append(len(named["openings"]) + len(named["closings"]))
        return write(*arguments, **named)

    write = ledger_writes.write_calls
    monkeypatch.setattr(ledger_writer, "write_calls", counted)
    ids = await asyncio.gather(*(ledger.open_call(new_call()) for _ in range(200)))
    for call_id in ids:
        ledger.close_call(call_id, finished())
    await ledger.flush()
    assert sum(sizes) == 400
    assert len(sizes) < 40
    assert {row.outcome for row in await calls(database)} == {"answered"}


async def test_ledgers_in_several_event_loops_write_together(database: Database, ledger: Ledger) -> None:
    async def use() -> None:
        ledger.close_call(await ledger.open_call(new_call()), finished())

    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda _: asyncio.run(use()), range(4)))
    assert [row.outcome for row in await calls(database)] == ["answered"] * 4  # each loop waited at its end


async def test_a_loop_that_is_interrupted_writes_how_its_calls_ended(database: Database, ledger: Ledger) -> None:
    opened = [asyncio.Event() for _ in range(5)]

    async def one(is_open: asyncio.Event) -> None:
        call_id = await ledger.open_call(new_call())
        is_open.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ledger.close_call(call_id, finished(outcome=CallOutcome.CANCELLED))
            raise

    async def interrupted() -> None:
        tasks = [asyncio.create_task(one(each)) for each in opened]
        await asyncio.gather(*(each.wait() for each in opened))
        assert not any(task.done() for task in tasks)  # the loop ends here, with five calls under way

    await asyncio.to_thread(asyncio.run, interrupted())
    assert [row.outcome for row in await calls(database)] == ["cancelled"] * 5


async def test_an_opening_that_nobody_waits_for_is_closed_as_cancelled(database: Database, ledger: Ledger) -> None:
    for _ in range(FEW_CALLS):  # from now on openings go through the ledger's thread
        await ledger.open_call(new_call())
    opening = asyncio.create_task(ledger.open_call(new_call()))
    await asyncio.sleep(0)  # it has begun
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    async with asyncio.timeout(20):
        while "cancelled" not in (outcomes := [row.outcome for row in await calls(database)]):
            await ledger.flush()
    assert sorted(outcomes) == ["cancelled", *["pending"] * FEW_CALLS]


PROCESS = """
import asyncio, os, sys
from decimal import Decimal
from zoneinfo import ZoneInfo
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.ledger import Ledger
from innkeeper.schemas.models import FinishedCall, NewCall

async def main():
    ledger = Ledger(Database(sys.argv[1]), ZoneInfo("Asia/Ho_Chi_Minh"))
    call = NewCall(capability="routing", provider="openai", model="m", reserved_usd=Decimal("0.01"))
    calls = [await ledger.open_call(call) for _ in range(3)]
    if sys.argv[2] == "killed":
        os.kill(os.getpid(), 9)
    for call_id in calls:
        ledger.close_call(call_id, FinishedCall(outcome="answered", cost_usd=Decimal("0.001"), latency_ms=1))
    sys.argv[2] == "closed without waiting" or sys.exit(3)

loop = asyncio.new_event_loop()  # as a framework may: it runs, and is never closed
loop.run_until_complete(main())
"""


@pytest.mark.parametrize(
    ("ending", "code", "outcome"),
    [("closed without waiting", 0, "answered"), ("exit", 3, "answered"), ("killed", -9, "pending")],
)
async def test_a_process_that_ends_has_written_what_it_knew(
    database: Database, ledger: Ledger, ending: str, code: int, outcome: str
) -> None:
    command = [sys.executable, "-c", PROCESS, database.url.replace("+aiosqlite", "").replace("+asyncpg", ""), ending]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True)
    assert done.returncode == code, done.stderr.decode()
    assert [row.outcome for row in await calls(database)] == [outcome] * 3
    spent = await ledger.spent_today()
    assert spent.cost_usd == (Decimal("0.03") if outcome == "pending" else Decimal("0.003"))


async def test_a_connection_that_was_cut_is_replaced_without_an_error(database: Database, ledger: Ledger) -> None:
    await only_postgresql(database)
    call_id = await ledger.open_call(new_call())
    async with database.writing() as session:
        await session.execute(text(OTHERS))
    assert call_id != await ledger.open_call(new_call())
    assert len(await calls(database)) == 2


OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


async def only_postgresql(database: Database) -> None:
    if "postgresql" not in database.url:
        pytest.skip("SQLite has no server to go away")


async def test_a_closing_waits_for_a_database_that_comes_back(database: Database) -> None:
    await only_postgresql(database)
    ledger = Ledger(database, HANOI, retry_delays_s=[0.01] * 500)
    call_id = await ledger.open_call(new_call())
    name = database.url.partition("?")[0].rpartition("/")[2]
    server = database.url.replace(f"/{name}", "/postgres")
    async with Database(server) as other:
        async with other.writing() as session:
            await session.execute(
                text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
            )
            await session.execute(text(f"ALTER DATABASE {name} RENAME TO {name}_away"))
        ledger.close_call(call_id, finished())
        with pytest.raises((DatabaseUnavailable, NotConfigured)):
            await ledger.open_call(new_call())
        async with other.writing() as session:
            await session.execute(text(f"ALTER DATABASE {name}_away RENAME TO {name}"))
    await ledger.aclose()
    assert [row.outcome for row in await calls(database)] == ["answered"]


async def test_a_closing_that_can_never_be_written_is_logged_with_its_id(caplog: pytest.LogCaptureFixture) -> None:
    async with Database("postgresql://nobody:secret@127.0.0.1:1/none") as away:
        ledger = Ledger(away, HANOI, retry_delays_s=[0.001, 0.001])
        with pytest.raises(DatabaseUnavailable):
            await ledger.open_call(new_call())
        with caplog.at_level(logging.ERROR, "innkeeper.ledger"):
            ledger.close_call("call-1", finished())
            await ledger.aclose()
    assert "call-1" in caplog.text
    assert "secret" not in caplog.text


async def test_a_database_without_tables_says_what_to_do(url: str) -> None:
    async with Database(url) as empty:
        ledger = Ledger(empty, HANOI)
        with pytest.raises(NotConfigured, match="no tables"):
            await ledger.open_call(new_call())
        await ledger.aclose()


async def test_one_call_that_cannot_be_written_does_not_harm_the_others(database: Database, ledger: Ledger) -> None:
    good = [new_call() for _ in range(5)]
    bad = NewCall.model_construct(
        spender=Spender(),
        capability=Capability.LOGS,
        provider="x",
        model="m",
        prompt_fingerprint=None,
        reserved_usd=Decimal("1e15"),  # more than the column holds
    )
    results = await asyncio.gather(*(ledger.open_call(each) for each in [*good, bad]), return_exceptions=True)
    assert [isinstance(each, str) for each in results] == [True] * 5 + [False]
    assert len(await calls(database)) == 5


async def test_whoever_stops_waiting_for_a_flush_does_not_stop_the_writer(database: Database, ledger: Ledger) -> None:
    for _ in range(20):
        ledger.close_call(await ledger.open_call(new_call()), finished())
        waiting = asyncio.create_task(ledger.flush())
        await asyncio.sleep(0)
        waiting.cancel()
    await ledger.flush()
    assert [row.outcome for row in await calls(database)] == ["answered"] * 20


async def test_a_ledger_may_be_used_after_it_was_closed(database: Database, ledger: Ledger) -> None:
    for _ in range(3):
        await ledger.open_call(new_call())
        await ledger.aclose()
    assert len(await calls(database)) == 3


@pytest.mark.parametrize(
    ("by", "sums"),
    [
        ("day", [("2026-03-10", "0.0032", 3), ("2026-03-11", "0.05", 1)]),
        ("flow", [("-", "0.05", 1), ("answer", "0.0032", 3)]),
        ("model", [("openai/gpt-4o", "0.053", 2), ("openai/gpt-4o-mini", "0.0002", 1), ("openai/own", "0", 1)]),
        ("principal", [("cli:root", "0.05", 1), ("key:1", "0.0032", 3)]),
        ("capability", [("assistant", "0.0532", 4)]),
    ],
)
async def test_spending_is_summed_by_day_flow_model_and_principal(
    database: Database, by: Any, sums: list[tuple[str, str, int]]
) -> None:
    ledger = await with_four_calls(database)
    found = await ledger.spending(by)
    await ledger.aclose()
    assert [(row.key, row.cost_usd, row.requests) for row in found] == [(k, Decimal(c), n) for k, c, n in sums]
    assert sum(row.unpriced_requests for row in found) == 1
    assert sum(row.cached_input_tokens for row in found) == 120


async def with_four_calls(database: Database) -> Ledger:
    """Three closed calls at noon in Hanoi, one without a price, and one that is pending after midnight there."""
    times = iter([NOON, NOON, NOON, NOON + dt.timedelta(hours=12), *[NOON] * 9])
    ledger = Ledger(database, HANOI, clock=lambda: next(times))
    for model, cost in (("gpt-4o", "0.003"), ("gpt-4o-mini", "0.0002"), ("own", None)):
        call = new_call("0.01" if cost else None, model, flow="answer", principal="key:1", flow_run_id="run")
        ledger.close_call(await ledger.open_call(call), finished(cost))
    await ledger.open_call(new_call("0.05", principal="cli:root"))
    await ledger.flush()
    return ledger


async def test_spending_is_limited_to_days_and_to_a_flow_run(database: Database) -> None:
    ledger = await with_four_calls(database)
    tenth, eleventh = dt.date(2026, 3, 10), dt.date(2026, 3, 11)
    assert [row.requests for row in await ledger.spending("model", until=tenth)] == [1, 1, 1]
    assert [row.requests for row in await ledger.spending("model", since=eleventh, until=eleventh)] == [1]
    assert [row.requests for row in await ledger.spending("capability", flow_run_id="run")] == [3]
    today = await ledger.spent_today()
    assert (today.key, today.requests, today.cost_usd) == ("2026-03-10", 3, Decimal("0.0032"))
    await ledger.aclose()


async def test_a_day_without_calls_has_spent_nothing(ledger: Ledger) -> None:
    today = await ledger.spent_today()
    assert (today.requests, today.unpriced_requests, str(today.cost_usd)) == (0, 0, "0")
