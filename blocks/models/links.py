"""The models that a chain names."""

from collections.abc import Sequence

import httpx
from prefect.blocks.core import Block

from innkeeper.blocks.models.chains import ENGINE
from innkeeper.blocks.models.chat import AnthropicModel, ChatModel, OpenAICompatibleModel, OpenAIModel
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.errors import NotConfigured

_BLOCKS: dict[str, type[ChatModel]] = {
    str(kind.get_block_type_slug()): kind for kind in (OpenAIModel, AnthropicModel, OpenAICompatibleModel)
}


async def load_models(links: Sequence[str], settings: Settings) -> list[ChatModel]:
    """
    The models of a chain, without the engine at its end.

    Raises:
        NotConfigured: A key, an address or a block is missing.
    """
    return [await _load(link, settings) for link in links if link != ENGINE]


async def _load(link: str, settings: Settings) -> ChatModel:
    kind, _, name = link.partition("/")
    if kind in _BLOCKS:
        return await _saved(kind, name)
    if kind == "compatible":
        if not settings.compatible_base_url:
            raise NotConfigured(f"{link!r} needs INNKEEPER_COMPATIBLE_BASE_URL, the server's address ending in /v1")
        return OpenAICompatibleModel(
            model=name,
            base_url=settings.compatible_base_url,
            api_key=settings.compatible_api_key,
            timeout_s=settings.model_timeout_s,
        )
    key = settings.openai_api_key if kind == "openai" else settings.anthropic_api_key
    if key is None:
        raise NotConfigured(f"{link!r} needs {kind.upper()}_API_KEY, or take it out of the model chain")
    if kind == "openai":
        return OpenAIModel(
            model=name, api_key=key, base_url=settings.openai_base_url, timeout_s=settings.model_timeout_s
        )
    return AnthropicModel(
        model=name, api_key=key, base_url=settings.anthropic_base_url, timeout_s=settings.model_timeout_s
    )


async def _saved(slug: str, name: str) -> ChatModel:
    try:
        block = await Block.aload(f"{slug}/{name}")
    except ValueError:
        raise NotConfigured(f"there is no block {slug}/{name}; create it, or take it out of the model chain") from None
    except httpx.HTTPError as error:
        raise NotConfigured(f"the Prefect server that keeps {slug}/{name} does not answer") from error
    if not isinstance(block, ChatModel):
        raise NotConfigured(f"{slug}/{name} is a {type(block).__name__}, not a chat model")
    return block
