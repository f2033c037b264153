"""The chain: who is asked next, what stops a request, and that an answer always comes."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal

import pytest
from tests.models.conftest import QUESTION, Books, Provider, Towels, question
from tests.providers import Fault, Hang, Json, OpenAIServer, Refusal, Text, Usage, WrongSchema

from innkeeper.blocks.completion_cache import NO_CACHE, OfPrincipal, Scope, Shared
from innkeeper.blocks.database import engine, ledger_store
from innkeeper.blocks.database.budgets import set_budget
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.settings import Settings
from innkeeper.engine.circuit import CircuitBreaker, CircuitState
from innkeeper.engine.routing.taxonomy import load_taxonomy
from innkeeper.prompts.routing import routing_prompt
from innkeeper.schemas.errors import CircuitOpen, ModelUnavailable
from innkeeper.schemas.models import Budget, Capability, Spender
from innkeeper.schemas.routing import GuestMessage
from innkeeper.tasks import circuits
from innkeeper.tasks.chain import Completion, complete
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.models import ask_model

TWO = Json({"count": 2, "size": "large"}, usage=Usage(100, 20))
PROMPT = routing_prompt(GuestMessage(message=QUESTION), None, load_taxonomy())
SpendLess = Callable[..., Settings]


async def completed(gateway: ModelGateway) -> Completion[Towels]:
    found = await complete(PROMPT, Towels, capability=Capability.ROUTING, gateway=gateway, spender=Spender())
    await gateway.flush()
    return found


@pytest.fixture
def three(provide: Callable[..., Provider]) -> list[Provider]:
    """A provider of each kind that answers well, in the order of the chain."""
    return [provide(kind, default=TWO) for kind in ("openai", "anthropic", "compatible")]


@pytest.fixture
def gateway(three: list[Provider], settings_of: SpendLess) -> ModelGateway:
    """The chain over all three; closed by nobody, as its database is a temporary file."""
    return ModelGateway(settings_of(**chain_settings(three)))


def chain_settings(three: list[Provider], **more: object) -> dict[str, object]:
    first, second, third = three
    return {
        "model_chain": ",".join([*(each.link for each in three), "engine"]),
        "OPENAI_API_KEY": first.server.api_key,
        "OPENAI_BASE_URL": first.server.base_url,
        "ANTHROPIC_API_KEY": second.server.api_key,
        "ANTHROPIC_BASE_URL": second.server.base_url,
        "compatible_base_url": third.server.base_url,
        "compatible_api_key": third.server.api_key,
        **more,
    }


def asked(three: list[Provider]) -> list[int]:
    return [each.asked for each in three]


def attempts(found: Completion[Towels]) -> list[tuple[str, str]]:
    return [(each.link.partition("/")[0], each.outcome) for each in found.attempts]


async def test_the_first_link_answers_and_no_other_is_asked(three: list[Provider], gateway: ModelGateway) -> None:
    found = await completed(gateway)
    assert (found.output, found.link, found.attempts) == (Towels(count=2, size="large"), three[0].link, ())
    assert found.usage.total == 120
    assert found.cost_usd
    assert asked(three) == [1, 0, 0]


async def test_links_are_asked_in_the_order_of_the_chain(
    three: list[Provider], gateway: ModelGateway, books: Books
) -> None:
    three[0].script.default = Fault(500)
    three[1].script.default = Refusal()
    found = await completed(gateway)
    assert found.link == three[2].link
    assert attempts(found) == [("openai", "unavailable"), ("anthropic", "refused")]
    assert asked(three) == [3, 1, 1]
    assert books.outcomes == ["unavailable"] * 3 + ["refused", "answered"]


async def test_a_provider_that_names_a_long_pause_is_left_at_once(three: list[Provider], gateway: ModelGateway) -> None:
    three[0].script.default = Fault(429, retry_after=30)
    found = await completed(gateway)
    assert (found.link, attempts(found)) == (three[1].link, [("openai", "rate_limited")])
    assert asked(three) == [1, 1, 0]


@pytest.mark.parametrize("place", [0, 1, 2], ids=["openai", "anthropic", "compatible"])
async def test_an_answer_of_another_shape_is_asked_for_again_with_what_is_wrong(
    three: list[Provider], settings_of: SpendLess, books: Books, place: int
) -> None:
    asked_one = three[place]
    asked_one.script.add(WrongSchema(), TWO)
    async with ModelGateway(settings_of(**chain_settings(three, model_chain=asked_one.link))) as gateway:
        found = await completed(gateway)
    assert found.output == Towels(count=2, size="large")
    assert attempts(found) == [(asked_one.kind, "invalid")]
    assert books.outcomes == ["invalid", "answered"]
    first, second = (str(each.json["messages"]) for each in asked_one.server.requests)
    assert "could not be used" not in first
    assert "Your first answer could not be used: count: Field required" in second


async def test_after_two_wrong_shapes_the_next_link_is_asked(
    three: list[Provider], gateway: ModelGateway, books: Books
) -> None:
    three[0].script.default = WrongSchema()
    found = await completed(gateway)
    assert (found.link, attempts(found)) == (three[1].link, [("openai", "invalid"), ("openai", "invalid")])
    assert books.outcomes == ["invalid", "invalid", "answered"]


async def test_the_engine_answers_when_everything_fails_and_says_why(
    three: list[Provider], gateway: ModelGateway
) -> None:
    for provider, fault in zip(three, (Fault(401), Fault(529), Fault(404)), strict=True):
        provider.script.default = fault
    found = await completed(gateway)
    assert (found.output, found.link) == (None, "engine")
    assert attempts(found) == [("openai", "rejected"), ("anthropic", "unavailable"), ("compatible", "rejected")]
    for part in ("the API key is wrong", "is overloaded", "no such model"):
        assert any(part in str(each.detail) for each in found.attempts)


async def test_without_a_model_in_the_chain_nothing_is_opened(settings_of: SpendLess) -> None:
    async with ModelGateway(settings_of()) as gateway:
        found = await completed(gateway)
        assert (found.output, found.link, found.attempts, gateway.is_used) == (None, "engine", (), False)


async def test_five_failures_open_the_circuit_and_the_link_is_passed_over_without_a_request(
    three: list[Provider], gateway: ModelGateway, books: Books
) -> None:
    three[0].script.default = Fault(500)
    first, second, third = [await completed(gateway) for _ in range(3)]
    assert attempts(first) == [("openai", "unavailable")]
    assert attempts(second) == attempts(third) == [("openai", "circuit_open")]
    assert asked(three) == [5, 3, 0]
    assert books.outcomes.count("unavailable") == 5


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def half_open(monkeypatch: pytest.MonkeyPatch) -> CircuitBreaker:
    """OpenAI's circuit, which has been open long enough for a probe."""
    clock = Clock()
    circuit = CircuitBreaker("openai", clock=clock)
    for _ in range(5):
        circuit.failed()
    assert circuit.state is CircuitState.OPEN
    clock.now_s += 21
    monkeypatch.setitem(circuits._breakers, "openai", circuit)
    return circuit


