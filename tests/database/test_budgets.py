"""Budgets: the hard limit holds across processes, soft limits warn once, periods begin where the hotel is."""

import asyncio
import datetime as dt
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from innkeeper.blocks.database.budgets import list_budgets, period_of, remove_budget, set_budget
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.ledger_store import open_store
from innkeeper.blocks.database.ledger_writes import Closing, Opening, write_calls
from innkeeper.blocks.database.models import AuditEntry, Base, BudgetSpending, ModelCall
from innkeeper.blocks.ledger import BudgetAlert, Ledger
from innkeeper.schemas.errors import BudgetExceeded, InputInvalid
from innkeeper.schemas.models import (
    Budget,
    BudgetScope,
    CallOutcome,
    Capability,
    FinishedCall,
    NewCall,
    Period,
    Spender,
)

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = dt.datetime(2026, 3, 10, 5, tzinfo=dt.UTC)  # 12:00 in Hanoi
DAY = dt.timedelta(days=1)
Make = Callable[..., Ledger]


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def alerts() -> list[BudgetAlert]:
    return []


@pytest.fixture
async def make(database: Database, clock: Clock, alerts: list[BudgetAlert]) -> AsyncIterator[Make]:
    made: list[Ledger] = []

    def ledger(zone: dt.tzinfo = HANOI) -> Ledger:
        made.append(Ledger(database, zone, alert=alerts.append, clock=clock))
        return made[-1]

    yield ledger
    for each in made:
        await each.aclose()


async def limit(database: Database, **fields: Any) -> None:
    async with database.writing() as session:
        await set_budget(session, Budget(**fields))


def call(reserved: str | None, **spender: Any) -> NewCall:
    amount = None if reserved is None else Decimal(reserved)
    return NewCall(
        spender=Spender(**spender), capability=Capability.ROUTING, provider="openai", model="m", reserved_usd=amount
    )


def ended(cost: str | None) -> FinishedCall:
    amount = None if cost is None else Decimal(cost)
    return FinishedCall(outcome=CallOutcome.ANSWERED, cost_usd=amount, latency_ms=1)


async def spend(ledger: Ledger, cost: str, **spender: Any) -> None:
    ledger.close_call(await ledger.open_call(call(cost, **spender)), ended(cost))
    await ledger.flush()


async def granted(ledger: Ledger, reserved: str | None, **spender: Any) -> bool:
    try:
        await ledger.open_call(call(reserved, **spender))
    except BudgetExceeded:
        return False
    return True


async def test_a_refusal_says_which_budget_what_was_spent_and_when_it_starts_anew(
    database: Database, make: Make
) -> None:
    await limit(database, scope="flow", name="answer", hard_usd=Decimal("0.10"))
    ledger = make()
    await spend(ledger, "0.06", flow="answer")
    await ledger.open_call(call("0.03", flow="answer"))
    with pytest.raises(BudgetExceeded) as caught:
        await ledger.open_call(call("0.02", flow="answer"))
    for part in (
        "daily budget of flow 'answer'",
        "$0.06 spent",
        "$0.03 set aside",
        "limit $0.10",
        "2026-03-11 at 00:00",
    ):
        assert part in str(caught.value)
    assert await granted(ledger, "0.01", flow="answer")  # to the limit, not beyond
    assert await granted(ledger, "9", flow="other")


async def test_closing_a_call_gives_back_what_it_did_not_need(database: Database, make: Make) -> None:
    await limit(database, hard_usd=Decimal(1))
    ledger = make()
    call_id = await ledger.open_call(call("0.9"))
    assert not await granted(ledger, "0.2")
    ledger.close_call(call_id, ended("0.1"))
    assert await granted(ledger, "0.9")
    assert not await granted(ledger, "0.000000001")


async def test_calls_without_a_price_pass_any_limit_but_zero(database: Database, make: Make) -> None:
    ledger = make()
    await limit(database, hard_usd=Decimal("0.01"))
    await spend(ledger, "0.01")
    assert await granted(ledger, None)
    assert await granted(ledger, "0")  # a local model that costs nothing
    await limit(database, hard_usd=Decimal(0))
    assert [await granted(ledger, reserved) for reserved in (None, "0", "0.1")] == [False] * 3


