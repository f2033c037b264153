"""Streams over a real server: frames, resuming, disconnects, failures half-way, many at once."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from redis import Redis
from tests.database.test_completion_cache import RedisServer
from tests.serving.scripted import API, WORDS, Event, ScriptedAssistant, events, heard, said, served

from innkeeper.blocks import stream_copies
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.stream_buffer import EventsGone, MessageEvents, StreamBuffer
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.errors import TransientError
from innkeeper.serving import streaming
from innkeeper.serving.answers import Answers
from innkeeper.serving.app import create_app

ASK = {"message": "Is room 407 ready?", "conversation_id": "chat"}
KINDS = ["retry", "start", "tool_call", "tool_result", *["content"] * len(WORDS), "end"]
OWNER = Principal(key_id="1", name="test", role=Role.MANAGER)

Open = Callable[..., Awaitable[tuple[httpx.AsyncClient, ScriptedAssistant, FastAPI]]]


@pytest.fixture
async def serve(settings_of: Any, database: Database, router: Any, new_key: Any) -> AsyncIterator[Open]:
    """`client, assistant, app = await serve(grace_s=…)`: a real server of its own."""
    key = await new_key(Role.MANAGER)
    async with AsyncExitStack() as stack:

        async def start(grace_s: float = 5.0, **values: Any) -> tuple[httpx.AsyncClient, ScriptedAssistant, FastAPI]:
            settings = settings_of(rate_limit_per_minute=1_000_000, **values)
            assistant = ScriptedAssistant(database, settings)
            app = create_app(settings, router, database, assistant)
            await stack.enter_async_context(app.router.lifespan_context(app))
            app.state.services.answers._grace_s = grace_s
            url = await stack.enter_async_context(served(app))
            limits = httpx.Limits(max_connections=None)
            client = httpx.AsyncClient(base_url=url, headers={"X-API-Key": key}, limits=limits, timeout=30)
            return await stack.enter_async_context(client), assistant, app

        yield start


@pytest.fixture
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("r"))
    yield server
    server.kill()


async def until(true: Callable[[], object]) -> None:
    """Wait until `true()`, at most 10 s."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110  it becomes true in tasks that tell nobody
            await asyncio.sleep(0.005)


async def heard_and_gone(client: httpx.AsyncClient, body: dict[str, Any], count: int) -> list[Event]:
    """The first `count` events; then the connection is cut."""
    found: list[Event] = []
    async with client.stream("POST", f"{API}/query-stream", json=body) as response:
        async for event in events(response):
            found.append(event)
            if len(found) == count:
                break
    return found


async def test_a_stream_is_framed_as_the_specification_says(serve: Open) -> None:
    client, _, _ = await serve()
    async with client.stream("POST", f"{API}/query-stream", json=ASK) as response:
        raw = (await response.aread()).decode()
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-accel-buffering"] == "no"
    assert "content-length" not in response.headers
    first, second, *_ = raw.split("\n\n")
    assert first == "retry: 3000"
    lines = second.split("\n")
    message_id = lines[0].removeprefix("id: ").removesuffix(":1")
    assert lines[1] == "event: start"
    assert lines[2] == f'data: {{"type":"start","conversation_id":"chat","message_id":"{message_id}"}}'
    assert "phòng" in raw


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("query-stream", {}, {}),
        ("query", {"stream": True}, {}),
        ("query", {}, {"Accept": "text/event-stream"}),
    ],
)
async def test_either_way_of_asking_streams(
    serve: Open, path: str, body: dict[str, Any], headers: dict[str, str]
) -> None:
    client, _, _ = await serve()
    found = await heard(client, ASK | body, path, headers=headers)
    assert [event.event for event in found] == KINDS
    assert [event.data["type"] for event in found[1:]] == KINDS[1:]
    assert said(found) == "".join(WORDS)
    assert found[2].data == {"type": "tool_call", "tool": "get_room_status", "status": "running"}
    assert found[3].data == {"type": "tool_result", "tool": "get_room_status", "status": "success"}
    end = found[-1].data
    assert (end["tokens_used"], end["usage"]) == (535, {"prompt": 450, "completion": 85, "total": 535})
    assert end["sources"] == [{"type": "database", "table": "rooms", "confidence": 0.9}]
    assert (end["response"], end["conversation_id"]) == ("".join(WORDS), "chat")
    message_id = end["message_id"]
    assert [event.id for event in found[1:]] == [f"{message_id}:{seq}" for seq in range(1, len(found))]


