"""Column types that mean the same on SQLite and PostgreSQL."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

# SQLite compares JSON as text; PostgreSQL's JSONB can be indexed.
Json = JSON().with_variant(JSONB(), "postgresql")

_CENT = Decimal("0.01")


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An aware datetime, kept as UTC. SQLite has no zones, so what it returns is marked as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """UTC of `value`; a naive one raises `ValueError`, since nobody knows its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone cannot be stored")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """`value` as an aware datetime in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Money(TypeDecorator[Decimal]):
    """An amount with two decimals, below 10^12. SQLite keeps it as a double, which is exact for 14 digits."""

    impl = Numeric(14, 2)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """A double on SQLite: its driver knows no decimals."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Numeric(14, 2, asdecimal=False))
        return dialect.type_descriptor(Numeric(14, 2))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """What the driver takes."""
        return float(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """The amount, with its two decimals."""
        return None if value is None else Decimal(str(value)).quantize(_CENT)


class NanoUsd(TypeDecorator[Decimal]):
    """US dollars as a whole number of nano-dollars, below 9.2 * 10^9 dollars: sums are exact on both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Nano-dollars; a fraction of one is rounded, a half upwards."""
        return None if value is None else int(value.scaleb(9).to_integral_value(ROUND_HALF_UP))

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Dollars. A sum over whole numbers is a decimal on PostgreSQL."""
        return None if value is None else Decimal(value).scaleb(-9)