@pytest.mark.parametrize(
    ("scope", "field"), [("flow", "flow"), ("principal", "principal"), ("property", "property_id")]
)
async def test_a_star_limits_each_one_separately(database: Database, make: Make, scope: str, field: str) -> None:
    await limit(database, scope=scope, name="*", hard_usd=Decimal(1))
    ledger = make()
    assert await granted(ledger, "0.8", **{field: "a"})
    assert not await granted(ledger, "0.8", **{field: "a"})
    assert await granted(ledger, "0.8", **{field: "b"})
    if field != "principal":
        assert await granted(ledger, "5")  # no flow, no property: nobody's


async def test_a_refused_call_takes_nothing_from_the_budgets_that_had_room(database: Database, make: Make) -> None:
    await limit(database, hard_usd=Decimal(1))
    await limit(database, scope="principal", name="k", hard_usd=Decimal("0.1"))
    ledger = make()
    assert not await granted(ledger, "0.5", principal="k")
    assert await granted(ledger, "1", principal="other")


async def test_a_budget_starts_anew_where_the_hotel_is(database: Database, make: Make, clock: Clock) -> None:
    await limit(database, hard_usd=Decimal(1))
    await limit(database, period="month", hard_usd=Decimal(3))
    ledger = make()
    for day in range(4):
        clock.now = NOON + day * DAY + dt.timedelta(hours=11, minutes=59)  # 23:59
        assert await granted(ledger, "1") is (day < 3)
        assert not await granted(ledger, "1")
    clock.now = dt.datetime(2026, 3, 31, 17, tzinfo=dt.UTC)  # the first of April in Hanoi
    assert await granted(ledger, "1")


async def test_a_call_counts_in_the_period_in_which_it_was_opened(database: Database, make: Make, clock: Clock) -> None:
    await limit(database, hard_usd=Decimal(1))
    ledger = make()
    call_id = await ledger.open_call(call("0.5"))
    clock.now += DAY
    ledger.close_call(call_id, ended("0.9"))
    assert await granted(ledger, "1")
    clock.now -= DAY
    assert not await granted(ledger, "0.2")
    assert await granted(ledger, "0.1")


async def test_a_new_budget_counts_what_was_spent_before_and_a_removed_one_forgets_nothing(
    database: Database, make: Make
) -> None:
    ledger = make()
    await spend(ledger, "0.4", flow="answer")
    await ledger.open_call(call("0.3", flow="answer"))
    budget = {"scope": "flow", "name": "answer", "hard_usd": Decimal(1)}
    await limit(database, **budget)
    assert not await granted(ledger, "0.31", flow="answer")
    async with database.writing() as session:
        assert await remove_budget(session, BudgetScope.FLOW, "answer", Period.DAY)
        assert await remove_budget(session, BudgetScope.FLOW, "answer", Period.DAY) is None
    await spend(ledger, "0.2", flow="answer")
    await limit(database, **budget)
    assert not await granted(ledger, "0.11", flow="answer")
    assert await granted(ledger, "0.1", flow="answer")


async def test_processes_with_different_zones_keep_each_others_sums(
    database: Database, make: Make, clock: Clock
) -> None:
    await limit(database, hard_usd=Decimal(1))
    here, there = make(), make(ZoneInfo("Europe/Paris"))
    assert await granted(here, "0.4")
    assert await granted(there, "0.4")
    assert not await granted(here, "0.3")
    assert not await granted(there, "0.3")


async def test_each_threshold_of_a_soft_limit_warns_once_in_a_period(
    database: Database, make: Make, clock: Clock, alerts: list[BudgetAlert]
) -> None:
    await limit(database, soft_usd=Decimal(1))
    ledgers = [make(), make()]  # as two processes would
    for turn, cost in enumerate(("0.79", "0.01", "0.1", "0.05", "0.04", "0.01", "5")):
        await spend(ledgers[turn % 2], cost)
    assert [(alert.threshold, alert.spent_usd) for alert in alerts] == [
        (80, Decimal("0.80")),
        (95, Decimal("0.95")),
        (100, Decimal("1.00")),
    ]
    assert "daily budget of all calls has reached 80 %" in str(alerts[0])
    clock.now += DAY
    await spend(ledgers[0], "0.97")
    assert [alert.threshold for alert in alerts[3:]] == [95]  # two thresholds at once: the higher one only


async def test_a_soft_limit_never_stops_a_call_and_warns_each_name_of_a_star(
    database: Database, make: Make, alerts: list[BudgetAlert]
) -> None:
    await limit(database, scope="principal", name="*", period="month", soft_usd=Decimal(1))
    ledger = make()
    for name in ("a", "b", "a"):
        await spend(ledger, "2", principal=name)
    assert [(alert.name, alert.threshold) for alert in alerts] == [("a", 100), ("b", 100)]


