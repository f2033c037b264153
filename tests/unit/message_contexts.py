"""Any context of any kind of message, with the values that break letters; and what the letter then has to show."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from innkeeper.schemas.message_contexts import CONTEXTS, MessageContext
from innkeeper.schemas.message_values import GuestTitle
from innkeeper.schemas.messages import MessageKind

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
NAMES = (
    "John Doe", "Nguyễn Thị Lan", "Trần Văn Minh", "Đặng Thu Hiền", "Ngo\u0302 Ba\u0309o Cha\u0302u",
    "Anna van der Berg",
    "Jean-Pierre Dubois", "محمد بن سلمان", "דוד כהן", "山田 太郎", 'Bobby "Tables" O\'Neil', "{{ 7 * 7 }}",
    "{% raw %}", "<script>alert(1)</script>", "</p><b>x", "Eve\r\nBcc: eve@example.com", "👨‍👩‍👧 Family",
    "**Bold** _name_", "[[guest_name]]", "\ue0000\ue001", "# Heading", "- item", "1. one", "&amp; Sons",
    "a\u202eb", "`code` | safe",
    "https://example.com/<x>", "A\\*B", "x\u0000y", "Nguyễn\u00a0Văn\u2028An", "![i](x)",
)  # fmt: skip
PLAIN = ("Nguyễn Thị Lan", "Trần Văn Minh", "Isabella Rossi", "Kenji Tanaka", "two extra pillows", "phòng hướng biển",
         "BK-2025-0314", "a table by the window", "late arrival at 21:30", "thêm một giường phụ")  # fmt: skip
readable = st.sampled_from(NAMES) | st.text(max_size=40).map(lambda text: f"x{text}")
room_numbers = st.from_regex(r"[A-C]?[1-9][0-9]{2}", fullmatch=True)
days = st.dates(dt.date(1999, 1, 1), dt.date(2099, 12, 31))
clocks = st.times().map(lambda time: time.replace(second=0, microsecond=0))
amounts = st.integers(0, 10**14).map(Decimal) | st.decimals(0, 10**9, places=2) | st.just(Decimal(0))
currencies = st.sampled_from(["VND", "USD", "EUR"])
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "guest_title": st.none() | st.sampled_from(GuestTitle),
    "currency": currencies,
    "discount_percent": st.integers(1, 100).map(Decimal) | st.decimals(Decimal("0.5"), 99, places=1),
    "expected_minutes": st.integers(1, 10_000),
    "parking_included": st.booleans(),
    "breakfast_included": st.booleans(),
    "status": st.sampled_from(["found", "searching", "not_found"]),
    "type": st.sampled_from(["service_delay", "noise", "unheard_of"]),
    "payment_methods": st.lists(readable, max_size=3).map(tuple),
    "room_number": room_numbers,
    "compensation_offered": st.fixed_dictionaries({"type": readable, "value": readable}),
    "services": st.lists(
        st.fixed_dictionaries(
            {"name": readable, "currency": currencies},
            optional={
                "description": readable, "reason": readable, "price": amounts, "opens": clocks, "closes": clocks,
                "location": readable,
            },
        ),
        min_size=1, max_size=2,
    ),
}  # fmt: skip
_BY_ENDING = {"amount": amounts, "price": amounts, "fee": amounts, "amount_due": amounts}
FIXED = {"guest_title", "currency", "status", "type", "room_number"}
NOT_SHOWN = {"guest_title", "currency", "status", "type", "parking_included", "breakfast_included"}


def _values(name: str) -> st.SearchStrategy[Any]:
    if name in FIELDS:
        return FIELDS[name]
    if name in _BY_ENDING or name == "total_amount":
        return amounts
    if name.endswith("_time") or name == "done_at":
        return clocks
    if name.endswith(("_date", "_until", "_from")) or name in {"check_in", "check_out"}:
        return days
    return readable


@st.composite
def contexts(draw: st.DrawFn, kind: MessageKind) -> dict[str, Any]:
    """Variables that `kind` takes, of any content: optional ones there or not."""
    fields = CONTEXTS[kind].model_fields
    chosen = {name: draw(_values(name)) for name, field in fields.items() if field.is_required() or draw(st.booleans())}
    if {"total_amount", "price", "fee", "amount_due"} & set(chosen):
        chosen.setdefault("currency", "VND")
    for name in [each for each in chosen if each.endswith("_translated")]:
        chosen.setdefault(name.removesuffix("_translated"), "As it was said")
    if "check_out" in chosen:
        chosen["check_out"] = chosen["check_in"] + dt.timedelta(draw(st.integers(1, 40)))
    return chosen


def shown(value: Any, language: str, currency: str | None = None) -> str:
    """How a letter writes `value`; written anew here, so that the formats are checked and not repeated."""
    if isinstance(value, dt.date):
        return f"{value:%d/%m/%Y}" if language == "vi" else f"{MONTHS[value.month - 1]} {value.day}, {value.year}"
    if isinstance(value, dt.time):
        return f"{value:%H:%M}" if language == "vi" else f"{value:%I:%M %p}".removeprefix("0")
    if isinstance(value, Decimal):
        return _amount(value, language, currency) + (f" {currency}" if currency else "%")
    return str(value)


def _amount(value: Decimal, language: str, currency: str | None) -> str:
    whole, _, cents = f"{value:f}".partition(".")
    cents = cents.rstrip("0")
    if currency in {"USD", "EUR"}:
        cents = cents.ljust(2, "0")
    groups: list[str] = []
    while whole:
        groups.insert(0, whole[-3:])
        whole = whole[:-3]
    thousands, point = (".", ",") if language == "vi" else (",", ".")
    return thousands.join(groups) + (f"{point}{cents}" if cents else "")


def context_kind(context: MessageContext) -> MessageKind:
    """The kind whose context class it is."""
    return next(kind for kind, made in CONTEXTS.items() if made is type(context))


def expected(context: MessageContext, language: str) -> Iterator[tuple[str, str]]:
    """Field and text of everything that the body has to show, but for the name and spans of minutes."""
    hidden = {"room_number"} if context_kind(context) is MessageKind.SERVICE_RECOMMENDATION else set()
    yield from ((name, text) for name, text in _expected(context, language) if name not in hidden)
    for nested in ("services", "compensation_offered"):
        values = getattr(context, nested, None) or ()
        for value in values if isinstance(values, tuple) else (values,):
            yield from _expected(value, language)


def _expected(model: Any, language: str) -> Iterator[tuple[str, str]]:
    currency = getattr(model, "currency", None)
    for name in type(model).model_fields:
        value = getattr(model, name)
        if (
            name in NOT_SHOWN
            or name in {"guest_name", "expected_minutes", "services", "compensation_offered"}
            or value is None
        ):
            continue
        if name == "fee" and value == 0:
            continue
        if name in {"opens", "closes"} and None in (model.opens, model.closes):
            continue
        for each in value if isinstance(value, tuple) else (value,):
            yield name, shown(each, language, None if name == "discount_percent" else currency)


@st.composite
def likely_contexts(draw: st.DrawFn, kind: MessageKind) -> dict[str, Any]:
    """The same with texts as guests and staff write them, and dates and amounts as hotels have them."""

    def likely(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: likely(each) if name not in FIXED else each for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [likely(each) for each in value]
        if isinstance(value, Decimal):
            return Decimal(draw(st.integers(1, 900))) * 10_000
        return draw(st.sampled_from(PLAIN)) if isinstance(value, str) else value

    made: dict[str, Any] = likely(draw(contexts(kind)))
    made["guest_name"] = draw(st.sampled_from(PLAIN[:4]))
    if "discount_percent" in made:
        made["discount_percent"] = Decimal(draw(st.integers(1, 90)))
    return made


def derived(variables: dict[str, Any]) -> Iterator[str]:
    """What a letter may say though no variable says it in these words."""
    if "expected_minutes" in variables:
        hours, minutes = divmod(variables["expected_minutes"], 60)
        yield f"{hours} hours {minutes} minutes"
    if "room_number" in variables:
        floor = int(variables["room_number"][-3])
        yield f"{floor} floor, {floor}th floor, tầng {floor}"
    if "discount_percent" in variables:
        yield f"discount {variables['discount_percent']}%"
    for included in ("parking_included", "breakfast_included"):
        if variables.get(included):
            yield included.replace("_", " ")
