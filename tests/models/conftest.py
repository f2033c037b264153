"""Real SDKs against loopback providers, a real ledger in SQLite, and nothing else: no Prefect server."""

import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import certifi
import pytest
from pydantic import BaseModel, SecretStr
from tests.providers import AnthropicServer, OpenAIServer, ProviderServer, Script

from innkeeper.blocks.database.budgets import set_budget
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.models import wire
from innkeeper.blocks.models.chat import AnthropicModel, ChatModel, OpenAICompatibleModel, OpenAIModel
from innkeeper.blocks.settings import Settings
from innkeeper.engine.model_output import read_as
from innkeeper.schemas.models import Budget, Capability, Spender
from innkeeper.tasks import policies
from innkeeper.tasks.circuits import forget_circuits
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.models import Ask

PROVIDERS = ("openai", "anthropic", "compatible")
QUESTION = "Which towels does Nguyễn Thị Ánh of room 1207 want?"
PRICES = """
models:
- {provider: compatible, names: [house-model], input: 1, output: 2}
"""


class Towels(BaseModel):
    """What the guest wants."""

    count: int
    size: str


@dataclass(frozen=True)
class Provider:
    """One loopback provider, and blocks that use it."""

    kind: str
    server: ProviderServer

    @property
    def script(self) -> Script:
        return self.server.script

    @property
    def asked(self) -> int:
        """Requests that came in."""
        return len(self.server.requests)

    @property
    def link(self) -> str:
        return self.block().link

    def block(self, timeout_s: float = 20.0, key: str | None = None) -> ChatModel:
        secret, url = SecretStr(key or self.server.api_key), self.server.base_url
        if self.kind == "openai":
            return OpenAIModel(model="gpt-5-mini", api_key=secret, base_url=url, timeout_s=timeout_s)
        if self.kind == "anthropic":
            return AnthropicModel(model="claude-haiku-4-5", api_key=secret, base_url=url, timeout_s=timeout_s)
        return OpenAICompatibleModel(model="house-model", api_key=secret, base_url=url, timeout_s=timeout_s)


@dataclass(frozen=True)
class Row:
    """One row of the ledger."""

    provider: str
    outcome: str
    input_tokens: int
    output_tokens: int
    estimated: bool
    cost_usd: Decimal | None
    first_token_ms: float | None


class Books:
    """The ledger and the budget, read past everything that wrote them."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._file)) as connection:
            return connection.execute(statement).fetchall()

    @property
    def rows(self) -> list[Row]:
        """In the order of the calls."""
        columns = "provider, outcome, input_tokens, output_tokens, estimated, cost_usd, first_token_ms"
        found = self.query(f"SELECT {columns} FROM model_calls ORDER BY id")
        return [
            Row(provider, outcome, given, answered, bool(estimated), _dollars(cost), first_ms)
            for provider, outcome, given, answered, estimated, cost, first_ms in found
        ]

    @property
    def outcomes(self) -> list[str]:
        return [row.outcome for row in self.rows]

    @property
    def budget(self) -> tuple[Decimal, Decimal]:
        """Settled and reserved dollars of today's budget for all calls."""
        ((settled, reserved),) = self.query("SELECT settled_usd, reserved_usd FROM budget_spending") or [(0, 0)]
        return _dollars(settled) or Decimal(0), _dollars(reserved) or Decimal(0)

    @property
    def spent(self) -> tuple[Decimal, Decimal]:
        """What `budget` must be: the sum over the ledger, and nothing reserved any more."""
        return sum((row.cost_usd or Decimal(0) for row in self.rows), Decimal(0)), Decimal(0)

    @property
    def everything(self) -> str:
        """All text of the database."""
        with closing(sqlite3.connect(self._file)) as connection:
            return "\n".join(connection.iterdump())


def _dollars(nano: int | None) -> Decimal | None:
    return None if nano is None else Decimal(nano) / 10**9


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No pauses between attempts, and closed circuits."""
    monkeypatch.setattr(policies, "PAUSES_S", (0.0, 0.0))
    forget_circuits()
    yield
    forget_circuits()


@pytest.fixture(scope="package", autouse=True)
def few_authorities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One certificate authority instead of 140: each client reads them all, which takes 40 ms, and no test uses TLS."""
    end = "-----END CERTIFICATE-----\n"
    file = tmp_path_factory.mktemp("authorities") / "one.pem"
    file.write_text(certifi.contents().partition(end)[0] + end, encoding="utf-8")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SSL_CERT_FILE", str(file))
        yield


@pytest.fixture(scope="session")
async def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with tables and one budget that is never used up."""
    file = tmp_path_factory.mktemp("migrated") / "innkeeper.db"
    async with Database(f"sqlite+aiosqlite:///{file}") as database:
        await database.upgrade()
        async with database.writing() as session:
            await set_budget(session, Budget(hard_usd=Decimal(100)))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


@pytest.fixture
def books(tmp_path: Path, migrated: Path) -> Books:
    shutil.copy(migrated, tmp_path / "innkeeper.db")
    return Books(tmp_path / "innkeeper.db")


@pytest.fixture
def settings_of(tmp_path: Path, books: Books) -> Callable[..., Settings]:
    """`settings_of(model_chain=…)`: settings with this test's database and prices."""
    (tmp_path / "prices.yaml").write_text(PRICES, encoding="utf-8")

    def make(**more: Any) -> Settings:
        return Settings.model_validate({"home": tmp_path, "prices": tmp_path / "prices.yaml", **more})

    return make


@pytest.fixture
async def gateway(settings_of: Callable[..., Settings]) -> AsyncIterator[ModelGateway]:
    async with ModelGateway(settings_of()) as opened:
        yield opened


@pytest.fixture
def provide() -> Iterator[Callable[..., Provider]]:
    """`provide("openai", *replies, default=…)` starts a provider that lives as long as the test."""
    with ExitStack() as running:

        def start(kind: str, *replies: Any, **script: Any) -> Provider:
            server = AnthropicServer if kind == "anthropic" else OpenAIServer
            return Provider(kind, running.enter_context(server(Script(replies, **script))))

        yield start


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest, provide: Callable[..., Provider]) -> Provider:
    """Each kind of provider, with an empty script."""
    return provide(request.param)


def question(output_type: type[BaseModel] | None = None, capability: Capability = Capability.ASSISTANT) -> Ask:
    """A question for words, or for an object that is checked."""
    return Ask(
        capability=capability,
        messages=wire.opening("You work at a hotel's front desk.", QUESTION),
        parameters=wire.asking(output_type),
        content=QUESTION,
        spender=Spender(principal="test", flow="test"),
        check=None if output_type is None else lambda response: read_as(wire.text_of(response), output_type),
    )