async def test_a_changed_soft_limit_warns_anew(database: Database, make: Make, alerts: list[BudgetAlert]) -> None:
    ledger = make()
    await limit(database, soft_usd=Decimal(1))
    await spend(ledger, "1")
    await limit(database, soft_usd=Decimal(2))
    await spend(ledger, "0.7")
    await limit(database, soft_usd=Decimal(2))  # the same again
    await spend(ledger, "0.01")
    assert [alert.threshold for alert in alerts] == [100, 80]


async def test_an_alert_that_fails_does_not_stop_the_ledger(database: Database) -> None:
    def fail(_: BudgetAlert) -> None:
        raise RuntimeError("no mail server")

    await limit(database, soft_usd=Decimal(1))
    ledger = Ledger(database, HANOI, alert=fail)
    await spend(ledger, "2")
    assert await granted(ledger, "1")
    await ledger.aclose()


async def test_twenty_calls_at_once_do_not_pass_the_limit(database: Database, make: Make) -> None:
    await limit(database, hard_usd=Decimal("0.10"))
    ledger = make()
    assert sum(await asyncio.gather(*(granted(ledger, "0.011") for _ in range(20)))) == 9


PROCESS = """
import asyncio, sys
from decimal import Decimal
from zoneinfo import ZoneInfo
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.ledger import Ledger
from innkeeper.schemas.errors import BudgetExceeded
from innkeeper.schemas.models import FinishedCall, NewCall

async def one(ledger):
    call = NewCall(capability="routing", provider="openai", model="m", reserved_usd=Decimal("0.05"))
    try:
        call_id = await ledger.open_call(call)
    except BudgetExceeded:
        return 0
    ledger.close_call(call_id, FinishedCall(outcome="answered", cost_usd=Decimal("0.05"), latency_ms=1))
    return 1

async def main():
    ledger = Ledger(Database(sys.argv[1]), ZoneInfo("Asia/Ho_Chi_Minh"))
    print(sum([sum(await asyncio.gather(*(one(ledger) for _ in range(4)))) for _ in range(15)]))

asyncio.run(main())
"""


async def test_processes_together_do_not_pass_the_limit(database: Database) -> None:
    await limit(database, hard_usd=Decimal("3.02"), soft_usd=Decimal(1))
    command = [sys.executable, "-c", PROCESS, database.url.replace("+aiosqlite", "").replace("+asyncpg", "")]
    both = [
        await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)
    ]
    ends = [await process.communicate() for process in both]
    made = [int(output) for output, _ in ends]
    assert sum(made) == 60, made
    assert b"".join(errors for _, errors in ends).count(b"80 %") <= 1
    assert b"".join(errors for _, errors in ends).count(b"100 %") == 1
    async with database.reading() as session:
        assert await session.scalar(select(func.sum(ModelCall.cost_usd))) == 3


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("open"), st.sampled_from("ab"), st.integers(0, 40)),
        st.tuples(st.just("close"), st.integers(0, 20), st.integers(0, 40)),
        st.just(("commit",)),
    ),
    max_size=40,
)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS, hard=st.integers(1, 100))
def test_any_order_of_openings_and_closings_keeps_the_sums_exact(steps: list[Any], hard: int) -> None:
    unit = Decimal("0.000000001")  # the smallest amount: nothing may be rounded away
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite+aiosqlite:///{Path(folder)}/x.db")
        store.write(lambda connection: Base.metadata.create_all(connection))
        store.write(
            lambda connection: connection.execute(
                Base.metadata.tables["budgets"].insert(),
                [
                    {"scope": scope, "name": name, "period": "day", "hard_usd": hard * unit}
                    for scope, name in (("all", ""), ("flow", "*"))
                ],
            )
        )
        opened: dict[str, tuple[str, int]] = {}
        spent: dict[str, int] = {}
        openings: list[Opening] = []
        closings: list[Closing] = []
        for step in [*steps, ("commit",)]:
            if step[0] == "open":
                new = call(str(step[2] * unit), flow=step[1])
                openings.append(Opening(f"{len(opened) + len(spent)}-{len(openings)}", NOON, new))
            elif step[0] == "close" and step[1] < len(opened):
                closings.append(Closing(list(opened)[step[1]], ended(str(step[2] * unit))))
            elif step[0] == "commit":
                write = partial(write_calls, zone=HANOI, openings=openings, closings=closings, retried=False)
                _follow(opened, spent, openings, closings, store.write(write).refused, hard)
                openings, closings = [], []
                _compare(store, {flow: sum(c for f, c in opened.values() if f == flow) for flow in "ab"}, spent, unit)
        store.close()


