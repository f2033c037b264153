"""What OpenAI turns down, and in which words."""

import re
from functools import cache
from typing import Any

from tests.providers.script import Payload
from tests.providers.server import ApiFault
from tests.providers.typed_dicts import Check, Mismatch, Path, check_object, name_of
from tests.providers.validation import loose_objects

EMBEDDING_SIZES = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}
MAX_INPUTS = 2048
MAX_INPUT_CHARS = 8192 * 4
TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
REASONING_MODEL = re.compile(r"o[1-9]|gpt-5")
RANGES = {  # field: lowest and highest value
    "temperature": (0, 2),
    "top_p": (0, 1),
    "n": (1, 128),
    "max_tokens": (1, None),
    "max_completion_tokens": (1, None),
    "frequency_penalty": (-2, 2),
    "presence_penalty": (-2, 2),
    "top_logprobs": (0, 20),
}


def rejected(message: str, field_path: str | None = None, code: str | None = None) -> ApiFault:
    return ApiFault(400, message, field_path=field_path, code=code)


@cache
def chat_check(*, streaming: bool) -> Check:
    from openai.types.chat import completion_create_params as params  # seconds to import; only these names are used

    return check_object(
        params.CompletionCreateParamsStreaming if streaming else params.CompletionCreateParamsNonStreaming
    )


@cache
def embedding_check() -> Check:
    from openai.types.embedding_create_params import EmbeddingCreateParams  # as above

    return check_object(EmbeddingCreateParams)


def check_fields(check: Check, payload: Payload) -> None:
    try:
        check(payload, ())
    except Mismatch as problem:
        raise rejection_of(problem) from problem


def rejection_of(problem: Mismatch) -> ApiFault:
    """OpenAI's words for a field that does not fit."""
    place = written(problem.path)
    match problem.kind:
        case "unknown":
            return rejected(f"Unknown parameter: '{place}'.", place, "unknown_parameter")
        case "missing" if place == "model":
            return rejected("you must provide a model parameter")
        case "missing":
            return rejected(f"Missing required parameter: '{place}'.", place, "missing_required_parameter")
        case "value" if isinstance(problem.value, str):
            message = f"Invalid value: '{problem.value}'. Supported values are: {problem.expected}."
            return rejected(message, place, "invalid_value")
    got = name_of(problem.value)
    return rejected(
        f"Invalid type for '{place}': expected {problem.expected}, but got {got} instead.", place, "invalid_type"
    )


