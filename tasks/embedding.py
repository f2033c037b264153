"""Texts to vectors: the embedder that the settings name, its calls limited, retried and recorded."""

from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from prefect.blocks.core import Block
from prefect.context import FlowRunContext

from innkeeper.blocks import metrics
from innkeeper.blocks.models.embedders import Embedder, Kind, LocalEmbedder, OpenAIEmbedder
from innkeeper.blocks.settings import Settings
from innkeeper.blocks.tracing import embedding_span
from innkeeper.engine import embedding as local
from innkeeper.engine.tokens import estimate_tokens
from innkeeper.schemas.errors import CircuitOpen, NotConfigured, TransientError
from innkeeper.schemas.models import CallOutcome, Capability, FinishedCall, NewCall, Spender, TokenUsage
from innkeeper.tasks.accounting import outcome_of
from innkeeper.tasks.circuits import breaker
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.policies import MODEL_RETRIES, retried, step

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

AT_ONCE = 64  # texts of one call: some seconds of the local embedder, some 20,000 tokens of a provider's
LOCAL = "local"
_SLUGS = {str(kind.get_block_type_slug()): kind for kind in (LocalEmbedder, OpenAIEmbedder)}


class NamedEmbedder(NamedTuple):
    """
    An embedder and what an index records of it.

    Attributes:
        spec: As the setting names it.
        block: None where the local embedder cannot run; documents are then found by words alone.
        model: Name of the model; empty without one.
        dimensions: Length of a vector; 0 without one.
    """

    spec: str
    block: Embedder | None
    model: str
    dimensions: int

    @property
    def is_paid(self) -> bool:
        """Whether its calls go to a provider."""
        return self.block is not None and not isinstance(self.block, LocalEmbedder)


async def load_embedder(spec: str, settings: Settings) -> NamedEmbedder:
    """
    The embedder that `local`, `openai/MODEL` or a block's `SLUG/NAME` names.

    Raises:
        NotConfigured: A key or a block is missing, or the name has another form.
    """
    kind, _, name = spec.partition("/")
    block: Embedder
    if spec == LOCAL:
        if not local.available():
            return NamedEmbedder(spec, None, "", 0)
        block = LocalEmbedder()
    elif kind == "openai" and name:
        if settings.openai_api_key is None:
            raise NotConfigured(f"the embedder {spec!r} needs OPENAI_API_KEY; or set INNKEEPER_EMBEDDER=local")
        block = OpenAIEmbedder(
            model=name,
            api_key=settings.openai_api_key,
            base_url=settings.openai_base_url,
            timeout_s=settings.model_timeout_s,
        )
    elif kind in _SLUGS and name:
        block = await _saved(spec)
    else:
        raise NotConfigured(
            f"{spec!r} is no embedder; write local, openai/MODEL, or a block such as hotel-openai-embedder/NAME"
        )
    return NamedEmbedder(spec, block, block.name, block.dimensions)


async def _saved(slug: str) -> Embedder:
    import httpx

    try:
        block = await Block.aload(slug)
    except ValueError:
        raise NotConfigured(f"there is no block {slug}; create it, or choose another embedder") from None
    except httpx.HTTPError as error:
        raise NotConfigured(f"the Prefect server that keeps {slug} does not answer") from error
    if not isinstance(block, Embedder):
        raise NotConfigured(f"{slug} is a {type(block).__name__}, not an embedder")
    return block


async def embed_texts(
    embedder: Embedder, texts: Sequence[str], kind: Kind, gateway: ModelGateway, spender: Spender
) -> "NDArray[np.float32]":
    """
    Vectors of n texts, (n, dimensions) with unit rows, in calls of at most `AT_ONCE`; Prefect tasks in a flow run.

    Args:
        embedder: A provider's calls are recorded in the ledger, like those of any model; the local one's cost nothing.
        kind: Passages to be found, or queries.

    Raises:
        TransientError: After the retries.
        CircuitOpen: The provider is left alone for now.
        BudgetExceeded: A hard limit leaves no room.
        PermanentError: The provider will not, or the machine cannot.
    """
    import numpy as np

    rows = []
    for start in range(0, len(texts), AT_ONCE):
        some = list(texts[start : start + AT_ONCE])
        if FlowRunContext.get() is not None:
            rows.append(await embed_batch(embedder, some, kind, gateway, spender))
        else:
            rows.append(await retried(lambda some=some: embed_batch.fn(embedder, some, kind, gateway, spender)))  # type: ignore[misc]  # mypy does not infer a lambda with a default
    return np.concatenate(rows) if rows else np.zeros((0, embedder.dimensions), dtype=np.float32)


@step(run_name="embed-{kind}-batch", retries=MODEL_RETRIES)
async def embed_batch(
    embedder: Embedder, texts: list[str], kind: Kind, gateway: ModelGateway, spender: Spender
) -> "NDArray[np.float32]":
    """One call. A provider's has a row in the ledger before it leaves, and its cost afterwards."""
    if isinstance(embedder, LocalEmbedder):
        vectors, _ = await embedder.embed(texts, kind)
        return vectors
    async with gateway.slots:
        circuit = breaker(embedder.provider)
        if not circuit.allow():
            raise CircuitOpen(
                f"{embedder.provider} failed too often and is left alone for {circuit.opens_again_in_s:.0f} s"
            )
        try:
            vectors = await _charged(embedder, texts, kind, gateway, spender)
        except TransientError as error:
            circuit.failed(error.retry_after_s)
            raise
        except BaseException:
            circuit.released()
            raise
        circuit.succeeded()
        return vectors


async def _charged(
    embedder: Embedder, texts: list[str], kind: Kind, gateway: ModelGateway, spender: Spender
) -> "NDArray[np.float32]":
    provider, model = embedder.provider, embedder.name
    ledger = await gateway.ledger()
    most_input = sum(len(text.encode()) // 2 + 4 for text in texts)  # a token has more than two bytes
    reserved = gateway.prices.most(provider, model, most_input, 0)
    call = NewCall(
        spender=spender, capability=Capability.EMBEDDING, provider=provider, model=model, reserved_usd=reserved
    )
    call_id = await ledger.open_call(call)
    started = perf_counter()
    outcome, usage = CallOutcome.CANCELLED, TokenUsage()
    address = urlsplit(getattr(embedder, "base_url", None) or "")
    try:
        with embedding_span(provider, model, server_address=address.hostname, server_port=address.port) as span:
            vectors, reported = await embedder.embed(texts, kind)
            usage = reported if reported.input_tokens else _counted(texts, model)
            span.finished(usage, cost_usd=gateway.prices.cost(provider, model, usage))
        outcome = CallOutcome.ANSWERED
    except BaseException as error:
        outcome = outcome_of(error)
        raise
    finally:
        cost, took_ms = gateway.prices.cost(provider, model, usage), (perf_counter() - started) * 1000
        metrics.call_finished(provider, model, outcome, usage, cost, took_ms / 1000, None)
        ledger.close_call(
            call_id, FinishedCall(outcome=outcome, usage=usage, cost_usd=cost, latency_ms=round(took_ms, 3))
        )
    return vectors


def _counted(texts: Sequence[str], model: str) -> TokenUsage:
    return TokenUsage(input_tokens=sum(estimate_tokens(text, model) for text in texts), estimated=True)
