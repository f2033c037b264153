"""Everything that a provider can do wrong, with each SDK, streamed and not: what comes of it and what it costs."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.models.conftest import PROVIDERS, QUESTION, Books, Provider, Row, Towels, question
from tests.providers import (
    CutOff,
    Empty,
    Fault,
    Hang,
    Json,
    MalformedArguments,
    Refusal,
    SlowFirstByte,
    StreamFault,
    Text,
    Usage,
    WrongSchema,
)

from innkeeper.engine.tokens import estimate_tokens
from innkeeper.schemas.errors import (
    InnkeeperError,
    ModelRefused,
    ModelRejected,
    ModelUnavailable,
    OutputInvalid,
    StreamBroken,
)
from innkeeper.schemas.models import TokenUsage
from innkeeper.tasks import policies
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.models import Answer, ask_model

THREE = 3  # attempts at what may succeed later
PATIENCE_S = 15.0  # a test that takes longer has failed; what hangs is given up after `SHORT_S`
SHORT_S = 0.8
WORDS = "The guest wants two large bath towels"
SPENT = Usage(100, 20)
ANSWER = Text("Two towels.", usage=SPENT)
PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True)
class Expected:
    """
    What comes of a question.

    Attributes:
        error: What is raised; none: it is answered.
        outcomes: Of the ledger's rows, one for each request to the provider.
        tokens: Of the rows that ended like the last one: `none`, `reported` or `estimated`.
        earlier: Of the others.
    """

    error: type[InnkeeperError] | None
    outcomes: tuple[str, ...]
    tokens: str = "none"
    earlier: str = "none"


@dataclass(frozen=True)
class Case:
    """
    A provider that always does the same.

    Attributes:
        replies: What it answers first.
        default: What it answers afterwards.
        plain: What comes of it without streaming.
        streamed: The same with streaming, where it differs.
        only: Where it differs from provider to provider: what holds for this one alone.
        kinds: Providers that do so.
        timeout_s: Of the block.
        attempts: How often is asked at most; one saves the time of a time-out.
        is_object: Whether the question is for an object instead of words.
    """

    name: str
    default: Any
    plain: Expected
    streamed: Expected | None = None
    only: dict[tuple[str, bool], Expected] = field(default_factory=dict)
    kinds: tuple[str, ...] = PROVIDERS
    replies: tuple[Any, ...] = ()
    timeout_s: float = 20.0
    attempts: int = THREE
    is_object: bool = False

    def expected(self, kind: str, *, is_stream: bool) -> Expected:
        found = self.only.get((kind, is_stream))
        return found or (is_stream and self.streamed) or self.plain


def down(outcome: str, tokens: str = "none") -> Expected:
    return Expected(ModelUnavailable, (outcome,) * THREE, tokens)


REJECTED = Expected(ModelRejected, ("rejected",))
SLOW = Expected(ModelUnavailable, ("timed_out",), "estimated")
UNREADABLE = Expected(OutputInvalid, ("invalid",), "estimated")
BROKEN = Expected(StreamBroken, ("unavailable",), "estimated")

CASES = [
    Case("429-always", Fault(429), down("rate_limited")),
    Case(
        "429-then-an-answer",
        ANSWER,
        Expected(None, ("rate_limited", "answered"), "reported"),
        replies=(Fault(429, retry_after=0.01),),
    ),
    Case("429-for-longer-than-one-waits", Fault(429, retry_after=30), Expected(ModelUnavailable, ("rate_limited",))),
    Case("quota-used-up", Fault(429, code="insufficient_quota"), REJECTED, kinds=("openai", "compatible")),
    Case("credit-used-up", Fault(402), REJECTED),
    Case("500-always", Fault(500), down("unavailable")),
    Case("503-always", Fault(503), down("unavailable")),
    Case("529-always", Fault(529), down("unavailable")),
    Case(
        "two-bad-ones-then-an-answer",
        ANSWER,
        Expected(None, ("unavailable", "unavailable", "answered"), "reported"),
        replies=(Fault(500), Fault(503)),
    ),
    Case("a-page-of-a-proxy", Fault(502, body=PAGE), down("unavailable")),
    Case("a-page-with-status-200", Fault(200, body=PAGE), UNREADABLE),
    Case("401", Fault(401), REJECTED),
    Case("403", Fault(403), REJECTED),
    Case("400", Fault(400), REJECTED),
    Case("404-no-such-model", Fault(404), REJECTED),
    Case("no-first-byte-in-time", SlowFirstByte(5.0), SLOW, timeout_s=SHORT_S, attempts=1),
    Case("a-hang", Hang(), SLOW, timeout_s=SHORT_S, attempts=1),
    Case(
        "a-hang-and-then-an-answer",
        ANSWER,
        Expected(None, ("timed_out", "answered"), "reported", earlier="estimated"),
        replies=(Hang(),),
        timeout_s=SHORT_S,
        kinds=("anthropic",),
    ),
    Case("cut-off-before-headers", CutOff(None), down("unavailable", "estimated")),
    Case("cut-off-after-headers", CutOff(0), down("unavailable", "estimated")),
    Case("cut-off-half-way", CutOff(6, Text(WORDS)), down("unavailable", "estimated"), BROKEN),
    Case("an-error-half-way", StreamFault(6, Fault(529), Text(WORDS)), down("unavailable"), BROKEN),
    Case(
        "an-error-at-once",
        StreamFault(1, Fault(529), Text(WORDS)),
        down("unavailable"),
        down("unavailable", "estimated"),
    ),
    Case(
        "an-empty-answer",
        Empty(usage=SPENT),
        Expected(OutputInvalid, ("invalid",), "reported"),
        only={(kind, False): UNREADABLE for kind in ("openai", "compatible")},  # an answer without a choice
    ),
    Case("a-refusal", Refusal(usage=SPENT), Expected(ModelRefused, ("refused",), "reported")),
    Case("a-content-filter", Refusal(filtered=True, usage=SPENT), Expected(ModelRefused, ("refused",), "reported")),
    Case("another-shape", WrongSchema(usage=SPENT), Expected(OutputInvalid, ("invalid",), "reported"), is_object=True),
    Case(
        "broken-json",
        MalformedArguments(usage=SPENT),
        Expected(OutputInvalid, ("invalid",), "reported"),
        is_object=True,
    ),
    Case(
        "no-usage-reported",
        Text(WORDS, usage=None),
        Expected(None, ("answered",), "estimated"),
        kinds=("openai", "compatible"),  # Anthropic always does
    ),
    Case(
        "an-object",
        Json({"count": 2, "size": "large"}, usage=SPENT),
        Expected(None, ("answered",), "reported"),
        is_object=True,
    ),
]


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("case", "kind"), [pytest.param(case, kind, id=f"{case.name}-{kind}") for case in CASES for kind in case.kinds]
)
async def test_a_fault_ends_in_an_answer_or_a_named_error_and_is_booked(
    case: Case,
    kind: str,
    is_stream: bool,
    provide: Callable[..., Provider],
    gateway: ModelGateway,
    books: Books,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(policies, "PAUSES_S", (0.0,) * (case.attempts - 1))
    provider = provide(kind, *case.replies, default=case.default)
    expected = case.expected(kind, is_stream=is_stream)
    raised: InnkeeperError | None = None
    answer: Answer | None = None
    pieces: list[str] = []
    async with asyncio.timeout(PATIENCE_S):
        try:
            ask = question(Towels if case.is_object else None)
            answer = await ask_model(provider.block(case.timeout_s), ask, gateway, pieces.append if is_stream else None)
        except InnkeeperError as error:
            raised = error
        await gateway.flush()
    assert type(raised) is (expected.error or type(None)), raised
    assert provider.asked == len(expected.outcomes)
    rows = books.rows
    assert tuple(row.outcome for row in rows) == expected.outcomes
    for row in rows:
        check_tokens(row, expected.tokens if row.outcome == expected.outcomes[-1] else expected.earlier)
        assert row.cost_usd == gateway.prices.cost(kind, provider.block().model, usage_of(row))
    assert books.budget == books.spent
    if answer is not None:  # its caller is told what the ledger holds
        assert (answer.usage, answer.cost_usd) == (usage_of(rows[-1]), rows[-1].cost_usd)
    assert raised is None or QUESTION not in str(raised)


def usage_of(row: Row) -> TokenUsage:
    return TokenUsage(input_tokens=row.input_tokens, output_tokens=row.output_tokens, estimated=row.estimated)


def check_tokens(row: Row, expected: str) -> None:
    match expected:
        case "none":
            assert (row.input_tokens, row.output_tokens, row.estimated) == (0, 0, False)
        case "reported":
            assert (row.input_tokens, row.output_tokens, row.estimated) == (100, 20, False)
        case "estimated":
            assert row.input_tokens >= estimate_tokens(QUESTION, "gpt-5-mini")
            assert row.estimated
            assert row.cost_usd