def written(path: Path) -> str:
    """`messages[0].content`."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(parts).removeprefix(".")


def check_chat(payload: Payload) -> None:
    """Raise `ApiFault` 400 for a chat request that OpenAI would turn down."""
    check_fields(chat_check(streaming=payload.get("stream") is True), payload)
    check_ranges(payload)
    check_combinations(payload)
    check_tools(payload)
    check_format(payload)
    check_messages(payload["messages"])


def check_ranges(payload: Payload) -> None:
    for name, (lowest, highest) in RANGES.items():
        value = payload.get(name)
        if value is None:
            continue
        kind = "integer" if isinstance(value, int) else "decimal"
        if value < lowest:
            message = (
                f"Invalid '{name}': {kind} below minimum value. Expected a value >= {lowest}, but got {value} instead."
            )
            raise rejected(message, name, f"{kind}_below_min_value")
        if highest is not None and value > highest:
            message = (
                f"Invalid '{name}': {kind} above maximum value. Expected a value <= {highest}, but got {value} instead."
            )
            raise rejected(message, name, f"{kind}_above_max_value")


def check_combinations(payload: Payload) -> None:
    if payload.get("stream_options") is not None and not payload.get("stream"):
        raise rejected("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options")
    if payload.get("max_tokens") is not None and payload.get("max_completion_tokens") is not None:
        message = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
        raise rejected(message, "max_tokens", "invalid_parameter_combination")
    if payload.get("max_tokens") is not None and REASONING_MODEL.match(payload["model"]):
        message = (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        )
        raise rejected(message, "max_tokens", "unsupported_parameter")
    if payload.get("top_logprobs") is not None and not payload.get("logprobs"):
        raise rejected("'top_logprobs' is only allowed when 'logprobs' is enabled.", "top_logprobs")


def check_tools(payload: Payload) -> None:
    tools = payload.get("tools")
    if tools is None:
        for name in ("tool_choice", "parallel_tool_calls"):
            if name in payload and payload[name] != "none":
                raise rejected(
                    f"Invalid value for '{name}': '{name}' is only allowed when 'tools' are specified.", name
                )
        return
    if not tools:
        raise rejected(empty_array("tools"), "tools", "empty_array")
    names = set()
    for number, tool in enumerate(tools):
        if tool["type"] != "function":
            continue
        function, place = tool["function"], f"tools[{number}].function"
        names.add(function["name"])
        if not TOOL_NAME.fullmatch(function["name"]):
            message = f"Invalid '{place}.name': string does not match pattern. Expected '^[a-zA-Z0-9_-]+$', at most 64."
            raise rejected(message, f"{place}.name", "invalid_value")
        if function.get("strict"):
            check_strict(function.get("parameters") or {}, f"function '{function['name']}'", f"{place}.parameters")
    choice = payload.get("tool_choice")
    if isinstance(choice, dict) and choice["type"] == "function" and choice["function"]["name"] not in names:
        message = f"Tool choice '{choice['function']['name']}' not found in 'tools' parameter."
        raise rejected(message, "tool_choice")


def check_format(payload: Payload) -> None:
    wanted = payload.get("response_format") or {}
    if wanted.get("type") == "json_object" and "json" not in str(payload["messages"]).lower():
        message = (
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
        )
        raise rejected(message, "messages")
    if wanted.get("type") == "json_schema":
        name = wanted["json_schema"]["name"]
        if not TOOL_NAME.fullmatch(name):
            message = "Invalid 'response_format.json_schema.name': string does not match pattern '^[a-zA-Z0-9_-]+$'."
            raise rejected(message, "response_format.json_schema.name", "invalid_value")
        if wanted["json_schema"].get("strict"):
            schema = wanted["json_schema"].get("schema") or {}
            check_strict(schema, f"response_format '{name}'", "response_format.json_schema.schema")


def check_strict(schema: Payload, subject: str, place: str) -> None:
    if schema.get("type") != "object":
        message = f"Invalid schema for {subject}: schema must be a JSON Schema of 'type: \"object\"'."
        raise rejected(message, place, "invalid_json_schema")
    for path, why in loose_objects(schema, all_required=True):
        raise rejected(f"Invalid schema for {subject}: In context={path}, {why}.", place, "invalid_json_schema")


def check_messages(messages: list[Payload]) -> None:
    """Every call is answered by a tool message right after it, and no tool message stands alone."""
    if not messages:
        raise rejected(empty_array("messages"), "messages", "empty_array")
    open_ids: list[str] = []
    for number, message in enumerate(messages):
        if message["role"] == "tool":
            check_tool_message(message, number, messages, open_ids)
            continue
        if open_ids:
            raise unanswered(open_ids, number)
        if message["role"] == "assistant":
            open_ids = [call["id"] for call in message.get("tool_calls") or ()]
            check_assistant(message, number)
    if open_ids:
        raise unanswered(open_ids, len(messages) - 1)


def check_tool_message(message: Payload, number: int, messages: list[Payload], open_ids: list[str]) -> None:
    if message["tool_call_id"] in open_ids:
        open_ids.remove(message["tool_call_id"])
        return
    place = f"messages.[{number}]"
    if number and (messages[number - 1]["role"] == "tool" or messages[number - 1].get("tool_calls")):
        asked = message["tool_call_id"]
        text = f"Invalid parameter: 'tool_call_id' of '{asked}' not found in 'tool_calls' of previous message."
        raise rejected(text, f"{place}.tool_call_id")
    text = "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
    raise rejected(text, f"{place}.role")


def check_assistant(message: Payload, number: int) -> None:
    place = f"messages[{number}]"
    if "tool_calls" in message and not message["tool_calls"]:
        raise rejected(empty_array(f"{place}.tool_calls"), f"{place}.tool_calls", "empty_array")
    told = ("content", "tool_calls", "function_call", "refusal", "audio")
    if all(message.get(name) is None for name in told):
        text = f"Invalid value for 'content': expected a string, got null. (at {place})"
        raise rejected(text, f"{place}.content")


def unanswered(ids: list[str], number: int) -> ApiFault:
    text = (
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
        f"The following tool_call_ids did not have response messages: {', '.join(ids)}"
    )
    return rejected(text, f"messages.[{number}].role")


def empty_array(name: str) -> str:
    return f"Invalid '{name}': empty array. Expected an array with minimum length 1, but got an empty array instead."


def check_embedding(payload: Payload) -> tuple[list[str], int]:
    """The texts (tokens written as a text) and the size of the vectors; raises `ApiFault` 400."""
    check_fields(embedding_check(), payload)
    given: Any = payload["input"]
    one = isinstance(given, str) or (bool(given) and isinstance(given[0], int))
    inputs = [given] if one else given
    if not inputs or len(inputs) > MAX_INPUTS or any(not each for each in inputs):
        raise rejected(f"'$.input' is invalid: 1 to {MAX_INPUTS} inputs, none of them empty.", "input")
    texts = [each if isinstance(each, str) else " ".join(map(str, each)) for each in inputs]
    if any(len(text) > MAX_INPUT_CHARS for text in texts):
        raise rejected("Invalid 'input': maximum input length is 8192 tokens.", "input")
    size = EMBEDDING_SIZES.get(payload["model"], 1536)
    dimensions = payload.get("dimensions", size)
    if "dimensions" in payload and payload["model"] == "text-embedding-ada-002":
        raise rejected("This model does not support specifying dimensions.", "dimensions")
    if not 1 <= dimensions <= size:
        raise rejected(f"Invalid 'dimensions': expected a value from 1 to {size}, but got {dimensions}.", "dimensions")
    return texts, dimensions
