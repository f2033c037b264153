"""The assistant's memory on SQLite and PostgreSQL, with a real Redis and with that Redis gone."""

import asyncio
import datetime as dt
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import func, select, update
from tests.database.test_completion_cache import RedisServer

from innkeeper.blocks.conversation_cache import PREFIX
from innkeeper.blocks.database.audit import AuditNote
from innkeeper.blocks.database.conversation_models import ConversationMessageRow, ConversationRow
from innkeeper.blocks.database.conversations import find_thread, first_thread, next_thread
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.models import AuditEntry
from innkeeper.engine.assistant.plan import Fact, Focus
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.errors import ConversationNotFound, TransientError
from innkeeper.tasks.assistant import memory as memory_module
from innkeeper.tasks.assistant.focus import read_focus, written_focus
from innkeeper.tasks.assistant.memory import Memory

MANAGER = Principal(key_id="7", name="front desk", role=Role.MANAGER)
RECEPTIONIST = MANAGER.acting_as(Role.RECEPTIONIST)
LAN = MANAGER.acting_as(Role.GUEST, "BK-1")
MINH = MANAGER.acting_as(Role.GUEST, "BK-2")
STRANGER = Principal(key_id="8", name="other", role=Role.MANAGER)
ROOM = Focus(room_number="407", tool="get_room_status", facts=(Fact.READY,))


def kept(**changes: int) -> Any:
    return SimpleNamespace(**({"conversation_ttl_hours": 24, "conversation_max_messages": 200} | changes))


@pytest.fixture
async def memory(database: Database) -> Memory:
    return Memory(database, None, kept())


@pytest.fixture
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("r"))
    yield server
    server.kill()


@pytest.fixture
async def cached(database: Database, redis_server: RedisServer) -> AsyncIterator[Memory]:
    memory = Memory(database, redis_server.url, kept())
    yield memory
    await memory.aclose()


async def say(memory: Memory, conversation_id: str | None, question: str, who: Principal = MANAGER, **more: Any) -> str:
    async with memory.turn(conversation_id, who) as conversation:
        await memory.append(conversation, question, f"Answer to {question}", more.get("focus", ROOM))
    return conversation.id


async def rows(database: Database, model: Any = ConversationMessageRow) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def test_a_conversation_remembers_what_was_said_and_what_it_is_about(memory: Memory) -> None:
    focus = Focus(room_number="407", date=dt.date(2026, 1, 5), facts=(Fact.READY,), choices=("BK-1", "BK-2"))
    known = await say(memory, None, "Phòng 407 xong chưa?", focus=focus)
    assert known.startswith("conv_")
    assert len(known) == 31
    async with memory.turn(known, MANAGER) as conversation:
        assert conversation.focus == focus
        window = await memory.window(conversation, 1_000)
    assert window.history == (("Phòng 407 xong chưa?", "Answer to Phòng 407 xong chưa?"),)
    assert window.summary == ""


def test_a_focus_survives_being_written_and_read() -> None:
    focus = Focus(date=dt.date(2026, 2, 28), nights=3, facts=(Fact.PRICE, Fact.FLOOR), choices=("a",), question="Spa?")
    assert read_focus(written_focus(focus)) == focus
    assert read_focus({"room_number": "1", "of_another_version": 1, "facts": ["gone", "price"]}) == Focus(
        room_number="1", facts=(Fact.PRICE,)
    )
    assert written_focus(Focus()) == {}


async def test_a_clients_own_id_begins_a_conversation(memory: Memory) -> None:
    assert await say(memory, "conv_12345", "one") == "conv_12345"
    assert await say(memory, "conv_12345", "two") == "conv_12345"


@pytest.mark.parametrize("other", [STRANGER, RECEPTIONIST, LAN])
async def test_a_conversation_of_somebody_else_is_not_found(memory: Memory, other: Principal) -> None:
    known = await say(memory, None, "one")
    with pytest.raises(ConversationNotFound):
        await say(memory, known, "what did they ask?", other)
    await say(memory, known, "two")


