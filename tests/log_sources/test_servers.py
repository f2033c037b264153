"""Loki and Elasticsearch: every line once, late ones too, and faults that say what to do."""

import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from prefect.blocks.core import Block
from prefect.testing.standard_test_suites.blocks import BlockStandardTestSuite
from pydantic import SecretStr, ValidationError
from tests.log_sources.loopback import CUT, HANG, Backend, Fault, serving

from innkeeper.blocks.log_sources import elasticsearch, loki
from innkeeper.blocks.log_sources.base import Batch
from innkeeper.blocks.log_sources.elasticsearch import Elasticsearch
from innkeeper.blocks.log_sources.http import HttpLogSource
from innkeeper.blocks.log_sources.loki import Loki
from innkeeper.blocks.log_sources.overlap import NS
from innkeeper.engine.logs.parsing import parse_lines
from innkeeper.schemas.errors import InnkeeperError, NotConfigured, NotFound, OutputInvalid, ServiceUnavailable
from innkeeper.schemas.logs import LogLevel

START = 1_794_900_000  # Unix seconds
END = START + 600.0
KEY = "a-key-4711"
KINDS = ["loki", "pit", "plain"]


class Kept:
    """A server of one kind, and a sweep over it that keeps its place as JSON."""

    def __init__(self, kind: str, backend: Backend) -> None:
        self.kind, self.backend = kind, backend
        self.stored: str | None = None
        self.problems: list[str] = []

    def source(self, **more: Any) -> HttpLogSource:
        settings = {"name": "logs", "url": self.backend.url, "lookback_s": 600.0, "timeout_s": 20.0, **more}
        if self.kind == "loki":
            return Loki(query='{namespace="hotel"}', **settings)
        return Elasticsearch(index="logs-*", paging=self.kind, **settings)

    def add(self, at_ns: int, message: str, service: str = "cv") -> None:
        if self.kind == "loki":
            self.backend.entries.append((at_ns, {"app": service}, f"ERROR {message}"))
        else:
            source = {"@timestamp": at_ns, "message": message, "log": {"level": "error"}, "service": {"name": service}}
            self.backend.documents.append((f"id{len(self.backend.documents)}", at_ns, source))

    async def batch(self, until: float = END, max_lines: int = 100_000, **more: Any) -> Batch:
        cursor = None if self.stored is None else json.loads(self.stored)
        return await self.source(**more).read(cursor, parse=parse_lines, until=until, max_lines=max_lines)

    async def read(self, until: float = END, max_lines: int = 100_000, **more: Any) -> list[str]:
        batch = await self.batch(until, max_lines, **more)
        self.stored, self.problems = json.dumps(batch.cursor), batch.problems
        return [line.message for line in batch.lines]


@pytest.fixture(params=KINDS)
async def kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Kept]:
    monkeypatch.setattr(loki, "_PAGE", 10)
    monkeypatch.setattr(elasticsearch, "_PAGE", 10)
    async with serving("loki" if request.param == "loki" else "elasticsearch") as backend:
        backend.page = 10
        yield Kept(request.param, backend)


@pytest.mark.parametrize("kind", [Loki, Elasticsearch], ids=lambda kind: kind.__name__)
class TestBlocks(BlockStandardTestSuite):
    @pytest.fixture
    def block(self, kind: type[Block]) -> type[Block]:
        return kind

    def test_has_a_valid_image(self, block: type[Block]) -> None:
        assert block._logo_url is None  # it would be fetched from somebody else's server


def _ns(second: float) -> int:
    return START * NS + int(second * NS)


async def test_lines_come_in_order_of_time_over_many_pages(kept: Kept) -> None:
    for number in range(95):
        kept.add(_ns(number), f"line {number}", service=f"s{number % 3}")
    batch = await kept.batch()
    assert [line.message for line in batch.lines] == [f"line {number}" for number in range(95)]
    assert [line.at for line in batch.lines] == [START + number for number in range(95)]
    assert {line.service for line in batch.lines} == {"s0", "s1", "s2"}
    assert {line.level for line in batch.lines} == {LogLevel.ERROR}
    assert not batch.more
    assert kept.backend.views == {}  # closed again


