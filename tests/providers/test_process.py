"""A provider in a process of its own, scripts as JSON, and the bare HTTP underneath."""

import socket
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
from openai import OpenAI
from tests.providers import (
    CutOff,
    Fault,
    Hang,
    OpenAIServer,
    ProviderProcess,
    Reply,
    Script,
    SlowFirstByte,
    StreamFault,
    Text,
    ToolCall,
    ToolCalls,
    Usage,
)

HELLO = {"model": "gpt-5-mini", "messages": [{"role": "user", "content": "hi"}]}
REPLIES: list[Reply] = [
    Text("hi", usage=None),
    ToolCalls([ToolCall("book", {"room": "612"})], usage=Usage(1, 2)),
    Fault(429, retry_after=2),
    SlowFirstByte(0.5, CutOff(2, Text("a"))),
    StreamFault(1, Fault(500)),
]


def ask(client: OpenAI) -> str | None:
    answer = client.chat.completions.create(model="gpt-5-mini", messages=[{"role": "user", "content": "hi"}])
    return answer.choices[0].message.content


def test_a_process_follows_its_script_and_writes_requests_down(tmp_path: Path) -> None:
    script = Script([Text("first"), Fault(429)], default=Text("then"))
    record = tmp_path / "requests.jsonl"
    with ProviderProcess("openai", script, record=record) as server:
        with OpenAI(base_url=server.base_url, api_key=server.api_key, max_retries=0) as client:
            assert ask(client) == "first"
            with pytest.raises(openai.RateLimitError):
                ask(client)
            assert ask(client) == "then"
        assert [request["status"] for request in server.requests] == [200, 429, 200]
        assert server.requests[0]["json"] == HELLO
    assert server.api_key not in record.read_text()


def test_a_killed_process_can_be_started_anew_in_its_place() -> None:
    with ProviderProcess("openai") as server, OpenAI(base_url=server.base_url, api_key="sk-loopback") as client:
        client.max_retries = 0
        assert ask(client) == "ok"
        server.kill()
        with pytest.raises(openai.APIConnectionError):
            ask(client)
        port = int(server.base_url.split(":")[2].split("/")[0])
        with ProviderProcess("openai", port=port) as again:
            assert again.base_url == server.base_url
            assert ask(client) == "ok"


def test_a_process_that_cannot_start_says_so() -> None:
    with pytest.raises(RuntimeError, match="did not start"), ProviderProcess("nobody"):
        pass


def test_a_script_survives_its_way_through_json() -> None:
    script = Script(REPLIES, default=Text("ok"), embeddings=[Fault(500)])
    again = Script.from_json(script.to_json())
    assert [again.next_reply({}) for _ in range(len(REPLIES) + 1)] == [*REPLIES, Text("ok")]
    assert again.next_embedding() == Fault(500)
    assert again.next_embedding() is None


@pytest.mark.parametrize("text", ['{"replies": ["hi"]}', '{"replies": [{"Nothing": {}}]}', "{"])
def test_a_wrong_script_is_turned_down(text: str) -> None:
    with pytest.raises(ValueError, match=r"reply is one of|Expecting"):
        Script.from_json(text)


def test_a_function_cannot_be_sent_to_a_process() -> None:
    with pytest.raises(ValueError, match="cannot be sent"):
        Script([lambda request: Text("a")]).to_json()


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(Script([Hang(Text("first")), Text("second")])) as started:
        yield started


def test_requests_on_one_connection_are_answered_in_their_order(server: OpenAIServer) -> None:
    body = b'{"model":"m","messages":[{"role":"user","content":"hi"}]}'
    head = f"POST /v1/chat/completions HTTP/1.1\r\nauthorization: Bearer {server.api_key}\r\n"
    one = f"{head}content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
    port = int(server.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.sendall(one[:100])
        sock.sendall(one[100:] + one)
        server.wait_for(1)
        server.release()
        received = b""
        while received.count(b"HTTP/1.1 200 OK") < 2 or not received.endswith(b"}"):
            received += sock.recv(65536)
    assert received.index(b"first") < received.index(b"second")


def test_a_body_without_a_length_or_too_long_is_turned_down(server: OpenAIServer) -> None:
    port = int(server.url.rsplit(":", 1)[1])
    for line, status in (("transfer-encoding: chunked", b"411"), (f"content-length: {10**9}", b"413")):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
            sock.sendall(f"POST /v1/chat/completions HTTP/1.1\r\n{line}\r\n\r\n".encode())
            assert sock.recv(1024).split(b" ")[1] == status