async def test_words_can_be_withdrawn(serve: Open) -> None:
    client, _, _ = await serve()
    found = await heard(client, ASK | {"message": "correct"})
    kinds = [event.event for event in found]
    assert said(found[kinds.index("correction") :]) == "".join(WORDS[3:])


@pytest.mark.parametrize(
    ("failure", "code", "retryable"),
    [(TransientError("The provider is away."), "unavailable", True), (RuntimeError("secret"), "internal", False)],
)
async def test_a_failure_half_way_is_the_one_last_event(
    serve: Open, failure: Exception, code: str, *, retryable: bool
) -> None:
    client, assistant, _ = await serve()
    assistant.failure = failure
    found = await heard(client, ASK | {"message": "break"})
    assert [event.event for event in found][-4:] == ["content", "content", "content", "error"]
    assert (found[-1].data["code"], found[-1].data["retryable"]) == (code, retryable)
    assert "secret" not in str(found)


async def test_a_silent_stream_gives_signs_of_life(serve: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming.EventStream.__init__, "__kwdefaults__", {"heartbeat_s": 0.02})
    client, assistant, _ = await serve()
    async with client.stream("POST", f"{API}/query-stream", json=ASK | {"message": "hang"}) as response:
        comments = 0
        kinds: list[str] = []
        async for event in events(response):
            kinds.append(event.event)
            comments += event.event == "comment"
            if comments == 3:
                assistant.go.set()
    assert [kind for kind in kinds if kind != "comment"] == KINDS


async def test_a_client_slower_than_the_answer_gets_all_of_it() -> None:
    async def many() -> AsyncGenerator[bytes, None]:
        for number in range(1_000):
            yield f"{number} ".encode()

    taken = b""
    async for frame in streaming.with_heartbeat(many(), 15):
        taken += frame
        await asyncio.sleep(0)
    assert taken.decode().split() == [str(number) for number in range(1_000)]


async def test_a_broken_stream_goes_on_where_it_was(serve: Open) -> None:
    client, assistant, _ = await serve()
    before = await heard_and_gone(client, ASK | {"message": "hang"}, 6)
    assert before[-1].event == "content"
    message_id, last_id = before[1].data["message_id"], before[-1].id
    headers = {"Last-Event-ID": last_id}
    async with client.stream("GET", f"{API}/stream/{message_id}", headers=headers) as response:
        after: list[Event] = []
        async for event in events(response):
            after.append(event)
            assistant.go.set()
    assert [event.event for event in before + after[1:]] == KINDS
    assert [event.id for event in before[1:] + after[1:]] == [f"{message_id}:{seq}" for seq in range(1, len(KINDS))]
    assert assistant.cancelled == 0


async def test_a_finished_stream_can_be_heard_again_by_its_owner_alone(serve: Open, new_key: Any) -> None:
    client, assistant, _ = await serve()
    found = await heard(client, ASK)
    message_id = found[1].data["message_id"]
    again = await client.get(f"{API}/stream/{message_id}")
    assert again.text.count("event: ") == len(KINDS) - 1
    for place in (f"{message_id}:9", "9"):
        part = await client.get(f"{API}/stream/{message_id}", params={"last_event_id": place})
        assert part.text.count("event: ") == len(KINDS) - 1 - 9
    reposted = await client.post(f"{API}/query-stream", json=ASK, headers={"Last-Event-ID": f"{message_id}:9"})
    assert reposted.text == part.text
    assert len(assistant.asked) == 1
    other = {"X-API-Key": await new_key(Role.MANAGER)}
    assert (await client.get(f"{API}/stream/{message_id}", headers=other)).status_code == 404
    assert (await client.get(f"{API}/stream/msg_unknown")).status_code == 404
    for wrong in ("msg_other:3", "x", "-1"):
        refused = await client.get(f"{API}/stream/{message_id}", headers={"Last-Event-ID": wrong})
        assert refused.status_code == 422


