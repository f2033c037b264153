"""
Loopback servers that answer like the HTTP APIs of OpenAI and Anthropic, for tests, benchmarks and evals.

with OpenAIServer(Script([Text("Yes."), Fault(429, retry_after=2)])) as server:
    client = AsyncOpenAI(base_url=server.base_url, api_key=server.api_key)
"""

from tests.providers.anthropic_api import AnthropicServer
from tests.providers.openai_api import OpenAIServer
from tests.providers.process import ProviderProcess
from tests.providers.script import (
    CutOff,
    Empty,
    Fault,
    Hang,
    Json,
    MalformedArguments,
    Refusal,
    Reply,
    Script,
    SlowFirstByte,
    StreamFault,
    Text,
    ToolCall,
    ToolCalls,
    Usage,
    WrongSchema,
)
from tests.providers.server import ProviderServer, Received

__all__ = [
    "AnthropicServer",
    "CutOff",
    "Empty",
    "Fault",
    "Hang",
    "Json",
    "MalformedArguments",
    "OpenAIServer",
    "ProviderProcess",
    "ProviderServer",
    "Received",
    "Refusal",
    "Reply",
    "Script",
    "SlowFirstByte",
    "StreamFault",
    "Text",
    "ToolCall",
    "ToolCalls",
    "Usage",
    "WrongSchema",
]
