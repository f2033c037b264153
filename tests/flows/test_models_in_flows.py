"""Model calls inside flow runs: tasks that Prefect shows and retries, live streams, and answers that a crash keeps."""

import asyncio
import logging
import os
import signal
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.flow_engine import run_flow
from prefect.settings import PREFECT_API_URL, PREFECT_LOCAL_STORAGE_PATH, temporary_settings
from pydantic import BaseModel, SecretStr
from sqlalchemy import select
from tests.providers import Fault, Hang, OpenAIServer, ProviderProcess, Script, SlowFirstByte, Text, ToolCall, ToolCalls

from innkeeper.blocks import private_results
from innkeeper.blocks.database.models import ModelCall
from innkeeper.blocks.models import wire
from innkeeper.blocks.models.chat import AnthropicModel, ChatModel, OpenAICompatibleModel, OpenAIModel
from innkeeper.blocks.models.links import load_models
from innkeeper.blocks.settings import Settings, settings
from innkeeper.schemas.errors import ModelRejected, ModelUnavailable, NotConfigured
from innkeeper.schemas.models import Capability
from innkeeper.tasks.circuits import forget_circuits
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.models import Ask, ask_model, request_model
from innkeeper.tasks.policies import MODEL_TAG
from innkeeper.tasks.spenders import current_spender
from innkeeper.tasks.tool_loop import Tool, converse

ROOT = Path(__file__).parents[2]
GUEST = "Nguyễn Thị Ánh of room 1207 asks for towels"
FIRST, SECOND = "The first answer, for Ánh.", "The second answer, for Ánh."
ONE_RUN = "import sys; from tests.flows.test_models_in_flows import resume; resume(sys.argv[1])"


def asking(text: str) -> Ask:
    messages = wire.opening("You work at the front desk.", text)
    spender = current_spender("test")
    return Ask(Capability.ASSISTANT, messages, wire.asking(None), text, spender)


@flow(name="two-calls", persist_result=False)
async def two_calls() -> list[str]:
    """Asks two questions, one after the other."""
    async with ModelGateway(settings()) as gateway:
        (model,) = await gateway.models(Capability.ASSISTANT)
        answers = [await ask_model(model, asking(f"{GUEST}, {number}"), gateway) for number in ("first", "second")]
    return [answer.response.text or "" for answer in answers]


def resume(run_id: str) -> None:
    """Execute a flow run in a process of its own."""

    async def execute() -> None:
        async with get_client() as client:
            run = await client.read_flow_run(UUID(run_id))
        answers: Any = run_flow(cast("Any", two_calls), flow_run=run)
        print("\n".join(await answers))  # noqa: T201  the test reads it

    asyncio.run(execute())


