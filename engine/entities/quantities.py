"""How many of a thing, and of what size: "two more bath towels", "trà đào x3", "khăn 2 cái", "pizza size L"."""

from typing import NamedTuple

from innkeeper.engine.entities.numbers import NUMBER, number_value
from innkeeper.engine.entities.source import Pattern, Source

_CONTAINER = (
    r"(?:bottles?|cans?|glass(?:es)?|cups?|pots?|jugs?|jars?|carafes?|bowls?|plates?|portions?|"
    r"servings?|orders?|slices?|pieces?|pcs|packs?|packets?|boxes|box|bags?|sets?|pairs?|rolls?|"
    r"tubes?|bars?|buckets?|bunch(?:es)?|bouquets?|baskets?|trays?|kilos?|kg|dozen|scoops?|loaf|"
    r"loaves|tins?|sachets?|sheets?|types?|kinds?|rounds?|shots?|pints?|mugs?)"
)
_CLASSIFIER = (
    r"(?:cái|chiếc|chai|lon|ly|cốc|tách|tô|bát|chén|đĩa|dĩa|phần|suất|xuất|đôi|cặp|bộ|hộp|gói|cuộn|ổ|"
    r"quả|trái|con|bó|bông|thùng|kg|ký|kí|lọ|hũ|tuýp|bịch|túi|tờ|cây|miếng|lát|nồi|ấm|bình|khay|mâm|"
    r"vỉ|viên|thanh|quyển|cuốn|bức|đóa|lẵng|giỏ|bánh|xô|can|ca|cục|chục|tá|order|set|combo)"
)
_MODIFIER = (
    r"(?:more|extra|additional|empty|dirty|used|wet|further|fresh|clean|new|small|large|big|medium|"
    r"single|double|king|queen|cold|hot|warm|iced|chilled|soft|thick|thin|spare|proper|nice|black|"
    r"white|red|blue|navy|green|brown|grey|gray|pink|yellow|gold|silver|leather|old|full|good|quick|"
    r"little|kid'?s'?|children's|baby|adult|plain|regular|standard|bigger|smaller|thicker|softer|"
    r"rental|other|of the|of your|of those|of|of some)"
)
_BEFORE = Pattern(
    rf"(?<![\w.,:/$€£-])(?P<count>half a dozen|a couple of|a couple|couple of|a dozen|a few|some|"
    rf"several|another|one more|{NUMBER}|"
    rf"an?)(?P<times>\s?x)?\s(?:(?:{_MODIFIER})\s){{0,3}}(?:(?P<container>{_CONTAINER})\s(?:of\s)?)?(?:(?:{_MODIFIER})\s){{0,2}}$"
)
_FAR_BEFORE = Pattern(
    rf"(?<![\w.,:/$€£-])(?P<count>{NUMBER}|an?)\s(?:(?!(?:of|am|pm|and|or|to|for|in|on|at|with|from|the|my|our|"
    rf"your|a|an|"
    r"is|are|was|night|nights|day|days|people|persons|guests|adults|kids|children|hours?|minutes?|min|mins|pax|"
    r"please|pls|room|rm|"
    r"more of|new|time|times|o'clock|we|i|you|us|me|need|bring|send|have|get|it|if|that|who|which|"
    r"pm,)\s)[a-z][a-z'’-]+\s){1,2}$"
)
_SHORT_BEFORE = Pattern(r"(?<![\w.,:/$€£-])(?P<count>\d{1,3})\s?x?\s?$")
_VI_BEFORE = Pattern(
    rf"(?<![\w.,:/$-])(?P<count>{NUMBER}|vài|mấy|một chục|nửa tá|chục|"
    rf"tá)\s?(?:{_CLASSIFIER}\s){{0,2}}(?:to\s|nhỏ\s|lớn\s|nữa\s|đầy\s|loại\s)?$"
)
_AFTER = Pattern(
    rf"\s?(?:x\s?(?P<times>\d{{1,3}})|\((?:x\s?)?(?P<paren>\d{{1,3}})\)|"
    rf"[:=]\s?(?P<equal>\d{{1,2}})(?!\d|:|h)|[,?(:]?\s?(?P<count>\d{{1,2}}|một|hai|ba|bốn|năm|"
    rf"sáu)\s(?:{_CLASSIFIER}|pairs?|pcs|pieces)(?![\w'’]))"
)
_SIZE_WORD = (
    r"(?:king[- ]size|queen[- ]size|king|queen|single|double|twin|extra large|large|medium|small|big|"
    r"xxl|xl)"  # Vietnamese sizes follow the thing; before it "lon" is a can
)
_SIZE_BEFORE = Pattern(rf"(?<!\w)(?P<size>{_SIZE_WORD}|\d+(?:[.,]\d)?\s?(?:ml|l|litre|liter|lít))\s(?:\w+\s)?$")
_SIZE_AFTER = Pattern(
    r"\s(?:size|cỡ|sz)\s(?P<size>xxl|xl|l|m|s|\d{2})(?!\w)|\s\(?(?P<volume>\d+(?:[.,]\d)?\s?(?:ml|l|"
    r"lít))(?!\w)|\s(?P<word>lớn|nhỏ|to)(?!\w)"
)
_SIZES = {
    "lớn": "large",
    "lon": "large",
    "cỡ lớn": "large",
    "to": "large",
    "nhỏ": "small",
    "nho": "small",
    "cỡ nhỏ": "small",
}
# Names and words of English ("Nam", "bay") that would be Vietnamese numbers without accents.
_ENGLISH_TOO = {"nam", "ba", "hai", "bay", "sau", "tam", "chin", "bon", "tu", "mot", "muoi"}
_ORDINAL_BEFORE = Pattern(
    r"\b(?:tầng|phòng|số|lầu|bàn|thứ|tháng|ngày|room|floor|table|no|lúc|day|iphone|galaxy|p)\.?\s$"
)
_VAGUE = {"a few", "some", "several", "vài", "mấy", "vai", "may"}


