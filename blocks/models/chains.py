"""Chains as an operator writes them: `openai/gpt-…,anthropic/claude-…,engine`."""

from innkeeper.blocks.settings import Settings
from innkeeper.schemas.errors import NotConfigured
from innkeeper.schemas.models import Capability

ENGINE = "engine"
BLOCK_SLUGS = ("hotel-openai-model", "hotel-anthropic-model", "hotel-openai-compatible-model")
_KINDS = {"openai", "anthropic", "compatible", *BLOCK_SLUGS}


def parse_chain(text: str) -> tuple[str, ...]:
    """
    The links of a chain in their order; `engine` ends every one.

    Raises:
        NotConfigured: A link has another form, stands there twice, or follows `engine`.
    """
    links = [link.strip() for link in text.split(",") if link.strip()]
    for link in links:
        kind, _, name = link.partition("/")
        if link != ENGINE and (kind not in _KINDS or not name or set(name) & set("; \t")):
            raise NotConfigured(
                f"{link!r} is no link of a model chain; write openai/MODEL, anthropic/MODEL, compatible/MODEL, engine,"
                f" or a block such as {BLOCK_SLUGS[0]}/NAME"
            )
    if len(set(links)) < len(links):
        raise NotConfigured(f"the model chain {text!r} names a link twice")
    if ENGINE in links[:-1]:
        raise NotConfigured(f"in the model chain {text!r} nothing can follow `engine`: it always answers")
    return tuple(links) if links[-1:] == [ENGINE] else (*links, ENGINE)


def chain_of(settings: Settings, capability: Capability) -> tuple[str, ...]:
    """The chain of a capability: its own setting's, or the common one's; raises as `parse_chain`."""
    own: str | None = getattr(settings, f"model_chain_{capability.value}", None)
    return parse_chain(own or settings.model_chain)
