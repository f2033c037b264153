"""What Anthropic turns down, and in which words."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from tests.providers.script import Payload
from tests.providers.server import ApiFault
from tests.providers.typed_dicts import Check, Mismatch, check_object, name_of
from tests.providers.validation import loose_objects

# The API still takes these from the models that know them; the SDK's parameters left them out in version 1.
SAMPLING = frozenset({"temperature", "top_p", "top_k"})
IN_HEADERS = frozenset({"betas", "user_profile_id", "workspace_id"})  # parameters of the SDK, not of the body
TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
MAX_BREAKPOINTS = 4
MIN_THINKING_TOKENS = 1024


def rejected(message: str) -> ApiFault:
    return ApiFault(400, message)


@cache
def message_check(*, beta: bool) -> Check:
    if beta:  # seconds to import; only these names are used
        from anthropic.types.beta import message_create_params as beta_params

        return check_object(beta_params.MessageCreateParamsNonStreaming, SAMPLING | {"stream"}, IN_HEADERS | {"stream"})
    from anthropic.types import message_create_params as params

    return check_object(params.MessageCreateParamsNonStreaming, SAMPLING | {"stream"}, IN_HEADERS | {"stream"})


def check_message(payload: Payload, *, beta: bool) -> None:
    """Raise `ApiFault` 400 for a request that Anthropic would turn down."""
    try:
        message_check(beta=beta)(payload, ())
    except Mismatch as problem:
        raise rejection_of(problem) from problem
    check_numbers(payload)
    check_tools(payload)
    check_format(payload)
    check_turns(payload["messages"])
    if sum(1 for _ in breakpoints(payload)) > MAX_BREAKPOINTS:
        found = sum(1 for _ in breakpoints(payload))
        raise rejected(f"A maximum of {MAX_BREAKPOINTS} blocks with cache_control may be provided. Found {found}.")


def rejection_of(problem: Mismatch) -> ApiFault:
    """Anthropic's words for a field that does not fit."""
    place = ".".join(map(str, problem.path)) or "body"
    match problem.kind:
        case "unknown":
            return rejected(f"{place}: Extra inputs are not permitted")
        case "missing":
            return rejected(f"{place}: Field required")
        case "value":
            return rejected(f"{place}: Input should be {problem.expected}")
    return rejected(f"{place}: Input should be {problem.expected}, not {name_of(problem.value)}")


def check_numbers(payload: Payload) -> None:
    if not isinstance(payload.get("stream", False), bool):
        raise rejected("stream: Input should be a valid boolean")
    if payload["max_tokens"] < 0:
        raise rejected("max_tokens: Input should be greater than or equal to 0")
    for name in sorted(SAMPLING & payload.keys()):
        value, highest = payload[name], None if name == "top_k" else 1
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise rejected(f"{name}: Input should be a valid number")
        if value < 0 or (highest is not None and value > highest):
            raise rejected(f"{name}: range: 0..{highest or ''}")
    thinking = payload.get("thinking") or {}
    if thinking.get("type") == "enabled":
        if thinking["budget_tokens"] < MIN_THINKING_TOKENS:
            raise rejected(
                f"thinking.enabled.budget_tokens: Input should be greater than or equal to {MIN_THINKING_TOKENS}"
            )
        if thinking["budget_tokens"] >= payload["max_tokens"]:
            raise rejected("`max_tokens` must be greater than `thinking.budget_tokens`.")


def check_tools(payload: Payload) -> None:
    tools = payload.get("tools") or []
    names = [tool["name"] for tool in tools if "name" in tool]
    for number, name in enumerate(names):
        if not TOOL_NAME.fullmatch(name):
            raise rejected(f"tools.{number}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'")
    if len(set(names)) < len(names):
        raise rejected("tools: Tool names must be unique.")
    for number, tool in enumerate(tools):
        schema = tool.get("input_schema")
        if schema is not None and schema.get("type") != "object":
            raise rejected(f"tools.{number}.custom.input_schema.type: Input should be 'object'")
        if schema is not None and tool.get("strict"):
            check_strict(schema, f"tools.{number}.custom.input_schema")
    choice = payload.get("tool_choice")
    if choice and not tools:
        raise rejected("tool_choice: tool_choice may only be specified while providing tools")
    if choice and choice["type"] == "tool" and choice["name"] not in names:
        raise rejected(f"tool_choice: Tool '{choice['name']}' not found in provided tools")