async def test_a_probe_that_is_answered_closes_the_circuit(
    three: list[Provider], gateway: ModelGateway, half_open: CircuitBreaker
) -> None:
    found = await completed(gateway)
    assert (found.link, half_open.state) == (three[0].link, CircuitState.CLOSED)


async def test_a_probe_that_fails_opens_it_again_after_one_request(
    three: list[Provider], gateway: ModelGateway, half_open: CircuitBreaker
) -> None:
    three[0].script.default = Fault(500)
    found = await completed(gateway)
    assert attempts(found) == [("openai", "circuit_open")]
    assert asked(three) == [1, 1, 0]
    assert half_open.state is CircuitState.OPEN


async def test_beside_a_probe_nobody_asks(
    three: list[Provider], gateway: ModelGateway, half_open: CircuitBreaker
) -> None:
    three[0].script.add(Hang(TWO))
    probe = asyncio.create_task(completed(gateway))
    await three[0].server.arrived(1)
    beside = await completed(gateway)
    assert (beside.link, attempts(beside)) == (three[1].link, [("openai", "circuit_open")])
    three[0].server.release()
    assert (await probe).link == three[0].link


async def test_a_cancelled_call_is_booked_and_gives_back_its_slot_and_its_probe(
    three: list[Provider], settings_of: SpendLess, books: Books, half_open: CircuitBreaker
) -> None:
    three[0].script.add(Hang())
    async with ModelGateway(settings_of(**chain_settings(three, max_model_calls=1))) as gateway:
        call = asyncio.create_task(completed(gateway))
        await three[0].server.arrived(1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await three[0].server.left(1)
        again = await asyncio.wait_for(completed(gateway), 10)
    assert again.link == three[0].link
    assert books.outcomes == ["cancelled", "answered"]
    row = books.rows[0]
    assert row.estimated
    assert row.cost_usd
    assert books.budget == books.spent


async def test_a_hard_budget_leaves_the_answer_to_the_engine(
    three: list[Provider], gateway: ModelGateway, books: Books
) -> None:
    async with Database(gateway.settings.database_url) as database, database.writing() as session:
        await set_budget(session, Budget(hard_usd=Decimal("0.000001")))
    found = await completed(gateway)
    assert found.link == "engine"
    assert attempts(found) == [(kind, "over_budget") for kind in ("openai", "anthropic", "compatible")]
    assert "leaves no room for this call" in found.attempts[0].detail
    assert asked(three) == [0, 0, 0]
    assert books.rows == []


async def test_what_cannot_be_recorded_is_not_asked(
    three: list[Provider], settings_of: SpendLess, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (engine, ledger_store):
        monkeypatch.setattr(module, "BUSY_TIMEOUT_MS", 10)
    async with ModelGateway(settings_of(**chain_settings(three, model_chain=three[0].link))) as gateway:
        with closing(sqlite3.connect(gateway.settings.home / "innkeeper.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            found = await complete(PROMPT, Towels, capability=Capability.ROUTING, gateway=gateway, spender=Spender())
            other.execute("ROLLBACK")
        assert (found.link, attempts(found)) == ("engine", [("openai", "not_recorded")])
        assert asked(three) == [0, 0, 0]
        assert (await completed(gateway)).link == three[0].link
    assert books.outcomes == ["answered"]


async def test_fifty_questions_at_once_keep_within_the_calls_at_once(
    three: list[Provider], settings_of: SpendLess, books: Books
) -> None:
    first, most = three[0], 0

    def counted(_request: object) -> Json:
        nonlocal most
        most = max(most, len(first.server._connections))
        return TWO

    first.script.default = counted
    async with ModelGateway(settings_of(**chain_settings(three, max_model_calls=4))) as gateway:
        found = await asyncio.gather(*(completed(gateway) for _ in range(50)))
    assert {each.link for each in found} == {first.link}
    assert asked(three) == [50, 0, 0]
    assert 1 < most <= 4
    assert books.outcomes == ["answered"] * 50
    assert books.budget == books.spent


async def test_servers_behind_different_addresses_fail_apart(
    provide: Callable[..., Provider], gateway: ModelGateway
) -> None:
    broken, sound = provide("compatible", default=Fault(500)), provide("compatible", default=Text("Yes."))
    for _ in range(2):
        with pytest.raises((ModelUnavailable, CircuitOpen)):
            await ask_model(broken.block(), question(), gateway)
    assert (await ask_model(sound.block(), question(), gateway)).usage.output_tokens
    with pytest.raises(CircuitOpen):
        await ask_model(broken.block(), question(), gateway)
    assert broken.asked == 5


async def test_a_provider_that_is_not_there_costs_nothing(
    provide: Callable[..., Provider], gateway: ModelGateway, books: Books
) -> None:
    with OpenAIServer() as gone:
        block = Provider("openai", gone).block()
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        await ask_model(block, question(), gateway)
    await gateway.flush()
    assert books.outcomes == ["unavailable"] * 3
    assert [(row.input_tokens, row.cost_usd) for row in books.rows] == [(0, Decimal(0))] * 3


async def kept_or_asked(gateway: ModelGateway, scope: Scope) -> Completion[Towels]:
    return await complete(
        PROMPT, Towels, capability=Capability.ROUTING, gateway=gateway, spender=Spender(), scope=scope
    )


async def test_an_answer_that_belongs_to_nobody_is_given_again_and_no_other(
    three: list[Provider], settings_of: SpendLess
) -> None:
    async with ModelGateway(settings_of(**chain_settings(three, model_chain=three[0].link))) as gateway:
        first, again = [await kept_or_asked(gateway, Shared()) for _ in range(2)]
        assert (first.output, again.output) == (Towels(count=2, size="large"),) * 2
        assert (three[0].asked, again.link) == (1, f"{three[0].link} (kept)")
        for scope in (OfPrincipal("desk"), NO_CACHE, NO_CACHE):
            await kept_or_asked(gateway, scope)
    assert three[0].asked == 4


async def test_a_cache_that_is_away_costs_a_question_and_nothing_else(
    three: list[Provider], settings_of: SpendLess
) -> None:
    away = chain_settings(three, model_chain=three[0].link, redis_url="redis://127.0.0.1:9/0")
    async with ModelGateway(settings_of(**away)) as gateway:
        for _ in range(2):
            assert (await kept_or_asked(gateway, Shared())).output == Towels(count=2, size="large")
    assert three[0].asked == 2
