"""OpenAI's chat completions, embeddings and models, as its SDK and documentation describe them."""

import base64
import struct
import time
from typing import Any

from tests.providers import openai_rules
from tests.providers.script import Fault, Payload, Spoken, ToolCall, Usage
from tests.providers.server import EVENTS, JSON, ApiFault, ProviderServer, Received, dumped
from tests.providers.speech import Speech, Tools, arguments_text, fragments, speech_of, words
from tests.providers.validation import body_of
from tests.providers.vectors import vector_of
from tests.providers.wire import HttpAnswer, HttpRequest

KNOWN_MODELS = ("gpt-5.6-luna", "gpt-5-mini", "gpt-4.1-mini", "text-embedding-3-small", "text-embedding-3-large")
FINISH = {"stop": "stop", "length": "length", "tools": "tool_calls", "refusal": "stop", "filter": "content_filter"}
DONE = b"data: [DONE]\n\n"
KINDS = {  # HTTP status: `type` and `code` of the error
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "unsupported_country_region_territory"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
    500: ("server_error", None),
    503: ("server_error", None),
}


class OpenAIServer(ProviderServer):
    """`AsyncOpenAI(base_url=server.base_url, api_key=server.api_key)` talks to it."""

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def prepare(self) -> None:
        function = {"type": "function", "function": {"name": "a"}}
        call = {"id": "1", "type": "function", "function": {"name": "a", "arguments": "{}"}}
        messages = [
            {"role": "user", "content": [{"type": "text", "text": "a"}]},
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "1", "content": "a"},
        ]
        for stream in (False, True):
            openai_rules.check_chat({"model": "a", "messages": messages, "tools": [function], "stream": stream})
        openai_rules.check_embedding({"model": "a", "input": "a"})

    def respond(self, request: HttpRequest, received: Received) -> HttpAnswer:
        self._authenticate(request)
        match request.method, request.path:
            case "POST", "/v1/chat/completions":
                return self._complete(request, received)
            case "POST", "/v1/embeddings":
                return self._embed(request, received)
            case "GET", path if path == "/v1/models" or path.startswith("/v1/models/"):
                return self._list_models(path.removeprefix("/v1/models").removeprefix("/"))
            case method, ("/v1/chat/completions" | "/v1/embeddings") as path:
                raise ApiFault(405, f"Not allowed to {method} on {path}.")
            case method, path:
                raise ApiFault(404, f"Invalid URL ({method} {path})", code="unknown_url")

    def headers(self, number: int) -> dict[str, str]:
        self.remaining_requests = max(0, self.remaining_requests - 1)
        return {
            "x-request-id": f"req_{number:024x}",
            "openai-version": "2020-10-01",
            "openai-processing-ms": "1",
            "x-ratelimit-limit-requests": "10000",
            "x-ratelimit-remaining-requests": str(self.remaining_requests),
            "x-ratelimit-remaining-tokens": str(200 * self.remaining_requests),
            "x-ratelimit-reset-requests": "6ms",
        }

    def _authenticate(self, request: HttpRequest) -> None:
        given = request.headers.get("authorization", "")
        if not given.startswith("Bearer "):
            message = "You didn't provide an API key. You need to provide your API key in an Authorization header."
            raise ApiFault(401, message, code="missing")
        if given != f"Bearer {self.api_key}":
            raise ApiFault(401, "Incorrect API key provided. You can find your API key at https://platform.openai.com.")

    def _check_model(self, name: str) -> None:
        if self.models is not None and name not in self.models:
            message = f"The model `{name}` does not exist or you do not have access to it."
            raise ApiFault(404, message, field_path="model")

    def _complete(self, request: HttpRequest, received: Received) -> HttpAnswer:
        payload = received.json = body_of(request, "We could not parse the JSON body of your request.")
        openai_rules.check_chat(payload)
        self._check_model(payload["model"])
        return self.deliver(self.script.next_reply(payload), payload, received.number)

    def speak(self, reply: Spoken, payload: Payload, number: int) -> HttpAnswer:
        speech = speech_of(reply, tools_of(payload), len(str(payload["messages"])) + len(str(payload.get("tools", ""))))
        base = {"id": f"chatcmpl-{number}", "created": int(time.time()), "model": payload["model"]}
        if payload.get("stream"):
            with_usage = bool((payload.get("stream_options") or {}).get("include_usage"))
            return HttpAnswer(200, dict(EVENTS), events(base, speech, number, with_usage=with_usage))
        return HttpAnswer(200, dict(JSON), dumped(completion(base, speech, number, payload.get("n") or 1)))

    def _embed(self, request: HttpRequest, received: Received) -> HttpAnswer:
        payload = received.json = body_of(request, "We could not parse the JSON body of your request.")
        texts, dimensions = openai_rules.check_embedding(payload)
        self._check_model(payload["model"])
        answer = HttpAnswer(200, dict(JSON), embeddings(payload, texts, dimensions))
        reply = self.script.next_embedding()
        if reply is None:
            return answer
        changed = self.deliver(reply, {"messages": [], "model": payload["model"]}, received.number)
        if changed.status == 200:  # a delay or a cut; the body is still the vectors
            changed.body = answer.body
        return changed

    def _list_models(self, name: str) -> HttpAnswer:
        entries = [
            {"id": each, "object": "model", "created": 1_700_000_000, "owned_by": "openai"} for each in self._names()
        ]
        if not name:
            return HttpAnswer(200, dict(JSON), dumped({"object": "list", "data": entries}))
        for entry in entries:
            if entry["id"] == name:
                return HttpAnswer(200, dict(JSON), dumped(entry))
        raise ApiFault(404, f"The model '{name}' does not exist", field_path="model")

    def _names(self) -> list[str]:
        return list(KNOWN_MODELS if self.models is None else self.models)

    def fault_answer(self, fault: ApiFault) -> HttpAnswer:
        return HttpAnswer(fault.status, dict(JSON), dumped({"error": error_of(fault)}))

    def fault_event(self, fault: Fault) -> bytes:
        problem = ApiFault(fault.status, fault.message or "The server had an error while processing your request.")
        return event({"error": error_of(problem)})