class Amount(NamedTuple):
    """A quantity and the offset where its words begin or end."""

    value: int | None
    start: int
    end: int


def amount(source: Source, start: int, end: int, *, floor: int = 0) -> Amount:
    """
    Quantity of the thing at `start:end`; `value` is `None` when the guest names none.

    Args:
        source: The message.
        start: Offset of the thing.
        end: Offset behind it.
        floor: End of the thing before; its words are not this thing's number.
    """
    low = max(floor, source.sentence(start).start, start - 60)
    patterns = (_VI_BEFORE, _BEFORE, _SHORT_BEFORE)
    for pattern in patterns if source.is_vietnamese else (*patterns, _FAR_BEFORE):
        match = pattern.search(source.lower, low, start)
        if match:
            written = match["count"]
            if written in _VAGUE:
                return Amount(None, match.start(), end)
            value = number_value(written)
            if value is not None and not _is_another_number(source, written, match.start()):
                return Amount(value, match.start(), end)
    after = _AFTER.match(source.lower, end)
    if after:
        written = after["times"] or after["paren"] or after["equal"] or after["count"]
        return Amount(number_value(written), start, after.end())
    return Amount(None, start, end)


def _is_another_number(source: Source, written: str, start: int) -> bool:
    """ "tầng 3" is a floor; "sau" and "nam" are words of their own where the guest types accents, or writes English."""
    if written in _ENGLISH_TOO and (not source.is_vietnamese or (source.is_accented and written not in {"ba", "hai"})):
        return True
    return bool(_ORDINAL_BEFORE.search(source.before(start, 10)))


def size(source: Source, start: int, end: int) -> str | None:
    """Size stated beside the thing at `start:end`: "king", "large", "L", "500 ml"."""
    after = _SIZE_AFTER.match(source.lower, end)
    if after and not (after["word"] == "to" and source.language == "en"):  # "two cokes to 305"
        written = after["size"] or after["volume"] or after["word"]
        return _SIZES.get(written, written.upper() if after["size"] else written)
    before = _SIZE_BEFORE.search(source.before(start, 30))
    if before is None:
        return None
    return _SIZES.get(before["size"], before["size"].removesuffix("-size").removesuffix(" size"))
