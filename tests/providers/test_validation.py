"""Wrong requests are turned down as the providers turn them down, with the field named."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.providers import AnthropicServer, OpenAIServer

USER = {"role": "user", "content": "hi"}
OPENAI = {"model": "gpt-4.1-mini", "messages": [USER]}
FUNCTION = {"type": "function", "function": {"name": "book"}}
CALL = {"id": "c1", "type": "function", "function": {"name": "book", "arguments": "{}"}}
ASKED = {"role": "assistant", "tool_calls": [CALL]}
ANSWERED = {"role": "tool", "tool_call_id": "c1", "content": "done"}

ANTHROPIC = {"model": "claude-haiku-4-5", "max_tokens": 10, "messages": [USER]}
TOOL = {"name": "book", "input_schema": {"type": "object"}}
USED = {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "book", "input": {}}]}
RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "done"}
CACHED = {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}
OPEN = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
CLOSED = {**OPEN, "additionalProperties": False}
OPTIONAL = {**CLOSED, "required": []}


@pytest.fixture(scope="module")
def openai() -> Iterator[httpx.Client]:
    with OpenAIServer() as server:
        headers = {"Authorization": f"Bearer {server.api_key}"}
        with httpx.Client(base_url=server.base_url, headers=headers) as client:
            yield client


@pytest.fixture(scope="module")
def anthropic() -> Iterator[httpx.Client]:
    with AnthropicServer() as server:
        headers = {"x-api-key": server.api_key, "anthropic-version": "2023-06-01"}
        with httpx.Client(base_url=server.base_url, headers=headers) as client:
            yield client


def schema_format(schema: Any, *, strict: bool = True) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "a", "strict": strict, "schema": schema}}


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"foo": 1}, "foo", "unknown_parameter"),
        ({"messages": [{**USER, "mood": "bad"}]}, "messages[0].mood", "unknown_parameter"),
        ({"model": None}, "model", "invalid_type"),
        ({"messages": "hi"}, "messages", "invalid_type"),
        ({"messages": []}, "messages", "empty_array"),
        ({"messages": [{"content": "hi"}]}, "messages[0].role", "missing_required_parameter"),
        ({"messages": [{"role": "guest", "content": "hi"}]}, "messages[0].role", "invalid_value"),
        ({"messages": [{"role": "user"}]}, "messages[0].content", "missing_required_parameter"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content", "invalid_type"),
        (
            {"messages": [{"role": "user", "content": [{"type": "words", "text": "a"}]}]},
            "messages[0].content[0].type",
            "invalid_value",
        ),
        ({"messages": [USER, {"role": "assistant"}]}, "messages[1].content", None),
        ({"messages": [USER, ANSWERED]}, "messages.[1].role", None),
        ({"messages": [USER, ASKED]}, "messages.[1].role", None),
        ({"messages": [USER, ASKED, USER]}, "messages.[2].role", None),
        ({"messages": [USER, ASKED, ANSWERED, ANSWERED]}, "messages.[3].tool_call_id", None),
        ({"messages": [USER, ASKED, {**ANSWERED, "tool_call_id": "c2"}]}, "messages.[2].tool_call_id", None),
        ({"temperature": 2.5}, "temperature", "decimal_above_max_value"),
        ({"temperature": "hot"}, "temperature", "invalid_type"),
        ({"max_tokens": 0}, "max_tokens", "integer_below_min_value"),
        ({"max_tokens": True}, "max_tokens", "invalid_type"),
        ({"max_tokens": 5, "model": "gpt-5-mini"}, "max_tokens", "unsupported_parameter"),
        ({"max_tokens": 5, "max_completion_tokens": 5}, "max_tokens", "invalid_parameter_combination"),
        ({"stream_options": {"include_usage": True}}, "stream_options", None),
        ({"stream": "yes"}, "stream", "invalid_value"),
        ({"reasoning_effort": "huge"}, "reasoning_effort", "invalid_value"),
        ({"tools": []}, "tools", "empty_array"),
        ({"tool_choice": "auto"}, "tool_choice", None),
        ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name", "missing_required_parameter"),
        ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools[0].function.name", "invalid_value"),
        (
            {"tools": [FUNCTION], "tool_choice": {"type": "function", "function": {"name": "other"}}},
            "tool_choice",
            None,
        ),
        (
            {"tools": [{"type": "function", "function": {"name": "a", "strict": True, "parameters": OPEN}}]},
            "tools[0].function.parameters",
            "invalid_json_schema",
        ),
        ({"response_format": schema_format(OPEN)}, "response_format.json_schema.schema", "invalid_json_schema"),
        ({"response_format": schema_format(OPTIONAL)}, "response_format.json_schema.schema", "invalid_json_schema"),
        ({"response_format": {"type": "json_object"}}, "messages", None),
    ],
)
def test_openai_turns_a_wrong_request_down(
    openai: httpx.Client, change: dict[str, Any], param: str, code: str | None
) -> None:
    answer = openai.post("/chat/completions", json={**OPENAI, **change})
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["param"], error["code"], error["type"]) == (param, code, "invalid_request_error")


@pytest.mark.parametrize(
    "change",
    [
        {"messages": [USER, ASKED, ANSWERED, USER]},
        {"messages": [{"role": "system", "content": "a"}, {"role": "developer", "content": "b"}, USER, USER]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}]},
        {"tools": [FUNCTION], "tool_choice": "required", "parallel_tool_calls": False},
        {"tools": [FUNCTION], "tool_choice": {"type": "function", "function": {"name": "book"}}},
        {"response_format": schema_format(CLOSED)},
        {"response_format": schema_format(OPEN, strict=False)},
        {"temperature": 0, "top_p": 1, "max_tokens": 5, "seed": 7, "user": "u", "store": None, "metadata": {"a": "b"}},
        {"stream": True, "stream_options": {"include_usage": True}},
        {"stop": ["a", "b"], "logit_bias": {"50256": -100}, "n": 2},
    ],
)
def test_openai_accepts_a_right_request(openai: httpx.Client, change: dict[str, Any]) -> None:
    answer = openai.post("/chat/completions", json={**OPENAI, **change})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"foo": 1}, "foo: Extra inputs are not permitted"),
        ({"max_tokens": None}, "max_tokens: Input should be an integer, not null"),
        ({"max_tokens": -1}, "max_tokens: "),
        ({"messages": []}, "messages: at least one message"),
        ({"messages": [{"role": "user"}]}, "messages.0.content: Field required"),
        ({"messages": [{"role": "guest", "content": "hi"}]}, "messages.0.role: Input should be"),
        ({"messages": [{"role": "system", "content": "hi"}, USER]}, 'messages: Unexpected role "system"'),
        ({"messages": [{"role": "assistant", "content": "hi"}, USER]}, "messages: first message must use"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages.0: all messages must have non-empty content"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": " "}]}]}, "messages: text content blocks"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages.0.content.0.text: Field required"),
        ({"messages": [USER, {"role": "assistant", "content": "Yes "}]}, "messages: final assistant content"),
        ({"messages": [{"role": "user", "content": [RESULT]}]}, "messages.0.content.0: unexpected `tool_use_id`"),
        ({"messages": [USER, USED]}, "messages.1: `tool_use` ids were found without"),
        ({"messages": [USER, USED, USER]}, "messages.1: `tool_use` ids were found without"),
        (
            {"messages": [USER, USED, {"role": "user", "content": [{"type": "text", "text": "a"}, RESULT]}]},
            "messages.1: `tool_use` ids were found without",
        ),
        (
            {"messages": [USER, USED, {"role": "user", "content": [{**RESULT, "tool_use_id": "t2"}]}]},
            "messages.2.content.0: unexpected `tool_use_id`",
        ),
        ({"messages": [{"role": "user", "content": USED["content"]}]}, "messages.0.content.0: `tool_use` blocks"),
        ({"tools": [{"name": "a"}]}, "tools.0.input_schema: Field required"),
        ({"tools": [{**TOOL, "name": "a b"}]}, "tools.0.custom.name: "),
        ({"tools": [TOOL, TOOL]}, "tools: Tool names must be unique"),
        ({"tools": [{**TOOL, "input_schema": {"type": "array"}}]}, "tools.0.custom.input_schema.type: "),
        ({"tool_choice": {"type": "auto"}}, "tool_choice: "),
        ({"tools": [TOOL], "tool_choice": {"type": "tool", "name": "b"}}, "tool_choice: Tool 'b' not found"),
        ({"tools": [TOOL], "tool_choice": {"type": "maybe"}}, "tool_choice.type: Input should be"),
        ({"system": [CACHED] * 5}, "A maximum of 4 blocks with cache_control"),
        ({"temperature": 1.5}, "temperature: range"),
        ({"thinking": {"type": "enabled", "budget_tokens": 2000}}, "`max_tokens` must be greater"),
        ({"output_config": {"format": {"type": "json_schema", "schema": OPEN}}}, "output_config.format.schema: "),
        ({"stream": 1}, "stream: "),
        ({"workspace_id": "w"}, "workspace_id: Extra inputs"),
    ],
)
def test_anthropic_turns_a_wrong_request_down(anthropic: httpx.Client, change: dict[str, Any], message: str) -> None:
    answer = anthropic.post("/v1/messages", json={**ANTHROPIC, **change})
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert (body["type"], body["error"]["type"]) == ("error", "invalid_request_error")
    assert body["request_id"] == answer.headers["request-id"]
    assert body["error"]["message"].startswith(message)


@pytest.mark.parametrize(
    "change",
    [
        {"messages": [USER, USED, {"role": "user", "content": [RESULT, {"type": "text", "text": "and?"}]}]},
        {"messages": [USER, USED, {"role": "user", "content": [RESULT]}, USER]},
        {"messages": [USER, USER, {"role": "assistant", "content": "The answer is ("}]},
        {"system": [CACHED], "temperature": 0.2, "stop_sequences": ["a"], "metadata": {"user_id": "u"}},
        {"tools": [TOOL], "tool_choice": {"type": "any", "disable_parallel_tool_use": True}},
        {"output_config": {"format": {"type": "json_schema", "schema": OPTIONAL}}},
        {"max_tokens": 4000, "thinking": {"type": "enabled", "budget_tokens": 2000}},
        {"max_tokens": 4000, "thinking": {"type": "adaptive"}},
    ],
)
def test_anthropic_accepts_a_right_request(anthropic: httpx.Client, change: dict[str, Any]) -> None:
    answer = anthropic.post("/v1/messages", json={**ANTHROPIC, **change})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("name", ["model", "messages"])
def test_a_missing_field_is_named(openai: httpx.Client, anthropic: httpx.Client, name: str) -> None:
    one = openai.post("/chat/completions", json={key: value for key, value in OPENAI.items() if key != name})
    two = anthropic.post("/v1/messages", json={key: value for key, value in ANTHROPIC.items() if key != name})
    assert one.status_code == two.status_code == 400
    assert name in one.json()["error"]["message"]
    assert two.json()["error"]["message"] == f"{name}: Field required"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"model": NaN}', b"\xff"])
def test_a_body_that_is_no_json_object_is_turned_down(
    openai: httpx.Client, anthropic: httpx.Client, body: bytes
) -> None:
    for client, path in ((openai, "/chat/completions"), (anthropic, "/v1/messages")):
        answer = client.post(path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 400
        assert "JSON" in answer.json()["error"]["message"]


def test_another_content_type_is_turned_down(openai: httpx.Client, anthropic: httpx.Client) -> None:
    for client, path, body in ((openai, "/chat/completions", OPENAI), (anthropic, "/v1/messages", ANTHROPIC)):
        answer = client.post(path, content=json.dumps(body), headers={"content-type": "text/plain"})
        assert answer.status_code == 400
        assert "text/plain" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"input": ""}, "input"),
        ({"input": []}, "input"),
        ({"input": ["a", ""]}, "input"),
        ({"input": ["a"] * 2049}, "input"),
        ({"input": "a" * 40_000}, "input"),
        ({"input": 7}, "input"),
        ({"dimensions": 5000}, "dimensions"),
        ({"dimensions": 64, "model": "text-embedding-ada-002"}, "dimensions"),
        ({"encoding_format": "int8"}, "encoding_format"),
        ({"texts": ["a"]}, "texts"),
    ],
)
def test_openai_turns_wrong_embeddings_down(openai: httpx.Client, change: dict[str, Any], param: str) -> None:
    answer = openai.post("/embeddings", json={"model": "text-embedding-3-small", "input": "a", **change})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["param"] == param


def test_tokens_may_be_embedded(openai: httpx.Client) -> None:
    for tokens in ([1, 2, 3], [[1, 2], [3]]):
        answer = openai.post("/embeddings", json={"model": "text-embedding-3-small", "input": tokens})
        assert answer.status_code == 200, answer.text


def test_n_choices_are_answered(openai: httpx.Client) -> None:
    answer = openai.post("/chat/completions", json={**OPENAI, "n": 3}).json()
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2]