async def test_an_answer_that_nobody_listens_to_is_given_up(serve: Open) -> None:
    client, assistant, app = await serve(grace_s=0.05)
    found = await heard_and_gone(client, ASK | {"message": "hang"}, 7)
    await until(lambda: assistant.cancelled)
    message_id = found[1].data["message_id"]
    rest = await client.get(f"{API}/stream/{message_id}", headers={"Last-Event-ID": found[-1].id})
    assert '"code":"cancelled"' in rest.text
    assert rest.text.count("event: ") == 1
    await until(lambda: not app.state.services.answers._running)
    assert [event.event for event in await heard(client, ASK)] == KINDS  # the turn was given back


async def test_a_plain_answer_that_nobody_waits_for_is_given_up(serve: Open) -> None:
    client, assistant, _ = await serve()
    with pytest.raises(httpx.ReadTimeout):
        await client.post(f"{API}/query", json=ASK | {"message": "hang"}, timeout=0.2)
    await until(lambda: assistant.cancelled)


async def test_a_client_that_goes_while_others_are_answered_disturbs_nobody(serve: Open) -> None:
    client, assistant, _ = await serve(grace_s=0.0)

    async def ask(number: int) -> list[Event]:
        body = {"message": "hang", "conversation_id": f"chat{number}"}
        return await (heard_and_gone(client, body, 5) if number % 2 else heard(client, body))

    asking = [asyncio.create_task(ask(number)) for number in range(40)]
    await until(lambda: assistant.cancelled == 20)
    assistant.go.set()
    found = await asyncio.gather(*asking)
    assert all([event.event for event in each] == KINDS for each in found[::2])


async def test_a_hundred_streams_at_once_lose_no_event(serve: Open) -> None:
    client, _, app = await serve()
    bodies = [{"message": f"later {number}", "conversation_id": f"chat{number}"} for number in range(100)]
    asking = [asyncio.create_task(heard(client, body)) for body in bodies]
    assistant = app.state.services.assistant
    await until(lambda: assistant.inside == 100)
    assistant.go.set()
    for number, found in enumerate(await asyncio.gather(*asking)):
        assert [event.event for event in found] == KINDS
        assert [int(event.id.rpartition(":")[2]) for event in found[1:]] == list(range(1, len(KINDS)))
        assert said(found) == "".join(WORDS)
        assert found[-1].data["conversation_id"] == f"chat{number}"


async def test_a_server_that_stops_tells_its_listeners(database: Database, settings_of: Any) -> None:
    assistant = ScriptedAssistant(database, settings_of())
    answers = Answers(StreamBuffer())
    from innkeeper.schemas.assistant import AssistantQuestion

    message = await answers.start(assistant, AssistantQuestion(message="hang", conversation_id="chat"), OWNER)
    listening = asyncio.create_task(_all(answers.buffer, message.message_id))
    await until(lambda: message.readers)
    await answers.aclose()
    found = await listening
    assert (found[-1].type, found[-1].is_last) == ("error", True)


async def _all(buffer: StreamBuffer, message_id: str, after: int = 0) -> list[Any]:
    return [event async for event in buffer.follow(message_id, after)]