async def test_guests_behind_one_key_do_not_see_each_other(memory: Memory) -> None:
    known = await say(memory, "chat", "my room?", LAN)
    with pytest.raises(ConversationNotFound):
        await memory.open(known, MINH)
    with pytest.raises(ConversationNotFound):
        await memory.clear(known, MINH)


async def test_who_may_take_the_owners_role_may_clear_and_others_not(memory: Memory, database: Database) -> None:
    known = await say(memory, None, "one", RECEPTIONIST)
    for other in (STRANGER, LAN, MANAGER.acting_as(Role.HOUSEKEEPING)):
        with pytest.raises(ConversationNotFound):
            await memory.clear(known, other)
    assert await memory.clear(known, MANAGER) == 2
    assert (await rows(database), await rows(database, ConversationRow)) == (0, 0)
    with pytest.raises(ConversationNotFound):
        await memory.clear(known, MANAGER)


async def test_clearing_tells_everybody_who_keeps_something(memory: Memory, database: Database) -> None:
    told: list[str] = []

    async def forget(conversation_id: str) -> None:
        told.append(conversation_id)

    memory.forgets.append(forget)
    await say(memory, "nguyen-van-an", "one")
    assert await memory.clear("nguyen-van-an", MANAGER) == 2
    assert told == ["nguyen-van-an"]
    async with database.reading() as session:
        entry = (await session.scalars(select(AuditEntry))).one()
    assert (entry.action, entry.principal, entry.details) == ("conversation.clear", "key:7", {"messages": 2})
    assert "nguyen" not in entry.subject


async def test_an_answer_under_way_does_not_bring_a_cleared_conversation_back(
    memory: Memory, database: Database
) -> None:
    await say(memory, "chat", "one")
    async with memory.turn("chat", MANAGER) as conversation:
        assert await memory.clear("chat", MANAGER) == 2
        note = AuditNote("booking.read", "booking:BK-1", {"fields": ["phone"]})
        assert not await memory.append(conversation, "two", "answer", ROOM, [note])
    assert (await rows(database), await rows(database, ConversationRow)) == (0, 0)
    assert await rows(database, AuditEntry) == 2


async def test_audit_entries_are_written_with_the_turn(memory: Memory, database: Database) -> None:
    async with memory.turn(None, RECEPTIONIST) as conversation:
        note = AuditNote("booking.read", "booking:BK-1", {"fields": ["phone"]})
        assert await memory.append(conversation, "phone of 407?", "0903…", ROOM, [note])
    async with database.reading() as session:
        entry = (await session.scalars(select(AuditEntry))).one()
    assert (entry.principal, entry.action, entry.subject) == ("key:7", "booking.read", "booking:BK-1")
    assert entry.details == {"role": "receptionist", "fields": ["phone"]}


async def test_turns_of_one_conversation_come_one_after_the_other(memory: Memory, database: Database) -> None:
    other_process = Memory(database, None, kept())
    inside, most = 0, 0

    async def ask(number: int) -> None:
        nonlocal inside, most
        mine = (memory, other_process)[number % 2]
        async with mine.turn("chat", MANAGER) as conversation:
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            await mine.append(conversation, f"q{number}", f"a{number}", ROOM)
            inside -= 1

    await asyncio.gather(*(ask(number) for number in range(12)))
    assert most == 1
    async with database.reading() as session:
        said = (await session.scalars(select(ConversationMessageRow).order_by(ConversationMessageRow.seq))).all()
    assert [row.seq for row in said] == list(range(1, 25))
    assert all(asked.text[1:] == told.text[1:] for asked, told in zip(said[::2], said[1::2], strict=True))


async def test_within_a_process_turns_keep_the_order_of_coming(memory: Memory, database: Database) -> None:
    await asyncio.gather(*(say(memory, "chat", f"q{number}") for number in range(8)))
    async with database.reading() as session:
        said = await session.scalars(select(ConversationMessageRow.text).where(ConversationMessageRow.role == "user"))
        assert said.all() == [f"q{number}" for number in range(8)]