def _follow(
    opened: dict[str, tuple[str, int]],
    spent: dict[str, int],
    openings: list[Opening],
    closings: list[Closing],
    refused: dict[str, str],
    hard: int,
) -> None:
    """Do with whole numbers what the ledger did, and check every permission that it gave or refused."""
    for closing in closings:
        if closing.id in opened:
            flow, _ = opened.pop(closing.id)
            spent[flow] = spent.get(flow, 0) + int((closing.finished.cost_usd or Decimal(0)).scaleb(9))
    for opening in openings:
        flow, amount = str(opening.call.spender.flow), int((opening.call.reserved_usd or Decimal(0)).scaleb(9))
        total = sum(spent.values()) + sum(each for _, each in opened.values())
        of_flow = spent.get(flow, 0) + sum(each for name, each in opened.values() if name == flow)
        fits = amount == 0 or max(total, of_flow) + amount <= hard
        assert (opening.id in refused) is not fits
        if fits:
            opened[opening.id] = (flow, amount)


def _compare(store: Any, reserved: dict[str, int], spent: dict[str, int], unit: Decimal) -> None:
    rows = store.write(lambda connection: connection.execute(select(BudgetSpending.__table__)).all())
    for row in rows:
        names = "ab" if row.scope == "all" else row.name
        assert row.reserved_usd == sum(reserved[name] for name in names) * unit
        assert row.settled_usd == sum(spent.get(name, 0) for name in names) * unit


@given(
    at=st.integers(946_684_800, 2_114_380_800).map(partial(dt.datetime.fromtimestamp, tz=dt.UTC)),
    zone=st.sampled_from(
        ["Asia/Ho_Chi_Minh", "America/Sao_Paulo", "Asia/Beirut", "America/Havana", "Pacific/Apia", "Asia/Kathmandu"]
    ),
    period=st.sampled_from(Period),
)
def test_every_moment_is_in_its_period_whatever_the_clocks_do(at: dt.datetime, zone: str, period: Period) -> None:
    start, end = period_of(at, period, ZoneInfo(zone))
    assert start <= at < end
    local = at.astimezone(ZoneInfo(zone))
    assert start.astimezone(ZoneInfo(zone)).day == (1 if period is Period.MONTH else local.day)
    assert period_of(start, period, ZoneInfo(zone)) == (start, end)
    assert period_of(end, period, ZoneInfo(zone))[0] == end


def test_a_day_is_as_long_as_the_clocks_make_it() -> None:
    paris = ZoneInfo("Europe/Paris")
    hours = [
        (end - start).total_seconds() / 3600
        for day in (dt.date(2026, 3, 29), dt.date(2026, 10, 25), dt.date(2026, 5, 1))
        for start, end in [period_of(dt.datetime.combine(day, dt.time(12), tzinfo=paris), Period.DAY, paris)]
    ]
    assert hours == [23, 25, 24]


@pytest.mark.parametrize(
    ("budget", "problem"),
    [
        (Budget(), "needs a soft limit"),
        (Budget(scope=BudgetScope.FLOW, hard_usd=Decimal(1)), "say which flow"),
        (Budget(name="answer", hard_usd=Decimal(1)), "has no name"),
        (Budget(soft_usd=Decimal(5), hard_usd=Decimal(1)), "above the hard one"),
    ],
)
async def test_a_budget_that_limits_nothing_is_turned_down(database: Database, budget: Budget, problem: str) -> None:
    async with database.writing() as session:
        with pytest.raises(InputInvalid, match=problem):
            await set_budget(session, budget)


async def test_setting_a_budget_again_changes_it_and_the_audit_log_has_both(database: Database) -> None:
    await limit(database, hard_usd=Decimal(1))
    await limit(database, hard_usd=Decimal("2.5"), soft_usd=Decimal(2))
    async with database.reading() as session:
        assert await list_budgets(session) == [Budget(hard_usd=Decimal("2.5"), soft_usd=Decimal(2))]
        entries = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [entry.details["hard_usd"] for entry in entries] == ["1", "2.5"]