async def test_lines_of_one_time_are_all_read_once_across_pages(kept: Kept) -> None:
    for number in range(35):
        kept.add(_ns(number // 7), f"line {number}")
    assert sorted(await kept.read()) == sorted(f"line {number}" for number in range(35))
    assert kept.problems == []


async def test_what_was_read_is_not_read_again_and_what_is_new_is(kept: Kept) -> None:
    kept.add(_ns(590), "a")
    assert await kept.read() == ["a"]
    assert await kept.read() == []
    kept.add(_ns(610), "b")
    assert await kept.read(END + 60) == ["b"]


async def test_a_line_that_arrives_late_is_read_once(kept: Kept) -> None:
    kept.add(_ns(590), "a")
    await kept.read()
    kept.add(_ns(560), "late")
    assert await kept.read(END + 10) == ["late"]
    assert await kept.read(END + 20) == []


async def test_a_line_that_arrives_later_than_that_is_not_looked_for(kept: Kept) -> None:
    kept.add(_ns(590), "a")
    await kept.read()
    kept.add(_ns(400), "too late")
    assert await kept.read(END + 10) == []


async def test_reading_again_from_a_cursor_gives_the_same_lines(kept: Kept) -> None:
    for number in range(30):
        kept.add(_ns(number), f"line {number}")
    await kept.read(START + 15)
    once, again = await kept.batch(), await kept.batch()
    assert once.lines == again.lines
    assert len(once.lines) == 15


@pytest.mark.parametrize("max_lines", [1, 10, 33])
async def test_batches_of_any_size_give_each_line_once(kept: Kept, max_lines: int) -> None:
    for number in range(95):
        kept.add(_ns(number * 5), f"line {number}")
    found: list[str] = []
    for _ in range(100):
        batch = await kept.batch(max_lines=max_lines)
        kept.stored = json.dumps(batch.cursor)
        found += [line.message for line in batch.lines]
        if not batch.more:
            break
    assert found == [f"line {number}" for number in range(95)]


async def test_more_lines_of_one_time_than_a_page_holds_are_reported_where_they_cannot_be_read(kept: Kept) -> None:
    for number in range(25):
        kept.add(_ns(1), f"line {number:02}")
    kept.add(_ns(2), "after")
    found = await kept.read()
    assert "after" in found
    if kept.kind == "pit":
        assert len(found) == 26
    else:
        assert "more than 10 lines" in kept.problems[0]


async def test_the_cursor_stays_small(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("innkeeper.blocks.log_sources.overlap._MAX_SEEN", 20)
    for number in range(60):
        kept.add(_ns(540 + number), f"line {number}")
    assert len(await kept.read()) == 60
    assert kept.stored is not None
    assert len(kept.stored) < 1_000
    assert "may be missed" in kept.problems[0]
    assert await kept.read(END + 1) == []


FAULTS: list[tuple[Fault, type[InnkeeperError]]] = [
    ((429, {"retry-after": "7"}), ServiceUnavailable),
    ((500, {}), ServiceUnavailable),
    ((503, {}), ServiceUnavailable),
    ((401, {}), NotConfigured),
    ((302, {"location": "http://127.0.0.1:9/"}), NotConfigured),
    ((404, {}), NotFound),
    ((400, {}), OutputInvalid),
    ((200, {}), OutputInvalid),
]


@pytest.mark.parametrize(("fault", "error"), FAULTS, ids=str)
async def test_a_fault_says_what_to_do_and_loses_nothing(kept: Kept, fault: Fault, error: type[InnkeeperError]) -> None:
    kept.add(_ns(1), "a")
    kept.backend.faults = [fault]
    with pytest.raises(error) as raised:
        await kept.read(password=SecretStr(KEY), username="u")
    assert KEY not in str(raised.value)
    if isinstance(raised.value, ServiceUnavailable) and fault == FAULTS[0][0]:
        assert raised.value.retry_after_s == 7
    assert await kept.read() == ["a"]


async def test_a_cut_connection_is_tried_once_more(kept: Kept) -> None:
    kept.add(_ns(1), "a")
    kept.backend.faults = [CUT]
    assert await kept.read() == ["a"]
    kept.stored = None
    kept.backend.faults = [CUT, CUT]
    with pytest.raises(ServiceUnavailable):
        await kept.read()


async def test_a_slow_server_is_not_waited_for(kept: Kept) -> None:
    kept.backend.faults = [HANG]
    started = time.monotonic()
    with pytest.raises(ServiceUnavailable, match="within"):
        await kept.read(timeout_s=0.2)
    assert time.monotonic() - started < 5


async def test_a_fault_between_two_pages_loses_nothing(kept: Kept) -> None:
    for number in range(25):
        kept.add(_ns(number), f"line {number}")
    kept.backend.faults = [None, None, (500, {})]
    with pytest.raises(ServiceUnavailable):
        await kept.read()
    assert kept.backend.views == {}
    assert len(await kept.read()) == 25


async def test_no_server_is_an_error_without_its_address(kept: Kept) -> None:
    with pytest.raises(ServiceUnavailable) as raised:
        await kept.read(url="http://127.0.0.1:9")
    assert "127.0.0.1" not in str(raised.value)


@pytest.mark.parametrize("kept", ["loki", "plain"], indirect=True)
@pytest.mark.parametrize(
    ("settings", "header"),
    [
        ({"token": SecretStr(KEY)}, f"Bearer {KEY}"),
        ({"username": "u", "password": SecretStr("p")}, "Basic dTpw"),
    ],
)
async def test_credentials_are_sent(kept: Kept, settings: dict[str, Any], header: str) -> None:
    await kept.read(**settings)
    assert kept.backend.headers[-1]["authorization"] == header


@pytest.mark.parametrize("kept", ["loki"], indirect=True)
async def test_lokis_tenant_is_sent_and_its_labels_are_fields(kept: Kept) -> None:
    labels = {"app": "cv", "pod": "cv-1", "level": "warn", "camera": "lobby", "trace_id": "abc"}
    kept.backend.entries.append((_ns(1), labels, "2026-11-17T08:30:00Z INFO [main] a.B - slow"))
    (line,) = (await kept.batch(tenant="hotel")).lines
    assert kept.backend.headers[-1]["x-scope-orgid"] == "hotel"
    assert (line.service, line.message, line.trace_id, line.at) == ("cv", "slow", "abc", START + 1)
    assert line.fields == {"camera": "lobby"}


@pytest.mark.parametrize("kept", ["loki"], indirect=True)
async def test_a_stack_trace_in_loki_is_one_line(kept: Kept) -> None:
    for number, text in enumerate(["ERROR boom", "\tat a.B.c(B.java:4)", "\tat a.B.d(B.java:5)", "INFO fine"]):
        kept.backend.entries.append((_ns(1) + number, {"app": "cv"}, text))
    assert await kept.read() == ["boom\n\tat a.B.c(B.java:4)\n\tat a.B.d(B.java:5)", "fine"]


@pytest.mark.parametrize("kept", ["pit"], indirect=True)
async def test_a_document_of_a_server_without_nanoseconds_is_read_too(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.backend.documents.append(("1", _ns(1), {"message": "a", "log.level": "warn", "host": {"name": "h"}}))
    hits: Callable[..., Any] = Elasticsearch._hits

    async def in_milliseconds(self: Elasticsearch, *rest: Any) -> Any:
        return [each | {"sort": [each["sort"][0] // 1_000_000]} for each in await hits(self, *rest)]

    monkeypatch.setattr(Elasticsearch, "_hits", in_milliseconds)
    (line,) = (await kept.batch()).lines
    assert (line.at, line.level, line.service) == (START + 1, LogLevel.WARNING, "logs")


def test_an_address_is_checked_in_the_form() -> None:
    with pytest.raises(ValidationError, match="must start with http"):
        Loki(name="x", url="loki:3100", query="{}")
