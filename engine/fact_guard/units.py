"""Units and currencies in English and Vietnamese, as folded words."""

from decimal import Decimal

from innkeeper.schemas.currencies import CURRENCIES

SCALES = {
    **dict.fromkeys(("nghin", "ngan", "k", "thousand"), Decimal(1_000)),
    **dict.fromkeys(("trieu", "tr", "million", "mil", "mn"), Decimal(1_000_000)),
    **dict.fromkeys(("ty", "billion", "bn"), Decimal(1_000_000_000)),
}
_UNIT_WORDS = {
    "minute": "minutes minute mins min phut",
    "hour": "hours hour hrs hr h gio tieng",
    "day": "days day ngay",
    "night": "nights night dem",
    "week": "weeks week tuan",
    "month": "months month thang",
    "year": "years year yrs yr nam tuoi",
    "kilogram": "kilograms kilogram kilos kilo kgs kg can",
    "gram": "grams gram g",
    "kilometre": "kilometres kilometers kilometre km",
    "metre": "metres meters metre m met",
    "centimetre": "centimetres centimeters cm",
    "square_metre": "m2 m² sqm metvuong",
    "litre": "litres liters litre l lit",
    "millilitre": "ml",
    "degree": "degrees °c °",
    "inch": "inches inch",
    "person": "guests guest persons person people adults adult children child kids pax nguoi khach tre be",
    "room": "rooms phong suites villas bungalows",
    "bed": "beds bed giuong",
    "floor": "floors tang",
    "time": "times lan",
    "star": "stars star sao",
}
UNITS = {word: unit for unit, written in _UNIT_WORDS.items() for word in written.split()}
# Where a table names the unit in its heading, the number has none; a counted thing may be any word, and ages have none.
MEASURED = frozenset(UNITS.values()) - {"person", "room", "bed", "floor", "time", "star", "year"}
_SYMBOLS = {
    "$": "USD", "us$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₫": "VND", "₩": "KRW", "฿": "THB", "d": "VND",
    "dong": "VND", "vnđ": "VND", "dollars": "USD", "dollar": "USD", "do la": "USD", "euros": "EUR", "euro": "EUR",
    "a$": "AUD", "s$": "SGD", "baht": "THB", "yen": "JPY", "won": "KRW",
}  # fmt: skip
_USUAL = "vnd|usd|eur|gbp|jpy|aud|sgd|krw|thb|cny|hkd|cad|chf|nzd|twd|rub|inr|myr|idr|php"
CURRENCY_BEFORE = rf"us\$|[as]\$|[$€£¥₫₩฿]|{_USUAL}"
CURRENCY_AFTER = rf"{_USUAL}|d|dong|dollars?|do la|euros?|baht|yen|won|us\$|[$€£¥₫₩฿]"


def currency_of(written: str) -> str:
    """ISO 4217 code of a folded symbol, word or code; "" for none."""
    if written in _SYMBOLS:
        return _SYMBOLS[written]
    return written.upper() if written.upper() in CURRENCIES else ""