async def test_another_process_resumes_through_redis(serve: Open, redis_server: RedisServer) -> None:
    first, assistant, _ = await serve(grace_s=0.3, redis_url=redis_server.url)
    second, _, _ = await serve(redis_url=redis_server.url)
    before = await heard_and_gone(first, ASK | {"message": "hang"}, 6)
    message_id = before[1].data["message_id"]
    headers = {"Last-Event-ID": before[-1].id}
    async with second.stream("GET", f"{API}/stream/{message_id}", headers=headers) as response:
        assert response.status_code == 200
        asyncio.get_running_loop().call_later(1.0, assistant.go.set)  # longer than the grace
        after = [event async for event in events(response)]
    assert [event.event for event in before + after[1:]] == KINDS
    cleared = await second.post(f"{API}/clear-history", json={"conversation_id": "chat"})
    assert cleared.json()["messages_cleared"] == 2
    assert (await second.get(f"{API}/stream/{message_id}")).status_code == 404


async def test_a_stream_of_a_process_that_died_ends(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_copies, "ALIVE_EVERY_S", 0.1)
    dying, other = StreamBuffer(redis_server.url), StreamBuffer(redis_server.url)
    message = dying.begin("msg_1", "chat", OWNER)
    dying.add(message, "start", "{}")
    dying.add(message, "content", '{"delta":"Room"}')
    hearing = asyncio.create_task(_frames_of(other, "msg_1"))
    with Redis.from_url(redis_server.url) as client:
        await until(lambda: client.exists(f"{stream_copies.PREFIX}followed:msg_1"))
        assert not hearing.done()
    await dying.aclose()  # and with it, its signs of life
    frames = await asyncio.wait_for(hearing, 10)
    assert [line for line in frames.splitlines() if line.startswith("event")] == [
        "event: start",
        "event: content",
        "event: error",
    ]
    assert '"interrupted"' in frames
    await other.aclose()


async def _frames_of(buffer: StreamBuffer, message_id: str) -> str:
    while await buffer.owner(message_id) is None:  # noqa: ASYNC110  the copy is made in the background
        await asyncio.sleep(0.005)
    return b"".join([frame async for frame in streaming.event_frames(message_id, buffer.follow(message_id))]).decode()


async def test_a_redis_that_dies_half_way_disturbs_no_stream(serve: Open, redis_server: RedisServer) -> None:
    client, assistant, _ = await serve(redis_url=redis_server.url)
    async with client.stream("POST", f"{API}/query-stream", json=ASK | {"message": "hang"}) as response:
        kinds = []
        async for event in events(response):
            kinds.append(event.event)
            if len(kinds) == 5:
                redis_server.kill()
                assistant.go.set()
    assert kinds == KINDS


async def test_old_messages_make_room_and_running_ones_stay() -> None:
    buffer = StreamBuffer(max_messages=3)
    running = buffer.begin("msg_running", "chat", OWNER)
    for number in range(10):
        done = buffer.begin(f"msg_{number}", "chat", OWNER)
        buffer.add(done, "end", "{}", is_last=True)
    assert await buffer.owner("msg_running") == OWNER
    assert await buffer.owner("msg_0") is None
    assert await buffer.owner("msg_9") == OWNER
    buffer.add(running, "end", "{}", is_last=True)
    assert await buffer.forget("chat") <= 4
    assert (len(buffer._messages), buffer._chars) == (0, 0)


async def test_messages_expire() -> None:
    buffer = StreamBuffer(ttl_s=-1)
    buffer.add(buffer.begin("msg_1", "chat", OWNER), "end", "{}", is_last=True)
    assert await buffer.owner("msg_1") is None
    buffer.begin("msg_2", "chat", OWNER)
    assert list(buffer._messages) == ["msg_2"]


async def test_a_message_that_grew_too_long_cannot_be_heard_from_its_beginning() -> None:
    message = MessageEvents("msg_1", "chat", OWNER, max_events=100)
    for number in range(150):
        message.add("content", str(number))
    message.add("end", "{}", is_last=True)
    assert [event.seq async for event in message.follow(145)] == [146, 147, 148, 149, 150, 151]
    with pytest.raises(EventsGone):
        await anext(message.follow(0))
    with pytest.raises(ValueError, match="complete"):
        message.add("content", "more")