def error_of(fault: ApiFault) -> Payload:
    kind, code = KINDS.get(fault.status, ("invalid_request_error" if fault.status < 500 else "server_error", None))
    code = fault.code or code
    if code == "insufficient_quota":
        kind = code
    shown = None if code in ("missing", "unknown_url") else code
    return {"message": fault.message, "type": fault.kind or kind, "param": fault.field_path, "code": shown}


def tools_of(payload: Payload) -> Tools:
    """The functions of a request, and the one that it forces."""
    names = tuple(tool["function"]["name"] for tool in payload.get("tools") or () if tool["type"] == "function")
    choice = payload.get("tool_choice")
    if choice == "required":
        return Tools(names, names[0])
    if isinstance(choice, dict) and choice["type"] == "function":
        return Tools(names, choice["function"]["name"])
    if isinstance(choice, dict) and choice["type"] == "allowed_tools" and choice["allowed_tools"]["mode"] == "required":
        return Tools(names, choice["allowed_tools"]["tools"][0]["function"]["name"])
    return Tools(names)


def call_of(call: ToolCall, number: int, index: int) -> Payload:
    function = {"name": call.name, "arguments": arguments_text(call)}
    return {"id": call.id or f"call_{number}_{index}", "type": "function", "function": function}


def completion(base: Payload, speech: Speech, number: int, count: int) -> Payload:
    """A whole `chat.completion`."""
    message: Payload = {"role": "assistant", "content": speech.text, "refusal": speech.refusal, "annotations": []}
    if speech.calls:
        message["tool_calls"] = [call_of(call, number, index) for index, call in enumerate(speech.calls)]
    choices = [
        {"index": index, "message": message, "logprobs": None, "finish_reason": FINISH[speech.finish]}
        for index in range(0 if speech.empty else count)
    ]
    whole = {**base, "object": "chat.completion", "choices": choices, "service_tier": "default"}
    if speech.usage is not None:
        whole["usage"] = usage_of(speech.usage)
    return whole


def usage_of(usage: Usage) -> Payload:
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_input_tokens, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def event(data: Any) -> bytes:
    return b"data: " + dumped(data) + b"\n\n"


def events(base: Payload, speech: Speech, number: int, *, with_usage: bool) -> list[bytes]:
    """The server-sent events of one completion."""
    chunk = {**base, "object": "chat.completion.chunk", "service_tier": "default"}
    if with_usage:
        chunk["usage"] = None
    made = [] if speech.empty else [event({**chunk, "choices": [choice]}) for choice in choices_of(speech, number)]
    if speech.empty:
        made.append(event({**chunk, "choices": []}))
    if with_usage and speech.usage is not None:
        made.append(event({**chunk, "choices": [], "usage": usage_of(speech.usage)}))
    return [*made, DONE]


def choices_of(speech: Speech, number: int) -> list[Payload]:
    """The one choice of each chunk: the role, the pieces, the reason of the end."""
    deltas: list[Payload] = [{"role": "assistant", "content": None if speech.calls else "", "refusal": None}]
    deltas += [{"content": piece} for piece in words(speech.text or "")]
    deltas += [{"refusal": piece} for piece in words(speech.refusal or "")]
    for index, call in enumerate(speech.calls):
        opened = call_of(call, number, index)
        opened["function"]["arguments"] = ""
        deltas.append({"tool_calls": [{"index": index, **opened}]})
        pieces = fragments(arguments_text(call))
        deltas += [{"tool_calls": [{"index": index, "function": {"arguments": piece}}]} for piece in pieces]
    choices = [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None} for delta in deltas]
    return [*choices, {"index": 0, "delta": {}, "logprobs": None, "finish_reason": FINISH[speech.finish]}]


def embeddings(payload: Payload, texts: list[str], dimensions: int) -> bytes:
    """The body of an answer: a vector for each text."""
    rows = [vector_of(text, dimensions) for text in texts]
    if payload.get("encoding_format") == "base64":
        vectors: list[Any] = [base64.b64encode(struct.pack(f"<{dimensions}f", *row)).decode() for row in rows]
    else:
        vectors = rows
    data = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)]
    tokens = sum(max(1, len(text) // 4) for text in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return dumped({"object": "list", "data": data, "model": payload["model"], "usage": usage})
