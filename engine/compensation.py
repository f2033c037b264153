"""Whether a role may offer a guest this much; what cannot be read for certain waits for a person."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from innkeeper.engine.compensation_offers import Offer, read_offers
from innkeeper.schemas.access import Role
from innkeeper.schemas.errors import NotConfigured

_ALL = "all"


class RoleLimits(BaseModel):
    """What one role may offer; `services` are names of `CompensationRules.services`, or `all`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    percent: Decimal = Field(default=Decimal(0), ge=0, le=100)
    amounts: dict[str, Decimal] = Field(default_factory=dict)
    nights: int = Field(default=0, ge=0)
    services: tuple[str, ...] = ()


class CompensationRules(BaseModel):
    """`compensation.yaml`: limits by role, and what services are called, folded to plain letters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    roles: dict[Role, RoleLimits]
    services: dict[str, tuple[str, ...]]


class _Total(NamedTuple):
    kind: str
    unit: str


def load_rules(path: Path | None = None) -> CompensationRules:
    """
    The packaged rules, or a hotel's own.

    Raises:
        NotConfigured: The file is no rules file; the message names the place.
    """
    return _rules(path)


@cache
def _rules(path: Path | None) -> CompensationRules:
    name = "the packaged compensation.yaml" if path is None else str(path)
    source = files("innkeeper.engine").joinpath("compensation.yaml") if path is None else path
    try:
        rules = CompensationRules.model_validate(yaml.safe_load(source.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise NotConfigured(f"{name} cannot be read ({type(error).__name__}); check INNKEEPER_COMPENSATION") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise NotConfigured(f"{name}: {place}: {first['msg']}; check INNKEEPER_COMPENSATION") from None
    unknown = {each for limits in rules.roles.values() for each in limits.services} - {_ALL, *rules.services}
    if unknown:
        raise NotConfigured(f"{name}: no such service: {', '.join(sorted(unknown))}; add it under `services`")
    return rules


def check_compensation(role: Role, offered: str, rules: CompensationRules | None = None) -> str | None:
    """
    Why an offer needs a person's approval; none when the role may make it.

    Args:
        role: Who makes it.
        offered: As the guest will read it, in English or Vietnamese: "20% off next booking", "một đêm miễn phí".
        rules: The packaged ones when absent.
    """
    rules = rules or load_rules()
    limits = rules.roles.get(role, RoleLimits())
    reading = read_offers(offered, rules.services)
    if reading.unsure:
        return f"the offer cannot be read for certain ({reading.unsure})"
    reasons = [
        reason for total, value in _totals(reading.offers).items() if (reason := _above(role, limits, total, value))
    ]
    return "; ".join(reasons) or None


def check_discount(role: Role, percent: Decimal, rules: CompensationRules | None = None) -> str | None:
    """The same of a discount that is known as a number, such as a promotion's."""
    limits = (rules or load_rules()).roles.get(role, RoleLimits())
    return _above(role, limits, _Total("percent", ""), percent)


def _totals(offers: tuple[Offer, ...]) -> Mapping[_Total, Decimal]:
    """Two free nights in two sentences are two nights; of two discounts the larger one counts."""
    totals: dict[_Total, Decimal] = {}
    for offer in offers:
        key = _Total(offer.kind, offer.unit)
        before = totals.get(key, Decimal(0))
        totals[key] = max(before, offer.value) if offer.kind == "percent" else before + offer.value
    return totals


def _above(role: Role, limits: RoleLimits, total: _Total, value: Decimal) -> str | None:
    if total.kind == "percent" and value > limits.percent:
        return f"a {role} may offer up to {limits.percent:f}%, not {value.normalize():f}%"
    if total.kind == "amount" and value > limits.amounts.get(total.unit, Decimal(0)):
        limit = limits.amounts.get(total.unit)
        most = f"up to {limit:,f} {total.unit}" if limit else f"no {total.unit}"
        return f"a {role} may offer {most}, not {value.normalize():,f}"
    if total.kind == "nights" and value > limits.nights:
        return f"a {role} may offer {_nights(limits.nights)}, not {value.normalize():f}"
    if total.kind == "service" and not {_ALL, total.unit} & set(limits.services):
        return f"a {role} may not offer this without asking: {total.unit.replace('_', ' ')}"
    return None


def _nights(count: int) -> str:
    return "no free nights" if count == 0 else f"up to {count} free nights"


def role_limits(rules: CompensationRules | None = None) -> Iterator[tuple[Role, RoleLimits]]:
    """Every role with its limits, for a person who asks."""
    for role in Role:
        yield role, (rules or load_rules()).roles.get(role, RoleLimits())