def check_format(payload: Payload) -> None:
    wanted = (payload.get("output_config") or {}).get("format")
    if wanted:
        check_strict(wanted["schema"], "output_config.format.schema")


def check_strict(schema: Payload, place: str) -> None:
    for _path, _why in loose_objects(schema, all_required=False):
        raise rejected(f"{place}: For 'object' type, 'additionalProperties' must be explicitly set to false")


def check_turns(messages: list[Payload]) -> None:
    """The user begins; every tool_use is answered in the next turn, first thing, and no tool_result stands alone."""
    if not messages:
        raise rejected("messages: at least one message is required")
    if messages[0]["role"] == "system":
        raise rejected('messages: Unexpected role "system". Use the top-level `system` parameter for a system prompt.')
    if messages[0]["role"] != "user":
        raise rejected('messages: first message must use the "user" role')
    previous: list[Payload] = []
    previous_role = ""
    for number, (role, content) in enumerate(turns(messages)):
        check_blocks(role, content, number)
        check_results(role, content, number, previous if previous_role == "assistant" else [])
        previous, previous_role = content, role
    if previous_role == "assistant":
        check_last(previous, len(messages) - 1)


def turns(messages: list[Payload]) -> Iterator[tuple[str, list[Payload]]]:
    """Role and blocks; neighbours with the same role are one turn, as the documentation says."""
    role, content = "", list[Payload]()
    for number, message in enumerate(messages):
        blocks = message["content"]
        if not blocks and not (message["role"] == "assistant" and number == len(messages) - 1):
            raise rejected(
                f"messages.{number}: all messages must have non-empty content "
                "except for the optional final assistant message"
            )
        if isinstance(blocks, str):
            blocks = [{"type": "text", "text": blocks}]
        if message["role"] == role:
            content = content + blocks
            continue
        if role:
            yield role, content
        role, content = message["role"], blocks
    yield role, content


def check_blocks(role: str, content: list[Payload], number: int) -> None:
    for place, block in enumerate(content):
        if block["type"] == "text" and not block["text"].strip():
            raise rejected("messages: text content blocks must be non-empty")
        if block["type"] == "tool_use" and role != "assistant":
            raise rejected(f"messages.{number}.content.{place}: `tool_use` blocks can only be in `assistant` messages")
        if block["type"] == "tool_result" and role != "user":
            raise rejected(f"messages.{number}.content.{place}: `tool_result` blocks can only be in `user` messages")


def check_results(role: str, content: list[Payload], number: int, previous: list[Payload]) -> None:
    """`previous`: the assistant's turn before this one."""
    used = {block["id"] for block in previous if block["type"] == "tool_use"}
    answered = [block["tool_use_id"] for block in content if block["type"] == "tool_result"]
    for place, block in enumerate(content):
        if block["type"] == "tool_result" and block["tool_use_id"] not in used:
            raise rejected(
                f"messages.{number}.content.{place}: unexpected `tool_use_id` found in `tool_result` blocks: "
                f"{block['tool_use_id']}. Each `tool_result` block must have a corresponding `tool_use` block "
                "in the previous message."
            )
    if len(set(answered)) < len(answered):
        raise rejected(f"messages.{number}.content: each tool_use must have a single result.")
    first = [block["type"] for block in content[: len(used)]]
    if used - set(answered) or (used and first != ["tool_result"] * len(used)):
        missing = ", ".join(sorted(used - set(answered)) or sorted(used))
        raise rejected(
            f"messages.{number - 1}: `tool_use` ids were found without `tool_result` blocks immediately after: "
            f"{missing}. Each `tool_use` block must have a corresponding `tool_result` block in the next message."
        )


def check_last(content: list[Payload], number: int) -> None:
    check_results("user", [], number + 1, content)
    if content and content[-1]["type"] == "text" and content[-1]["text"] != content[-1]["text"].rstrip():
        raise rejected("messages: final assistant content cannot end with trailing whitespace")


def breakpoints(value: Any) -> Iterator[Any]:
    """Every `cache_control` of a request."""
    if isinstance(value, dict):
        if value.get("cache_control"):
            yield value["cache_control"]
        for name, each in value.items():
            if name in ("messages", "content", "system", "tools"):
                yield from breakpoints(each)
    elif isinstance(value, list):
        for each in value:
            yield from breakpoints(each)
