"""Streamed answers: live, in order, never shown twice, and booked like the others."""

import asyncio
import threading
from collections.abc import Callable

import pytest
from tests.models.conftest import Books, Provider, question
from tests.providers import CutOff, Fault, Hang, Refusal, SlowFirstByte, StreamFault, Text, Usage

from innkeeper.schemas.errors import ModelRefused, StreamBroken
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.models import ask_model

WORDS = "Phòng của quý khách đã sẵn sàng từ 14:00."
SPENT = Usage(100, 20)


class Stalling(threading.Event):
    """Chunks pass so many times, and then never."""

    def __init__(self, chunks: int) -> None:
        super().__init__()
        self._chunks = chunks

    def is_set(self) -> bool:
        self._chunks -= 1
        return self._chunks >= 0


async def test_pieces_come_in_order_and_make_the_answer(
    provider: Provider, gateway: ModelGateway, books: Books
) -> None:
    provider.script.add(Text(WORDS, usage=SPENT))
    pieces: list[str] = []
    answer = await ask_model(provider.block(), question(), gateway, pieces.append)
    await gateway.flush()
    assert "".join(pieces) == WORDS == answer.response.text
    assert len(pieces) > 3
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (100, 20)
    (row,) = books.rows
    assert row.outcome == "answered"
    assert row.first_token_ms
    assert row.first_token_ms > 0


async def test_a_piece_is_shown_before_the_answer_ends(provider: Provider, gateway: ModelGateway) -> None:
    end = asyncio.Event()
    provider.script.add(SlowFirstByte(0.0, Text(WORDS), gap=0.02))
    first = asyncio.Event()

    def show(_piece: str) -> None:
        if not first.is_set():
            assert not end.is_set()
            first.set()

    call = asyncio.create_task(ask_model(provider.block(), question(), gateway, show))
    await asyncio.wait_for(first.wait(), 10)
    assert not call.done()
    await call
    end.set()


async def test_an_answer_that_was_not_streamed_has_no_first_token(
    provider: Provider, gateway: ModelGateway, books: Books
) -> None:
    provider.script.add(Text(WORDS))
    await ask_model(provider.block(), question(), gateway)
    await gateway.flush()
    assert books.rows[0].first_token_ms is None


@pytest.mark.parametrize(
    "fault", [CutOff(6, Text(WORDS)), StreamFault(6, Fault(529), Text(WORDS))], ids=["cut", "error"]
)
async def test_what_was_shown_is_never_shown_again(
    provider: Provider, gateway: ModelGateway, books: Books, fault: CutOff | StreamFault
) -> None:
    provider.script.add(fault, Text(WORDS))
    pieces: list[str] = []
    with pytest.raises(StreamBroken):
        await ask_model(provider.block(), question(), gateway, pieces.append)
    await gateway.flush()
    assert WORDS.startswith("".join(pieces))
    assert pieces
    assert provider.asked == 1
    (row,) = books.rows
    assert (row.outcome, row.estimated, row.output_tokens > 0) == ("unavailable", True, True)


async def test_before_the_first_piece_a_fault_is_tried_again(provider: Provider, gateway: ModelGateway) -> None:
    provider.script.add(Fault(529), StreamFault(1, Fault(529), Text(WORDS)), Text(WORDS))
    pieces: list[str] = []
    await ask_model(provider.block(), question(), gateway, pieces.append)
    assert "".join(pieces) == WORDS
    assert provider.asked == 3


async def test_a_reader_who_goes_away_ends_the_request(provider: Provider, gateway: ModelGateway, books: Books) -> None:
    first = asyncio.Event()
    provider.script.add(SlowFirstByte(0.0, Text(WORDS * 50), gap=0.02))
    call = asyncio.create_task(ask_model(provider.block(), question(), gateway, lambda _piece: first.set()))
    await asyncio.wait_for(first.wait(), 10)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await provider.server.left(1)
    await gateway.flush()
    (row,) = books.rows
    assert (row.outcome, row.estimated, row.output_tokens > 0) == ("cancelled", True, True)


async def test_a_stream_that_stalls_after_its_first_words_is_given_up(
    provider: Provider, gateway: ModelGateway, books: Books
) -> None:
    provider.script.add(SlowFirstByte(0.0, Text(WORDS), gap=Stalling(6)))
    with pytest.raises(StreamBroken):
        await asyncio.wait_for(ask_model(provider.block(timeout_s=0.3), question(), gateway, lambda _: None), 10)
    await gateway.flush()
    (row,) = books.rows
    assert (row.outcome, row.estimated, row.output_tokens > 0) == ("unavailable", True, True)


async def test_a_refusal_in_a_stream_is_not_tried_again(provider: Provider, gateway: ModelGateway) -> None:
    provider.script.add(Refusal())
    with pytest.raises(ModelRefused):
        await ask_model(provider.block(), question(), gateway, lambda _: None)
    assert provider.asked == 1


async def test_a_listener_that_fails_ends_the_request_and_is_booked(
    provide: Callable[..., Provider], gateway: ModelGateway, books: Books
) -> None:
    provider = provide("openai", Text(WORDS), default=Hang())

    def broken(_piece: str) -> None:
        raise RuntimeError("the browser is gone")

    with pytest.raises(RuntimeError):
        await ask_model(provider.block(), question(), gateway, broken)
    await gateway.flush()
    assert (provider.asked, len(books.rows), books.budget) == (1, 1, books.spent)
    assert books.outcomes != ["pending"]
