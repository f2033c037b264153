"""The account of one model call: a row in the ledger before it is made, tokens and cost after it, metrics, a span."""

from decimal import Decimal
from time import perf_counter
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from innkeeper.blocks import metrics
from innkeeper.blocks.ledger import Ledger
from innkeeper.blocks.models.chat import ChatModel
from innkeeper.blocks.provider_facts import note_latency
from innkeeper.blocks.tracing import ModelSpan, model_span
from innkeeper.engine.tokens import estimate_tokens
from innkeeper.schemas.errors import ModelRefused, ModelUnavailable, OutputInvalid, StreamBroken
from innkeeper.schemas.models import CallOutcome, Capability, FinishedCall, NewCall, Spender, TokenUsage
from innkeeper.tasks.gateway import ModelGateway

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse

# A provider may have worked for these, and charges for it; for others, how the connection failed decides.
_MAY_BE_CHARGED = {CallOutcome.CANCELLED, CallOutcome.INVALID}


class Account:
    """
    What one call takes. `open` reserves; then exactly one of `answered` and `failed`.

    Attributes:
        response: The provider's answer, once there is one, whether it can be used or not.
    """

    def __init__(self, model: ChatModel, content: str, gateway: ModelGateway, ledger: Ledger, call_id: str) -> None:
        self.response: ModelResponse | None = None
        self.usage = TokenUsage()
        self.cost_usd: Decimal | None = None
        self.latency_ms = 0.0
        self.first_token_ms: float | None = None
        self._model, self._content, self._prices = model, content, gateway.prices
        self._ledger, self._call_id = ledger, call_id
        self._pieces: list[str] = []
        self._span: ModelSpan | None = None
        self._started = perf_counter()

    @classmethod
    async def open(
        cls,
        model: ChatModel,
        *,
        capability: Capability,
        content: str,
        fingerprint: str | None,
        spender: Spender,
        gateway: ModelGateway,
    ) -> Self:
        """
        Reserve the most that the call can cost.

        Raises:
            BudgetExceeded: A hard limit leaves no room for it.
            DatabaseUnavailable: It cannot be recorded, so it is not made.
        """
        ledger = await gateway.ledger()
        most_input = len(content.encode()) // 2 + 64  # a token has more than two bytes, in Vietnamese too
        call = NewCall(
            spender=spender,
            capability=capability,
            provider=model.provider,
            model=model.model,
            prompt_fingerprint=fingerprint,
            reserved_usd=gateway.prices.most(model.provider, model.model, most_input, model.max_output_tokens),
        )
        return cls(model, content, gateway, ledger, await ledger.open_call(call))

    def span(self, *, is_stream: bool) -> ModelSpan:
        """The trace span around the request; it learns what the account learns."""
        address = urlsplit(self._model.connection[0] or "")
        self._span = model_span(
            self._model.provider,
            self._model.model,
            server_address=address.hostname,
            server_port=address.port,
            is_stream=is_stream,
        )
        return self._span

    def piece(self, text: str) -> None:
        """Note a piece of a streamed answer."""
        if self.first_token_ms is None:
            self.first_token_ms = self._elapsed_ms()
        self._pieces.append(text)

    def answered(self) -> None:
        """Close it: the answer can be used."""
        self._close(CallOutcome.ANSWERED, may_be_charged=True)
        note_latency(self._model.provider, self.latency_ms / 1000)

    def failed(self, error: BaseException) -> None:
        """Close it: there is no answer, or none that can be used."""
        from innkeeper.blocks.models.wire_errors import may_be_charged

        outcome = outcome_of(error)
        self._close(outcome, may_be_charged=outcome in _MAY_BE_CHARGED or may_be_charged(error))

    def _close(self, outcome: CallOutcome, *, may_be_charged: bool) -> None:
        self.latency_ms = self._elapsed_ms()
        self.usage = self._measured(may_be_charged=may_be_charged)
        self.cost_usd = self._prices.cost(self._model.provider, self._model.model, self.usage)
        metrics.call_finished(
            self._model.provider,
            self._model.model,
            outcome,
            self.usage,
            self.cost_usd,
            self.latency_ms / 1000,
            None if self.first_token_ms is None else self.first_token_ms / 1000,
        )
        finished = FinishedCall(
            outcome=outcome,
            usage=self.usage,
            cost_usd=self.cost_usd,
            latency_ms=self.latency_ms,
            first_token_ms=self.first_token_ms,
        )
        if self._span is not None:
            self._span.finished(
                self.usage,
                response_model=self.response.model_name if self.response else None,
                cost_usd=self.cost_usd,
                first_token_s=None if self.first_token_ms is None else self.first_token_ms / 1000,
            )
        self._ledger.close_call(self._call_id, finished)

    def _measured(self, *, may_be_charged: bool) -> TokenUsage:
        """What the provider reported, or else what can be counted here."""
        from innkeeper.blocks.models import wire

        reported = wire.usage_of(self.response) if self.response is not None else None
        if reported is not None:
            return reported
        if self.response is None and not self._pieces and not may_be_charged:
            return TokenUsage()  # turned down before any work
        said = wire.text_of(self.response) if self.response is not None else "".join(self._pieces)
        name = self._model.model
        return TokenUsage(
            input_tokens=estimate_tokens(self._content, name),
            output_tokens=estimate_tokens(said, name),
            estimated=True,
        )

    def _elapsed_ms(self) -> float:
        return round((perf_counter() - self._started) * 1000, 3)


def outcome_of(error: BaseException) -> CallOutcome:
    """How a call ended that raised `error`."""
    if isinstance(error, ModelUnavailable):
        return CallOutcome(error.outcome)
    if isinstance(error, StreamBroken):
        return CallOutcome.UNAVAILABLE
    if isinstance(error, OutputInvalid):
        return CallOutcome.INVALID
    if isinstance(error, ModelRefused):
        return CallOutcome.REFUSED
    return CallOutcome.REJECTED if isinstance(error, Exception) else CallOutcome.CANCELLED
