"""Chat models: where they are, with which key, and within which limits."""

from abc import ABC, abstractmethod
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from urllib.parse import urlsplit

from prefect.blocks.core import Block
from pydantic import Field, HttpUrl, SecretStr, field_validator

from innkeeper.blocks.provider_facts import note_rate_limit

if TYPE_CHECKING:
    from ssl import SSLContext

    from pydantic_ai.models import Model

_REMAINING = ("x-ratelimit-remaining-requests", "anthropic-ratelimit-requests-remaining")
OPENAI_DOCS = HttpUrl("https://platform.openai.com/docs/api-reference/chat")
ANTHROPIC_DOCS = HttpUrl("https://docs.anthropic.com/en/api/messages")


class ChatModel(Block, ABC):
    """A model that answers a conversation; a subclass is one provider."""

    provider: ClassVar[str]

    model: str = Field(min_length=1, description="The model's name, as its provider spells it.")
    timeout_s: float = Field(default=30.0, gt=0, le=600, description="Seconds for one attempt, and to a first token.")
    max_output_tokens: int = Field(default=1_024, ge=1, le=200_000, description="The longest answer.")
    temperature: float | None = Field(
        default=None, ge=0, le=2, description="Randomness; empty leaves it to the provider, as some models demand."
    )

    @property
    def link(self) -> str:
        """Its name in a chain and in the ledger: `openai/gpt-…`."""
        return f"{self.provider}/{self.model}"

    @property
    def circuit(self) -> str:
        """What fails together: the provider, or the server behind an address."""
        return self.provider

    @property
    @abstractmethod
    def connection(self) -> tuple[str | None, str]:
        """Base URL (none: the provider's own) and key."""

    async def _note(self, response: Any) -> None:
        """Remember what the provider says it still allows; health shows it."""
        for name in _REMAINING:
            note_rate_limit(self.provider, response.headers.get(name))

    @abstractmethod
    def client(self) -> "Model":
        """A new pydantic-ai model over the provider's SDK, without retries of its own."""


@cache
def tls() -> "SSLContext":
    """One for all clients: making one takes some 40 ms, in which nobody else is served."""
    from httpx2 import create_ssl_context

    return create_ssl_context()


class _OverOpenAI(ChatModel):
    """What speaks OpenAI's chat completions."""

    def client(self) -> "Model":
        """A new pydantic-ai model over the `openai` SDK, without retries of its own."""
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient
        from pydantic_ai.models.openai import OpenAIChatModel
        from pydantic_ai.providers.openai import OpenAIProvider

        base_url, key = self.connection
        http = DefaultAsyncHttpxClient(verify=tls(), timeout=self.timeout_s, event_hooks={"response": [self._note]})
        sdk = AsyncOpenAI(api_key=key, base_url=base_url, max_retries=0, http_client=http)
        return OpenAIChatModel(self.model, provider=OpenAIProvider(openai_client=sdk), profile=self._profile())

    def _profile(self) -> Any:
        """What the model can do; none: what pydantic-ai knows of its name."""
        return None


class _Hosted(ChatModel):
    """What a provider hosts, for an account."""

    api_key: SecretStr = Field(description="Key of the account that pays.")
    base_url: str | None = Field(default=None, description="Another address for the same service; OpenAI's end in /v1.")

    @field_validator("base_url")
    @classmethod
    def _an_address(cls, url: str | None) -> str | None:
        return http_address(url) if url else None

    @property
    def connection(self) -> tuple[str | None, str]:
        """Base URL and key."""
        return self.base_url, self.api_key.get_secret_value()


class OpenAIModel(_OverOpenAI, _Hosted):
    """
    A chat model of OpenAI.

    Attributes:
        api_key: Key of the account that pays.
        base_url: Another address for the same service, such as a proxy of the company.

    Example:
        Load the block and see its name in a chain:
        ```python
        from innkeeper.blocks.models.chat import OpenAIModel

        model = OpenAIModel.load("BLOCK_NAME")
        print(model.link)
        ```
    """

    _block_type_name = "Hotel OpenAI Model"
    _block_type_slug = "hotel-openai-model"
    _documentation_url = OPENAI_DOCS
    provider: ClassVar[str] = "openai"


class OpenAICompatibleModel(_OverOpenAI):
    """
    A model behind a server that speaks OpenAI's chat completions: vLLM, llama.cpp, Ollama, Together and others.

    Attributes:
        base_url: The server's address, ending in /v1.
        api_key: The server's key, where it asks for one.
        structured_output: How it is asked for JSON.

    Example:
        Load the block and see its name in a chain:
        ```python
        from innkeeper.blocks.models.chat import OpenAICompatibleModel

        model = OpenAICompatibleModel.load("BLOCK_NAME")
        print(model.link)
        ```
    """

    _block_type_name = "Hotel OpenAI-Compatible Model"
    _block_type_slug = "hotel-openai-compatible-model"
    _documentation_url = OPENAI_DOCS
    provider: ClassVar[str] = "compatible"

    base_url: str = Field(description="The server's address, ending in /v1; Ollama's is http://localhost:11434/v1.")
    api_key: SecretStr | None = Field(default=None, description="The server's key, where it asks for one.")
    structured_output: Literal["schema", "prompt"] = Field(
        default="schema", description="`schema`: the server enforces a JSON schema; `prompt`: it is only asked to."
    )

    @field_validator("base_url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        return http_address(url)

    @property
    def connection(self) -> tuple[str | None, str]:
        """Base URL and key; a server without keys gets a word that it ignores."""
        return self.base_url, self.api_key.get_secret_value() if self.api_key else "none"

    @property
    def circuit(self) -> str:
        """The server: several models behind one address fail together."""
        return f"compatible@{urlsplit(self.base_url).netloc.rpartition('@')[2]}"

    def _profile(self) -> Any:
        from pydantic_ai.profiles.openai import OpenAIModelProfile

        return OpenAIModelProfile(
            supports_json_schema_output=self.structured_output == "schema",
            default_structured_output_mode="native" if self.structured_output == "schema" else "prompted",
        )


class AnthropicModel(_Hosted):
    """
    A chat model of Anthropic.

    Attributes:
        api_key: Key of the account that pays.
        base_url: Another address for the same service, such as a proxy of the company.

    Example:
        Load the block and see its name in a chain:
        ```python
        from innkeeper.blocks.models.chat import AnthropicModel

        model = AnthropicModel.load("BLOCK_NAME")
        print(model.link)
        ```
    """

    _block_type_name = "Hotel Anthropic Model"
    _block_type_slug = "hotel-anthropic-model"
    _documentation_url = ANTHROPIC_DOCS
    provider: ClassVar[str] = "anthropic"

    def client(self) -> "Model":
        """A new pydantic-ai model over the `anthropic` SDK, without retries of its own."""
        from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient
        from pydantic_ai.models.anthropic import AnthropicModel as PydanticAnthropic
        from pydantic_ai.providers.anthropic import AnthropicProvider

        base_url, key = self.connection
        http = DefaultAsyncHttpxClient(verify=tls(), timeout=self.timeout_s, event_hooks={"response": [self._note]})
        sdk = AsyncAnthropic(api_key=key, base_url=base_url, max_retries=0, http_client=http)
        return PydanticAnthropic(self.model, provider=AnthropicProvider(anthropic_client=sdk))


def http_address(url: str) -> str:
    """`url` without a trailing slash; raises `ValueError` when it is no http address."""
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
        raise ValueError("the address must start with http:// or https:// and name a server")
    return url.rstrip("/")