@pytest.fixture(autouse=True)
def apart(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Results in a folder of this test, a key of this test, closed circuits, retries at once."""
    monkeypatch.setattr(request_model, "retry_delay_seconds", 0)
    private_results._cipher.cache_clear()
    forget_circuits()
    with temporary_settings(updates={PREFECT_LOCAL_STORAGE_PATH: home / "results"}):
        yield home / "results"
    private_results._cipher.cache_clear()
    forget_circuits()


@pytest.fixture
def provider() -> Iterator[OpenAIServer]:
    with OpenAIServer(Script()) as started:
        yield started


def block(provider: OpenAIServer) -> OpenAIModel:
    return OpenAIModel(model="gpt-5-mini", api_key=SecretStr(provider.api_key), base_url=provider.base_url)


@flow(name="one-call", persist_result=False)
async def one_call(url: str, key: str, times: int = 1) -> list[str]:
    """Asks one question, again and again."""
    model = OpenAIModel(model="gpt-5-mini", api_key=SecretStr(key), base_url=url)
    async with ModelGateway(settings()) as gateway:
        answers = [await ask_model(model, asking(GUEST), gateway) for _ in range(times)]
    return [answer.response.text or "" for answer in answers]


async def ledger(hotel: Any) -> list[ModelCall]:
    async with hotel.reading() as session:
        return list(await session.scalars(select(ModelCall).order_by(ModelCall.id)))


async def test_a_request_is_a_task_run_with_a_name_a_tag_and_retries(
    server: Any, hotel: Any, provider: OpenAIServer
) -> None:
    provider.script.add(Fault(500), Fault(503), Text(FIRST))
    state: Any = await one_call(provider.base_url, provider.api_key, return_state=True)
    assert await state.aresult() == [FIRST]
    run_id = state.state_details.flow_run_id
    (run,) = await server.until(
        lambda: server.task_runs(run_id), lambda runs: bool(runs) and runs[0].state_type == "COMPLETED"
    )
    assert (run.name, run.run_count) == ("ask-openai/gpt-5-mini-for-assistant", 3)
    assert MODEL_TAG in run.tags
    rows = await ledger(hotel)
    assert [row.outcome for row in rows] == ["unavailable", "unavailable", "answered"]
    assert {(row.flow, row.flow_run_id) for row in rows} == {("test", str(run_id))}


async def test_a_pause_that_the_provider_names_is_kept_by_prefect(
    server: Any, hotel: Any, provider: OpenAIServer
) -> None:
    provider.script.add(Fault(429, retry_after=1), Text(FIRST))
    assert await one_call(provider.base_url, provider.api_key) == [FIRST]
    first, second = provider.requests
    assert 1.0 <= second.at - first.at < 10


async def test_a_pause_that_is_too_long_is_not_waited_for(server: Any, hotel: Any, provider: OpenAIServer) -> None:
    provider.script.add(Fault(429, retry_after=600))
    state: Any = await one_call(provider.base_url, provider.api_key, return_state=True)
    with pytest.raises(ModelUnavailable):
        await state.aresult()
    assert len(provider.requests) == 1


async def test_a_request_that_was_turned_down_is_not_repeated_and_its_words_are_not_logged(
    server: Any, hotel: Any, provider: OpenAIServer, caplog: pytest.LogCaptureFixture
) -> None:
    provider.script.default = Fault(400, message=f"cannot read: {GUEST}")
    loggers = [logging.getLogger(name) for name in ("prefect", "prefect.flow_runs", "prefect.task_runs")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
        logger.addHandler(caplog.handler)
    try:
        state: Any = await one_call(provider.base_url, provider.api_key, return_state=True)
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
            logger.removeHandler(caplog.handler)
    with pytest.raises(ModelRejected):
        await state.aresult()
    assert len(provider.requests) == 1
    assert "ModelRejected" in caplog.text
    assert "Ánh" not in caplog.text
    assert provider.api_key not in caplog.text


async def test_the_same_question_is_paid_once_in_a_run_and_again_in_the_next(
    server: Any, hotel: Any, provider: OpenAIServer
) -> None:
    provider.script.default = Text(FIRST)
    assert await one_call(provider.base_url, provider.api_key, times=3) == [FIRST] * 3
    assert len(provider.requests) == 1
    await one_call(provider.base_url, provider.api_key)
    assert len(provider.requests) == 2


async def test_a_stream_is_live_inside_a_run(server: Any, hotel: Any, provider: OpenAIServer) -> None:
    provider.script.add(SlowFirstByte(0.0, Text(FIRST), gap=0.02))
    pieces: list[str] = []
    first = asyncio.Event()

    @flow(name="one-stream", persist_result=False)
    async def one_stream() -> bool:
        def show(piece: str) -> None:
            pieces.append(piece)
            first.set()

        async with ModelGateway(settings()) as gateway:
            call = asyncio.create_task(ask_model(block(provider), asking(GUEST), gateway, show))
            await asyncio.wait_for(first.wait(), 20)
            was_live = not call.done()
            await call
        return was_live

    assert await one_stream()
    assert "".join(pieces) == FIRST


async def test_a_tool_is_a_task_run_and_its_unexpected_error_reaches_nobody(
    server: Any, hotel: Any, provider: OpenAIServer
) -> None:
    class Nothing(BaseModel):
        """No arguments."""

    async def broken(_arguments: Nothing) -> None:
        raise RuntimeError(GUEST)

    provider.script.add(ToolCalls([ToolCall("look_up", {})]), Text(FIRST))

    @flow(name="one-tool", persist_result=False)
    async def one_tool() -> tuple[Any, ...]:
        async with ModelGateway(settings()) as gateway:
            found = await converse(
                block(provider),
                wire.opening("You work at the front desk.", GUEST),
                [Tool("look_up", "Looks up.", Nothing, broken)],
                content=GUEST,
                capability=Capability.ASSISTANT,
                gateway=gateway,
                spender=current_spender("test"),
            )
        return found.text, found.tool_calls[0].error

    state: Any = await one_tool(return_state=True)
    assert await state.aresult() == (FIRST, "The tool failed.")
    run_id = state.state_details.flow_run_id
    runs = await server.until(lambda: server.task_runs(run_id), lambda runs: len(runs) == 3)
    (tool,) = [run for run in runs if run.name == "tool-look_up"]
    await server.until(lambda: server.task_runs(run_id), lambda runs: all(run.state.is_final() for run in runs))
    assert GUEST not in str(tool.state)


@pytest.mark.parametrize("kind", [OpenAIModel, AnthropicModel, OpenAICompatibleModel])
async def test_a_saved_block_is_loaded_as_what_it_was(server: Any, home: Path, kind: Any) -> None:
    saved = kind(model="some-model", api_key=SecretStr("sk-4711"), base_url="http://127.0.0.1:9/v1", temperature=0.5)
    await saved.asave("night", overwrite=True)
    link = f"{kind.get_block_type_slug()}/night"
    (loaded,) = await load_models((link, "engine"), settings())
    assert isinstance(loaded, ChatModel)
    assert (type(loaded), loaded.connection, loaded.temperature) == (kind, saved.connection, 0.5)


async def test_a_block_that_is_not_there_is_named(server: Any, home: Path) -> None:
    with pytest.raises(NotConfigured, match="there is no block hotel-openai-model/day"):
        await load_models(("hotel-openai-model/day", "engine"), Settings())


@pytest.fixture
def environment(home: Path, apart: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PREFECT_API_URL": PREFECT_API_URL.value() or "",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_LOCAL_STORAGE_PATH": str(apart),
        "INNKEEPER_HOME": str(home / "made-at-first-use"),
        "INNKEEPER_MODEL_CHAIN": "openai/gpt-5-mini",
    }


async def test_a_run_that_was_killed_between_two_calls_does_not_pay_for_the_first_again(
    server: Any, home: Path, apart: Path, environment: dict[str, str]
) -> None:
    run = await server.client.create_flow_run(two_calls)
    with ProviderProcess("openai", Script([Text(FIRST), Hang()], default=Text(SECOND))) as provider:
        environment |= {"OPENAI_API_KEY": provider.api_key, "OPENAI_BASE_URL": provider.base_url}

        async def asked() -> int:
            return len(provider.requests)

        command = (sys.executable, "-c", ONE_RUN, str(run.id))
        killed = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment)
        await server.until(asked, lambda count: count == 2)
        killed.kill()
        assert await killed.wait() == -signal.SIGKILL
        again = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE
        )
        printed, _ = await asyncio.wait_for(again.communicate(), 60)
        assert again.returncode == 0
        assert printed.decode().splitlines()[-2:] == [FIRST, SECOND]
        questions = [str(each["json"]["messages"][-1]["content"]) for each in provider.requests]
    assert questions == [f"{GUEST}, first", f"{GUEST}, second", f"{GUEST}, second"]
    assert (await server.run(run.id)).state.is_completed()
    check_private(apart, home / "made-at-first-use")


def check_private(results: Path, made: Path) -> None:
    """Nothing that anybody can read, and a key that only its owner can."""
    files = [path for path in results.rglob("*") if path.is_file()]
    assert len(files) == 2
    for path in files:
        content = path.read_bytes()
        assert b"gAAAA" in content  # how encrypted text begins
        for private in (GUEST, FIRST, SECOND, "towels", "answer"):
            assert private.encode() not in content
            assert private not in path.name
    assert stat.S_IMODE((made / "results.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
