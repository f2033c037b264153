"""What a guest wrote and what opens an account stays out of logs, errors, spans and the ledger."""

import logging
from collections.abc import Callable

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.models.conftest import PROVIDERS, QUESTION, Books, Provider, Towels, question
from tests.providers import CutOff, Fault, Json, Refusal, Text, WrongSchema

from innkeeper.blocks import tracing
from innkeeper.schemas.errors import InnkeeperError
from innkeeper.schemas.models import LinkAttempt
from innkeeper.tasks.chain import attempt_of
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.models import ask_model

KEY = "sk-proj-4711-very-secret"
REPLY = "Nguyễn Thị Ánh, number 0912345678, wants a taxi"
REPLIES = {
    "answer": Text(REPLY),
    "object": Json({"count": 2, "size": REPLY}),
    "rejected": Fault(400, message=f"{QUESTION} {KEY} {REPLY}"),
    "key": Fault(401, message=f"Incorrect API key provided: {KEY}"),
    "failed": Fault(500, message=f"{QUESTION} {REPLY}"),
    "page": Fault(502, body=f"<html>{QUESTION} {KEY}</html>"),
    "refused": Refusal(REPLY),
    "shape": WrongSchema(),
    "cut": CutOff(6, Text(REPLY)),
}


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    telemetry = tracing._telemetry()._replace(tracer=provider.get_tracer("test"))
    monkeypatch.setattr(tracing, "_telemetry", lambda: telemetry)
    return exporter


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("kind", PROVIDERS)
@pytest.mark.parametrize("name", REPLIES)
async def test_secrets_and_guests_words_stay_where_they_belong(
    name: str,
    kind: str,
    is_stream: bool,
    provide: Callable[..., Provider],
    gateway: ModelGateway,
    books: Books,
    spans: InMemorySpanExporter,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, "innkeeper")
    provider = provide(kind, default=REPLIES[name])
    provider.server.api_key = KEY
    ask = question(Towels if name in ("object", "shape") else None)
    told: list[LinkAttempt | str] = []
    try:
        await ask_model(provider.block(), ask, gateway, (lambda _piece: None) if is_stream else None)
    except InnkeeperError as error:
        logging.getLogger("innkeeper.test").exception("as Prefect logs what a task raised")
        told = [attempt_of("link", error), repr(error), str(error)]
    await gateway.flush()
    seen = "\n".join([caplog.text, *map(str, told), *(span.to_json() for span in spans.get_finished_spans())])
    assert books.rows
    assert spans.get_finished_spans()
    for private in (KEY, QUESTION, REPLY, "Ánh", "\\u00c1nh", "0912345678"):
        assert private not in seen
        assert private not in books.everything
        assert private not in repr(provider.block())
