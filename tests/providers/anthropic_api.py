"""Anthropic's messages and models, as its SDK and documentation describe them."""

import json
import re
from typing import Any

from tests.providers import anthropic_rules
from tests.providers.script import Fault, Payload, Spoken, ToolCall, Usage
from tests.providers.server import EVENTS, JSON, ApiFault, ProviderServer, Received, dumped
from tests.providers.speech import Speech, Tools, arguments_text, fragments, speech_of, words
from tests.providers.validation import body_of
from tests.providers.wire import HttpAnswer, HttpRequest

KNOWN_MODELS = ("claude-sonnet-5", "claude-haiku-4-5", "claude-opus-4-5")
VERSION = re.compile(r"20\d\d-\d\d-\d\d")
REASONS = {"stop": "end_turn", "length": "max_tokens", "tools": "tool_use", "refusal": "refusal", "filter": "refusal"}
KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}


class AnthropicServer(ProviderServer):
    """`AsyncAnthropic(base_url=server.base_url, api_key=server.api_key)` talks to it."""

    @property
    def base_url(self) -> str:
        return self.url

    def prepare(self) -> None:
        messages = [
            {"role": "user", "content": [{"type": "text", "text": "a"}]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "a", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "a"}]},
        ]
        tools = [{"name": "a", "input_schema": {"type": "object"}}]
        for beta in (False, True):
            request = {"model": "a", "max_tokens": 1, "system": "a", "messages": messages, "tools": tools}
            anthropic_rules.check_message(request, beta=beta)

    def respond(self, request: HttpRequest, received: Received) -> HttpAnswer:
        self._authenticate(request)
        match request.method, request.path:
            case "POST", "/v1/messages":
                return self._complete(request, received)
            case "GET", path if path == "/v1/models" or path.startswith("/v1/models/"):
                return self._list_models(path.removeprefix("/v1/models").removeprefix("/"))
            case _, "/v1/messages":
                raise ApiFault(405, "Method Not Allowed")
        raise ApiFault(404, "Not Found")

    def headers(self, number: int) -> dict[str, str]:
        self.remaining_requests = max(0, self.remaining_requests - 1)
        return {
            "request-id": f"req_{number:024x}",
            "anthropic-organization-id": "00000000-0000-0000-0000-000000000000",
            "anthropic-ratelimit-requests-limit": "10000",
            "anthropic-ratelimit-requests-remaining": str(self.remaining_requests),
            "anthropic-ratelimit-tokens-remaining": str(200 * self.remaining_requests),
        }

    def _authenticate(self, request: HttpRequest) -> None:
        bearer = request.headers.get("authorization", "")  # what the SDK sends since version 2
        given = request.headers.get("x-api-key") or bearer.removeprefix("Bearer ")
        if not given:
            raise ApiFault(401, "x-api-key header is required")
        if given != self.api_key:
            raise ApiFault(401, "invalid x-api-key")
        version = request.headers.get("anthropic-version")
        if version is None:
            raise ApiFault(400, "anthropic-version: header is required")
        if not VERSION.fullmatch(version):
            raise ApiFault(400, f'anthropic-version: "{version}" is not a valid version')

    def _complete(self, request: HttpRequest, received: Received) -> HttpAnswer:
        payload = received.json = body_of(request, "The request body is not valid JSON:")
        anthropic_rules.check_message(payload, beta=request.query.get("beta") == "true")
        if self.models is not None and payload["model"] not in self.models:
            raise ApiFault(404, f"model: {payload['model']}")
        return self.deliver(self.script.next_reply(payload), payload, received.number)

    def speak(self, reply: Spoken, payload: Payload, number: int) -> HttpAnswer:
        asked = sum(len(str(payload.get(name, ""))) for name in ("system", "messages", "tools"))
        speech = speech_of(reply, tools_of(payload), asked)
        base = {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": payload["model"]}
        if payload.get("stream"):
            return HttpAnswer(200, dict(EVENTS), events(base, speech, number))
        return HttpAnswer(200, dict(JSON), dumped(message(base, speech, number)))

    def _list_models(self, name: str) -> HttpAnswer:
        entries = [
            {"type": "model", "id": each, "display_name": each, "created_at": "2026-01-01T00:00:00Z"}
            for each in (KNOWN_MODELS if self.models is None else self.models)
        ]
        if name:
            found = [entry for entry in entries if entry["id"] == name]
            if not found:
                raise ApiFault(404, f"model: {name}")
            return HttpAnswer(200, dict(JSON), dumped(found[0]))
        page: Payload = {"data": entries, "has_more": False, "first_id": None, "last_id": None}
        if entries:
            page |= {"first_id": entries[0]["id"], "last_id": entries[-1]["id"]}
        return HttpAnswer(200, dict(JSON), dumped(page))

    def fault_answer(self, fault: ApiFault) -> HttpAnswer:
        body = {**error_of(fault), "request_id": f"req_{len(self.requests) + 1:024x}"}
        return HttpAnswer(fault.status, dict(JSON), dumped(body))

    def fault_event(self, fault: Fault) -> bytes:
        return event("error", error_of(ApiFault(fault.status, fault.message or "Overloaded")))


def error_of(fault: ApiFault) -> Payload:
    kind = fault.kind or KINDS.get(fault.status, "api_error" if fault.status >= 500 else "invalid_request_error")
    return {"type": "error", "error": {"type": kind, "message": fault.message}}


def tools_of(payload: Payload) -> Tools:
    """The tools of a request, and the one that it forces."""
    names = tuple(tool["name"] for tool in payload.get("tools") or () if "name" in tool)
    choice = payload.get("tool_choice") or {}
    if choice.get("type") == "any":
        return Tools(names, names[0])
    return Tools(names, choice["name"] if choice.get("type") == "tool" else None)


def parsed(call: ToolCall) -> Any:
    """The input as an object; broken JSON is wrapped, as the documentation of fine-grained streaming advises."""
    text = arguments_text(call)
    try:
        value = json.loads(text)
    except ValueError:
        return {"INVALID_JSON": text}
    return value if isinstance(value, dict) else {"INVALID_JSON": text}


def tool_use(call: ToolCall, number: int, index: int, value: Any) -> Payload:
    return {"type": "tool_use", "id": call.id or f"toolu_{number}_{index}", "name": call.name, "input": value}


def details_of(speech: Speech) -> Payload | None:
    if REASONS[speech.finish] != "refusal":
        return None
    return {"type": "refusal", "category": None, "explanation": speech.refusal}


def message(base: Payload, speech: Speech, number: int) -> Payload:
    """A whole message."""
    content: list[Payload] = [{"type": "text", "text": speech.text}] if speech.text is not None else []
    content += [tool_use(call, number, index, parsed(call)) for index, call in enumerate(speech.calls)]
    whole = {**base, "content": content, "stop_reason": REASONS[speech.finish], "stop_sequence": None}
    whole["stop_details"] = details_of(speech)
    if speech.usage is not None:
        whole["usage"] = usage_of(speech.usage)
    return whole


def usage_of(usage: Usage) -> Payload:
    """Anthropic counts input that was read from or written to the cache apart."""
    return {
        "input_tokens": max(0, usage.input_tokens - usage.cached_input_tokens - usage.cache_write_tokens),
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "cache_read_input_tokens": usage.cached_input_tokens,
        "output_tokens": usage.output_tokens,
        "service_tier": "standard",
    }


def event(name: str, data: Payload) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + dumped(data) + b"\n\n"


def events(base: Payload, speech: Speech, number: int) -> list[bytes]:
    """The server-sent events of one message, in Anthropic's order."""
    started: Payload = {**base, "content": [], "stop_reason": None, "stop_sequence": None}
    closing: Payload = {"delta": {"stop_reason": REASONS[speech.finish], "stop_sequence": None}}
    closing["delta"]["stop_details"] = details_of(speech)
    if speech.usage is not None:
        counted = usage_of(speech.usage)
        started["usage"] = {**counted, "output_tokens": min(1, speech.usage.output_tokens)}
        closing["usage"] = {name: count for name, count in counted.items() if name != "service_tier"}
    blocks = blocks_of(speech, number)
    made = [event("message_start", {"type": "message_start", "message": started})]
    ping = event("ping", {"type": "ping"})
    for index, (opened, deltas) in enumerate(blocks):
        made.append(
            event("content_block_start", {"type": "content_block_start", "index": index, "content_block": opened})
        )
        if index == 0:
            made.append(ping)
        made += [
            event("content_block_delta", {"type": "content_block_delta", "index": index, "delta": d}) for d in deltas
        ]
        made.append(event("content_block_stop", {"type": "content_block_stop", "index": index}))
    made.append(event("message_delta", {"type": "message_delta", **closing}))
    return [*made, event("message_stop", {"type": "message_stop"})]


def blocks_of(speech: Speech, number: int) -> list[tuple[Payload, list[Payload]]]:
    """Each block as it is opened, and its deltas."""
    blocks: list[tuple[Payload, list[Payload]]] = []
    if speech.text is not None:
        deltas: list[Payload] = [{"type": "text_delta", "text": piece} for piece in words(speech.text)]
        blocks.append(({"type": "text", "text": ""}, deltas))
    for index, call in enumerate(speech.calls):
        pieces = ["", *fragments(arguments_text(call))]
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
        blocks.append((tool_use(call, number, index, {}), deltas))
    return blocks