ASK = """
import asyncio, sys
from types import SimpleNamespace
from innkeeper.blocks.database.engine import Database
from innkeeper.engine.assistant.plan import Focus
from innkeeper.schemas.access import Principal, Role
from innkeeper.tasks.assistant.memory import Memory

async def main(url, name):
    async with Database(url) as database:
        memory = Memory(database, None, SimpleNamespace(conversation_ttl_hours=24, conversation_max_messages=200))
        who = Principal(key_id="7", name="front desk", role=Role.MANAGER)
        for number in range(5):
            async with memory.turn("chat", who) as conversation:
                focus = Focus(nights=(conversation.focus.nights or 0) + 1)
                await memory.append(conversation, f"{name}{number}", f"{name}{number}", focus)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_processes_that_ask_in_one_conversation_see_each_others_turns(database: Database, url: str) -> None:
    command = (sys.executable, "-c", ASK, url)
    started = [await asyncio.create_subprocess_exec(*command, name, stderr=asyncio.subprocess.PIPE) for name in "abc"]
    for process in started:
        _, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
    async with Memory(database, None, kept()).turn("chat", MANAGER) as conversation:
        assert conversation.focus.nights == 15  # each turn knew the one before
        assert conversation.stored.message_count == 30


async def test_a_turn_of_a_process_that_died_runs_out(
    memory: Memory, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = await memory.open("chat", MANAGER)
    monkeypatch.setattr(memory_module, "WAIT_S", 0.05)
    with pytest.raises(TransientError, match="still being answered"):
        await memory.open("chat", MANAGER)
    async with database.writing() as session:
        past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
        await session.execute(update(ConversationRow).where(ConversationRow.id == dead.id).values(turn_until=past))
    assert (await memory.open("chat", MANAGER)).id == "chat"


async def test_a_turn_that_fails_or_is_cancelled_is_given_back(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_module, "WAIT_S", 0.05)
    with pytest.raises(ZeroDivisionError):
        async with memory.turn("chat", MANAGER):
            raise ZeroDivisionError
    entered = asyncio.Event()

    async def hang() -> None:
        async with memory.turn("chat", MANAGER):
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await say(memory, "chat", "one")
    assert memory._held == set()
    assert not any(lock.locked() for lock in memory._locks.values())


async def test_the_window_keeps_the_last_turns_and_sums_up_the_others(memory: Memory) -> None:
    for number in range(20):
        await say(memory, "chat", f"Is room {400 + number} ready for the next guest?", focus=Focus(room_number="407"))
    async with memory.turn("chat", MANAGER) as conversation:
        whole = await memory.window(conversation, 10_000)
        small = await memory.window(conversation, 200)
        none = await memory.window(conversation, 10)
    assert (len(whole.history), whole.summary) == (20, "")
    assert 2 <= len(small.history) < 10
    assert small.history[-1][0] == "Is room 419 ready for the next guest?"
    last = int(small.history[0][0].split()[2]) - 1
    assert small.summary.splitlines()[-1] == f"- Is room {last} ready for the next guest? (room 407)"
    assert none.history == ()


async def test_more_messages_than_allowed_are_summed_up_and_deleted(database: Database) -> None:
    memory = Memory(database, None, kept(conversation_max_messages=6))
    for number in range(8):
        await say(memory, "chat", f"question {number}", focus=Focus(booking_id=f"BK-{number}"))
    assert await rows(database) == 6
    async with memory.turn("chat", MANAGER) as conversation:
        window = await memory.window(conversation, 5_000)
        assert conversation.stored.message_count == 6
    assert window.summary.splitlines() == [f"- question {number} (booking BK-{number})" for number in range(5)]
    assert [asked for asked, _ in window.history] == ["question 5", "question 6", "question 7"]
    assert await memory.clear("chat", MANAGER) == 6


async def test_a_summary_never_grows_without_end(database: Database) -> None:
    memory = Memory(database, None, kept(conversation_max_messages=2))
    for number in range(40):
        await say(memory, "chat", f"{number} " + "long question " * 30)
    async with memory.turn("chat", MANAGER) as conversation:
        assert 3_000 < len(conversation.stored.summary) <= 4_000
        assert conversation.stored.summary.splitlines()[-1].startswith("- 38 long")


async def test_an_expired_conversation_begins_anew_for_anybody(memory: Memory, database: Database) -> None:
    await say(memory, "chat", "secret")
    await say(memory, "other", "lives")
    async with database.writing() as session:
        past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
        await session.execute(update(ConversationRow).where(ConversationRow.id == "chat").values(expires_at=past))
    with pytest.raises(ConversationNotFound):
        await memory.clear("chat", MANAGER)
    async with memory.turn("chat", STRANGER) as conversation:
        assert conversation.is_new
        assert conversation.focus == Focus()
    assert await rows(database) == 2


async def test_expired_conversations_are_purged_with_their_messages(memory: Memory, database: Database) -> None:
    await say(memory, "old", "one")
    await say(memory, "new", "two")
    async with database.writing() as session:
        past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
        await session.execute(update(ConversationRow).where(ConversationRow.id == "old").values(expires_at=past))
    assert await memory.purge_expired() == 1
    assert (await rows(database), await rows(database, ConversationRow)) == (2, 1)


async def test_a_chat_that_was_sent_back_is_found_again(memory: Memory, database: Database) -> None:
    await say(memory, "chat", "one")
    await say(memory, "chat", "two")
    thread = next_thread(first_thread(MANAGER), " one ", "Answer to one")
    now = dt.datetime.now(dt.UTC)
    async with database.reading() as session:
        assert await find_thread(session, thread, MANAGER, now) == "chat"
        assert await find_thread(session, next_thread(thread, "two", "Answer  to two\n"), MANAGER, now) == "chat"
        assert await find_thread(session, next_thread(thread, "two", "Other"), MANAGER, now) is None
        assert await find_thread(session, thread, STRANGER, now) is None
        assert await find_thread(session, thread, LAN, now) is None


async def test_odd_characters_are_stored(memory: Memory) -> None:
    await say(memory, "chat", "nul \x00 and half \ud83d")
    async with memory.turn("chat", MANAGER) as conversation:
        assert (await memory.window(conversation, 500)).history[0][0] == "nul  and half ?"


async def test_redis_keeps_the_messages_and_never_gives_old_ones(cached: Memory, redis_server: RedisServer) -> None:
    await say(cached, "chat", "one")
    for question in ("two", "three"):
        async with cached.turn("chat", MANAGER) as conversation:
            first = await cached.window(conversation, 500)
            assert await cached.window(conversation, 500) == first
            await cached.append(conversation, question, "…", ROOM)
    assert [asked for asked, _ in first.history] == ["one", "two"]
    with Redis.from_url(redis_server.url) as client:
        (key,) = client.keys(f"{PREFIX}*")
        assert b"chat" not in key
        assert 500 < client.ttl(key) <= 600
    assert await cached.clear("chat", MANAGER) == 6
    with Redis.from_url(redis_server.url) as client:
        assert client.keys("*") == []


async def test_without_redis_the_database_alone_remembers(
    cached: Memory, redis_server: RedisServer, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await say(cached, "chat", "secret question")
    redis_server.kill()
    with caplog.at_level(logging.WARNING):
        async with cached.turn("chat", MANAGER) as conversation:
            window = await cached.window(conversation, 500)
    assert window.history[0][0] == "secret question"
    assert len(caplog.records) == 1
    assert "secret" not in caplog.text
    with pytest.raises(TransientError):  # nobody knows what that Redis still holds
        await cached.clear("chat", MANAGER)
    assert await rows(database) == 2
    redis_server.start()
    assert await cached.clear("chat", MANAGER) == 2
