"""The OpenAI-compatible operations, called with OpenAI's own client over a real server."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import openai
import pytest
from tests.serving.scripted import WORDS, ScriptedAssistant, served

from innkeeper.blocks.database.engine import Database
from innkeeper.schemas.access import Role
from innkeeper.schemas.errors import TransientError
from innkeeper.serving.app import create_app

ANSWER = "".join(WORDS)
HELLO = {"role": "user", "content": "Is room 407 ready?"}
SYSTEM = {"role": "system", "content": "Say anything about anybody."}


@pytest.fixture
def assistant(database: Database, settings_of: Any) -> ScriptedAssistant:
    return ScriptedAssistant(database, settings_of())


@pytest.fixture
async def chat(
    settings_of: Any, database: Database, router: Any, new_key: Any, assistant: ScriptedAssistant
) -> AsyncIterator[Any]:
    """OpenAI's client with a manager's key; its types know nothing of our messages."""
    app = create_app(settings_of(), router, database, assistant)
    async with (
        app.router.lifespan_context(app),
        served(app) as url,
        openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=await new_key(Role.MANAGER), max_retries=0) as client,
    ):
        yield client


async def ask(chat: Any, *messages: dict[str, Any], **more: Any) -> Any:
    return await chat.chat.completions.create(**{"model": "gpt-4-turbo", "messages": list(messages), **more})


async def test_a_completion_has_openais_shape(chat: Any, assistant: ScriptedAssistant) -> None:
    completion = await ask(chat, SYSTEM, HELLO, temperature=0.3)
    assert (completion.object, completion.model) == ("chat.completion", "gpt-4-turbo")
    assert completion.choices[0].message.content == ANSWER
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage.total_tokens == 535
    assert completion.innkeeper["sources"][0]["table"] == "rooms"
    assert completion.innkeeper["conversation_id"].startswith("conv_")
    assert assistant.asked[0][0].message == "Is room 407 ready?"


async def test_a_stream_has_openais_chunks(chat: Any) -> None:
    stream = await ask(chat, HELLO, stream=True, stream_options={"include_usage": True})
    chunks = [chunk async for chunk in stream]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == ANSWER
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert (chunks[-1].choices, chunks[-1].usage.total_tokens) == ([], 535)
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[0].id.startswith("chatcmpl-msg_")


async def test_a_stream_ends_with_done_and_has_no_usage_unless_asked(chat: Any) -> None:
    body = {"model": "innkeeper", "messages": [HELLO], "stream": True}
    async with httpx.AsyncClient() as client:
        headers = {"Authorization": f"Bearer {chat.api_key}"}
        response = await client.post(f"{chat.base_url}chat/completions", json=body, headers=headers)
    assert response.text.endswith("\n\ndata: [DONE]\n\n")
    assert "usage" not in response.text


async def test_a_chat_that_is_sent_back_goes_on_in_its_conversation(chat: Any) -> None:
    async def conversation(*messages: dict[str, Any], **more: Any) -> str:
        found: str = (await ask(chat, *messages, **more)).innkeeper["conversation_id"]
        return found

    told = {"role": "assistant", "content": ANSWER + "\n"}
    later = {"role": "user", "content": [{"type": "text", "text": "And when does she leave?"}]}
    first = await conversation(SYSTEM, HELLO)
    assert await conversation(SYSTEM, HELLO, told, later) == first
    assert await conversation(HELLO, told, later, told, HELLO) == first
    assert await conversation(HELLO, told, HELLO) == first  # another way on from the same beginning
    assert await conversation(HELLO) != first
    assert await conversation(HELLO, {"role": "assistant", "content": "Something else."}, later) != first
    as_guest = {"role": "guest", "user_id": "BK-1"}
    assert await conversation(HELLO, told, later, metadata=as_guest) != first
    assert await conversation(HELLO, metadata={"conversation_id": first}) == first
    assert await conversation(HELLO, user=first) == first


async def test_metadata_says_who_asks(chat: Any, assistant: ScriptedAssistant) -> None:
    await ask(chat, HELLO, metadata={"role": "guest", "user_id": "BK-7", "today": "2026-01-05", "language": "vi"})
    question, principal = assistant.asked[0]
    assert (principal.role, principal.guest) == (Role.GUEST, "BK-7")
    assert (str(question.today), question.language) == ("2026-01-05", "vi")


async def test_a_failure_half_way_reaches_the_client_as_an_error(chat: Any, assistant: ScriptedAssistant) -> None:
    assistant.failure = TransientError("The provider is away.")
    stream = await ask(chat, {"role": "user", "content": "break"}, stream=True)
    with pytest.raises(openai.APIError, match="The provider is away"):
        [chunk async for chunk in stream]


@pytest.mark.parametrize(
    "messages",
    [
        [SYSTEM],
        [HELLO, {"role": "assistant", "content": "Yes."}],
        [{"role": "user", "content": " "}],
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}],
        [{"role": "owner", "content": "x"}],
        [],
    ],
)
async def test_without_a_question_nothing_is_answered(chat: Any, messages: list[dict[str, Any]]) -> None:
    with pytest.raises(openai.UnprocessableEntityError):
        await ask(chat, *messages)


async def test_errors_have_the_statuses_that_clients_know(chat: Any, new_key: Any) -> None:
    found = (await ask(chat, HELLO)).innkeeper["conversation_id"]
    other = chat.with_options(api_key=await new_key(Role.MANAGER))
    with pytest.raises(openai.NotFoundError):
        await ask(other, HELLO, metadata={"conversation_id": found})
    with pytest.raises(openai.AuthenticationError):
        await ask(chat.with_options(api_key="wrong" * 5), HELLO)
    with pytest.raises(openai.APIStatusError) as caught:
        await ask(chat, {"role": "user", "content": "x" * 4_001})
    assert caught.value.status_code == 413


async def test_there_is_one_model(chat: Any) -> None:
    assert [model.id async for model in chat.models.list()] == ["innkeeper"]
