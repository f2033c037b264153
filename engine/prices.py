"""What a model call costs, from a dated price table and a hotel's own rows. Exact: decimals from file to result."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from innkeeper.schemas.errors import InputInvalid, NotConfigured
from innkeeper.schemas.models import TokenUsage

_PER = Decimal(1_000_000)
# gpt-4o-mini-2024-07-18, claude-haiku-4-5-20251001, claude-haiku-4-5@20251001, claude-3-opus-latest
_SNAPSHOT = re.compile(r"(?:-20\d\d-\d\d-\d\d|[-@]20\d{6}|-latest)$")


class Rates(BaseModel):
    """US dollars per million tokens. Where a rate for the cache is missing, that for input holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: Decimal = Field(ge=0, allow_inf_nan=False)
    cached_input: Decimal | None = Field(default=None, ge=0, allow_inf_nan=False)
    cache_write: Decimal | None = Field(default=None, ge=0, allow_inf_nan=False)
    output: Decimal = Field(default=Decimal(0), ge=0, allow_inf_nan=False, description="0 for embeddings.")

    @field_validator("input", "cached_input", "cache_write", "output", mode="before")
    @classmethod
    def _as_written(cls, value: Any) -> Any:
        if isinstance(value, bool):
            raise ValueError("must be a number of dollars")  # noqa: TRY004  pydantic reports ValueErrors only
        return str(value) if isinstance(value, float) else value  # 0.15 without quotes is meant as 0.15

    def of(self, usage: TokenUsage) -> Decimal:
        """What `usage` costs, in US dollars, not rounded."""
        fresh = max(usage.input_tokens - usage.cached_input_tokens - usage.cache_write_tokens, 0)
        cached = self.input if self.cached_input is None else self.cached_input
        written = self.input if self.cache_write is None else self.cache_write
        total = fresh * self.input + usage.cached_input_tokens * cached + usage.cache_write_tokens * written
        return (total + usage.output_tokens * self.output) / _PER

    def dearest(self, input_tokens: int, output_tokens: int) -> Decimal:
        """The same when nothing is known about the cache: as if all input went where it costs most."""
        most = max(self.input, self.cached_input or self.input, self.cache_write or self.input)
        return (input_tokens * most + output_tokens * self.output) / _PER


class Tier(Rates):
    """Rates for all tokens of a call whose input is longer than `above_input_tokens`."""

    above_input_tokens: int = Field(gt=0)


class ModelPrice(Rates):
    """
    One row of the table.

    Attributes:
        provider: `openai`, `anthropic`, `compatible`.
        names: Model names; `*` stands for any characters. A dated snapshot or `-latest` of a name needs no entry.
        tiers: Dearer rates for long prompts, in any order.
        source: Page that publishes the price.
        checked: Day on which the row was last compared with its source.
    """

    provider: str = Field(min_length=1)
    names: tuple[str, ...] = Field(min_length=1)
    tiers: tuple[Tier, ...] = ()
    source: str = ""
    checked: dt.date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if len({tier.above_input_tokens for tier in self.tiers}) < len(self.tiers):
            raise ValueError("two tiers start at the same length")
        return self

    def rates(self, input_tokens: int) -> Rates:
        """The rates that hold for a call with that much input."""
        reached = [tier for tier in self.tiers if input_tokens > tier.above_input_tokens]
        return max(reached, key=lambda tier: tier.above_input_tokens, default=self)


class PriceTable:
    """
    Prices by provider and model name; `PriceTable.load()` reads the packaged table.

    Args:
        layers: Rows; those of an earlier layer win, and in one layer the later of two rows for the same name.
    """

    def __init__(self, *layers: Iterable[ModelPrice]) -> None:
        self._layers = [_Layer(rows) for rows in layers]

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """
        The packaged table, and over it the rows of a hotel's own file.

        Args:
            path: A YAML file with `models:`, shaped as the packaged `prices.yaml`; a local model may cost 0.

        Raises:
            NotConfigured: The file cannot be read, or is not YAML.
            InputInvalid: Rows are wrong; `problems` names each by its position and model.
        """
        return cls(_rows(path), _packaged()) if path else cls(_packaged())

    @property
    def rows(self) -> tuple[ModelPrice, ...]:
        """All rows, those that win first."""
        return tuple(row for layer in self._layers for row in layer.rows)

    def find(self, provider: str, model: str) -> ModelPrice | None:
        """The row of a model: by its name, by the name its snapshot belongs to, then by a pattern."""
        found = (layer.find(provider, model.lower()) for layer in self._layers)
        return next((row for row in found if row is not None), None)

    def cost(self, provider: str, model: str, usage: TokenUsage) -> Decimal | None:
        """What a call took, in US dollars, exact; none when the model has no known price."""
        row = self.find(provider, model)
        return None if row is None else row.rates(usage.input_tokens).of(usage)

    def most(self, provider: str, model: str, input_tokens: int, max_output_tokens: int) -> Decimal | None:
        """The most that a call can cost, in US dollars; none when the model has no known price."""
        row = self.find(provider, model)
        if row is None:
            return None
        reached = [tier for tier in row.tiers if input_tokens > tier.above_input_tokens]
        return max(rates.dearest(input_tokens, max_output_tokens) for rates in (row, *reached))


class _Layer:
    def __init__(self, rows: Iterable[ModelPrice]) -> None:
        self.rows = tuple(rows)
        named = [(row.provider, name.lower(), row) for row in self.rows for name in row.names]
        self._exact = {(provider, name): row for provider, name, row in named if "*" not in name}
        self._patterns = [each for each in reversed(named) if "*" in each[1]]

    def find(self, provider: str, name: str) -> ModelPrice | None:
        row = self._exact.get((provider, name)) or self._exact.get((provider, _SNAPSHOT.sub("", name)))
        if row is not None:
            return row
        return next((row for owner, glob, row in self._patterns if owner == provider and fnmatchcase(name, glob)), None)


@cache
def _packaged() -> tuple[ModelPrice, ...]:
    return _parse(files("innkeeper.engine").joinpath("prices.yaml").read_text(encoding="utf-8"), "prices.yaml")


def _rows(path: Path) -> tuple[ModelPrice, ...]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise NotConfigured(f"the price file {str(path)!r} cannot be read: {error}") from None
    return _parse(text, path.name)


def _parse(text: str, file: str) -> tuple[ModelPrice, ...]:
    try:
        content = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise NotConfigured(f"the price file {file!r} is not YAML: {error}") from None
    rows = content.get("models") if isinstance(content, Mapping) else None
    if not isinstance(rows, list):
        raise NotConfigured(f"the price file {file!r} must hold a list under `models:`")
    found: list[ModelPrice] = []
    problems: list[str] = []
    for position, row in enumerate(rows, start=1):
        try:
            found.append(ModelPrice.model_validate(row))
        except ValidationError as error:
            problems += [f"row {position} ({_label(row)}): {_problem(entry)}" for entry in error.errors()]
    if problems:
        raise InputInvalid(f"the price file {file!r} has wrong rows; first: {problems[0]}", problems=problems)
    return tuple(found)


def _label(row: Any) -> str:
    names = row.get("names") if isinstance(row, Mapping) else None
    return str(names[0]) if isinstance(names, list) and names else "no name"


def _problem(entry: Any) -> str:
    return f"{'.'.join(str(part) for part in entry['loc']) or 'row'}: {entry['msg']}"
