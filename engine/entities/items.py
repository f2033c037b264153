"""Things to bring, order, wash, collect, find or contest; broken fixtures and scenery are left out."""

from typing import NamedTuple

from innkeeper.engine.entities.lexicon import Found, find_things, singular
from innkeeper.engine.entities.quantities import amount, size
from innkeeper.engine.entities.roles import tells_of_the_past
from innkeeper.engine.entities.source import Pattern, Source
from innkeeper.schemas.routing import RequestedItem

_ASK = Pattern(
    r"\b(?:need|want|wants|bring|send|sent|get|give|have|deliver\w*|order\w*|extra|more|another|borrow|lend|like|please|pls|plz|add|leave|provide|arrange|prepare|supply|drop|any|buy|replace|new|refill|restock\w*|fetch|place|put|hire|rent|spare|swap|surprise|may i|could (?:we|i|you)|can (?:we|i|you|u)|could u|\d+x|to \d{3,4}"
    r"|cho|xin|lấy|mang|đem|gửi|thêm|cần|muốn|đặt|gọi|giao|ship|mượn|mua|order|bỏ thêm|bổ sung|thay|đổi|~để|de lai|kê|làm lại|refill|chuẩn bị|bấm|tặng|đưa|nhờ|kêu|thuê|set up|trang trí)\b"
)
_NEAR_ASK = Pattern(
    r"(?:\b(?:cho|xin|lấy|mang|đem|thêm|cần|muốn|đặt|gọi|giao|ship|mượn|mua|order|bổ sung|thay|đổi|~để|de|hết|thiếu|giặt|ủi|quên|~mất|rớt|dọn|refill|đơn|bỏ)\s(?:(?:lại|lên|thêm|giúp|giùm|mình|em|anh|chị|tôi|bé|luôn|dùm|hộ|ít|chút|sạch|cái|phòng|một|nữa|với|vài|mấy|2|mỗi)\s){0,4}"
    r"|[,+&]\s?|\b(?:và|với|cùng|hoặc|voi|va)\s(?:cái |một )?)$"
)
_LACK = Pattern(r"\b(?:no more|out of|ran out|run out|running out|missing|forgot|haven't|have no|no|hết|thiếu|chưa có|hết sạch|chưa thấy)\b")
_LOSS = Pattern(r"\b(?:lost|left|forgot|forgotten|missing|stole\w*|nicked|disappeared|no longer|gone|found|misplaced|find|quên|bị mất|làm mất|rớt|~rơi|thất lạc|lấy cắp|trộm|không thấy)\b")
_WASH = Pattern(r"\b(?:wash\w*|laundry|iron(?:ed|ing)?|press\w*|dry[- ]clean\w*|giặt|ủi|giặt ủi|hấp|giặt là|giặt khô)\b")
_CLEAR = Pattern(r"\b(?:collect|pick up|picked up|take away|take the|clear|remove|dọn|lấy|thu)\b")
_CHARGE = Pattern(r"\b(?:charge\w*|bill\w*|invoice|tính tiền|tính thêm|~tính|refund)\b")
_DEFECT = Pattern(
    r"\b(?:broken|broke|not working|doesn't|does not|don't work|won't|wont|stopped|stuck|jam\w*|leak\w*|flicker\w*|dead|blown|snapped|faulty|crack\w*|loose|fell|isn't|stains?|torn|rip+ed|collapsed|off its|rattl\w+|blocked|clogged|out of order|no power|makes? (?:a )?noise|blank|frozen|smell\w*|stink\w*|beep\w*|does nothing|no dial"
    r"|hỏng|~hư|~bể|gãy|kẹt|~rò|~rỉ|nghẹt|~tắc|~cháy|không (?:lên|chạy|nóng|lạnh|mở|hoạt động|vào|sáng|ra)|~ko (?:lên|chạy|nóng|lạnh|mở)|chập|~đứt|~rách|bung|lung lay|~nứt|~mốc|~hôi|~bẩn|~dơ|~dính|bốc mùi|~ồn|kêu to|bị (?:hư|hỏng|rò|kẹt|bể|gãy)|nhỏ giọt|chảy)\b"
)
_BAD_FOOD = Pattern(
    r"\b(?:cold|raw|burnt|burned|undercooked|overcooked|soggy|stale|hair|rotten|salty|wrong|disgusting|inedible|tasteless|spoil\w*|came with|sick|never came|where(?:'s| is| are)|not paying|did(?:n't| not) order|how long|nguội|~sống|~tanh|~mặn|~ôi|thiu|~tóc|~ruồi|~sai|nhầm|~dở|~hôi|khét|chưa tới|tới đâu|đau bụng)\b"
)
_NEGATED = Pattern(r"(?P<cue>\b(?:no|not|not the|without|don't (?:need|want|bring|send)(?: any| the)?|do not (?:need|want|bring|send)|no need for|except|instead of|never had|never opened|đừng (?:bỏ|cho|mang|để)|không (?:cần|lấy|bỏ|cho|ăn|uống)?|~ko (?:cần|lấy|bỏ|cho)?|~khong|dung (?:bo|cho)|~khỏi|chứ không phải|~trừ|~ít|~bớt|allergic (?:to|against)|dị ứng(?: với)?|kiêng)\s(?:any |more |the |added |thêm |cái |món )?)(?P<list>\w+ (?:or|and|nor|hoặc|với|và) )?$")
_NO_LONGER_STOCKED = Pattern(r"\s(?:left|at all|nào|in the (?:room|bathroom|minibar)|yet|anymore|any more|available)\b|!!|\s\d{3,4}")
_SCENERY_AFTER = Pattern(
    r"\s(?:machine|place|shop|stall|restaurant|store|station|bar\b|counter|room\b|service|time|menu|buffet|area|party|lounge|lounger|shelf|seam|leg|door|drawer|handle|stain|dispenser|smell|holder|rail|rack|buffer|cable is|spot|street|market|vendor|driver|show|swan|class|burner|stock|not |(?:is|are) (?:by|in|on|at|near|outside))|\s(?:chỗ nào|ở đâu ngon|quán|ngon rẻ)(?!\w)"
)
_SCENERY_BEFORE = Pattern(
    r"\b(?:with|like|as|by|near|behind|under|in|on|from|of|at|spilled|between|next to|over|against|trong|trên|dưới|sau|cạnh|ngoài|như|bằng|từ|đầu|mùi|quán|tiệm|chỗ|vết|máy|bàn|phòng|nhà|hồ|bình|ống|~vòi|kẹt ở|khỏi|hút|phun|about|through|nhà hàng|hiệu|đường)\s(?:(?:the|my|our|a|an|some|your|his|her|their|cái)\s)?(?:(?:rotten|red|black|white|blue|green|old|new)\s)?$"
)
_EATEN_WITH = Pattern(r"\b(?:with|cùng|với|plus|and)\s(?:the |a |an |some |extra )?$")
_FIXED = {"furniture", "electronics", "sport"}
_ONE_MORE = Pattern(r"\b(?:third|fourth|additional|another|extra|thêm)(?: \w+)?\s$")
_COUNTED = Pattern(r"\b(?:\d+|two|three|four|five|six|hai|~ba|bốn) (?:\w+ ){0,2}(?:of )?$")
_PLUMBING = Pattern(r"\b(?:shower|tap|taps|sink|drain|toilet|pipe|ceiling|carpet|leak\w*|flood\w*|vòi|sen|ống|bồn|cống|trần|rỉ|nhỏ giọt|chảy|xuống sàn|máy lạnh|điều hòa|hồ bơi|bể bơi|nước nóng)\b")
_FRESH_BED = Pattern(r"\b(?:change|changed|fresh|thay|đổi|thay đổi)\b")
_SHEETS = {"sheet", "bed sheet", "fitted sheet", "flat sheet", "bed linen", "linen", "duvet cover", "bedding", "bed sheets", "bedsheet"}
# Papers, money, meals as such and bookings are no things to bring.
_NEVER = frozenset(
    "bill|invoice|receipt|vat invoice|red invoice|quotation|minibar|cash|money|vietnamese dong|us dollar|change|table|makeup|make-up|photo|bed|door|window|wifi|internet|breakfast|lunch|dinner|food|drink|buffet|laundry|car|taxi|air conditioner|shower head|bathtub|toilet|sink|safe|room|massage|meal|snack bar|dish of the day"
    "|discount|deposit|contract|backdrop|flag|business card|password|treadmill|balcony door|phone number|grill|stroller buggy|gas|leftovers|leftover|orchid|desk|front desk|tour desk|reception|carpet|curtain|blackout curtain|wall|floor|ceiling|balcony|hire car|private car|rental car|hot water|laundry item|dirty laundry|lounger|sun lounger|package tour|specialty|shuttlecock".split("|")
)
_NOUN_OR_VERB = frozenset("book|iron|press|light|clean|cover|match|check|swing|ring|watch|plug|fan|order|park|bow|pan|cut|mop|brush|play|safe|change|grill|cap|cup|bar|stock|post|buggy|vacuum|clubs|lay|copy|mark|tip|tan|rest|stamp|seal|lock|key in".split("|"))
_DETERMINED = Pattern(r"\b(?:a|an|the|my|our|his|her|wife's|husband's|extra|more|another|any|of|[a-z]+'s|\d+|one|two|three|new|gold|silver|wedding|wrist|smart)\s$")
_FUNCTION_WORDS = frozenset("to|am|co|toi|la|luon|anh|bao|bat|phong|o|bo|an|ca|chen|bang|cap|nam|tu|den|so|man|dua|nho|roi|mau|may|sach|chi|qua|noi|voi|lon|mat|long|no|quat|non|vo|che|mo|vi|ban|dao|mam|oi|tat|ga|em|ba|cho|xin|de|len|do|ve|hai|bay|em be|lau|bon|thu|dau|hang".split("|"))
_DIGITS = Pattern(r"\d\s?x?\s?(?:(?:chai|ly|lon|to|bat|phan|suat|dia|coc|tach|cai|hop|goi|o|qua|trai|con|bo|bong|cuon|tui|am|binh|cay)\s)?$")
_CLASSIFIERS = frozenset("chai|ly|tô|bát|chén|đĩa|dĩa|cốc|tách|hộp|túi|lon|bình|ấm|nồi|khay|mâm|thùng|giỏ|bó|bông|gói|to|bat|chen|dia|coc|tach|hop|tui|binh|am|noi|bong|goi|bo|thung".split("|"))
_MEASURES = frozenset("pot|bottle|glass|cup|bowl|plate|jug|mug|can|box|pack|bag|basket|tray|tube|roll|bar|carafe|pitcher|bucket|jar|set".split("|"))
_ENDS_NOUN = Pattern(r"\s*(?:$|[.,!?;:)\n+]|(?:nữa|sạch|mới|với|và|cho|phòng|nhé|nha|ạ|lên|khác|luôn|giúp|giùm|đi|không|thôi|này|ở|để|trước|voi|va|nhe|phong|len|giup|moi)(?!\w))")
_RENAMED = {"key": "key card", "room key": "key card", "card": "key card", "bike": "bicycle", "bottled water": "water", "mineral water": "water"}


class Item(NamedTuple):
    """A requested thing and where it stands, its number included."""

    start: int
    end: int
    item: RequestedItem


def find_items(source: Source, blocked: list[tuple[int, int]]) -> list[Item]:
    """
    Things asked for, in order of appearance; one thing named twice is one item.

    Args:
        source: The message.
        blocked: Spans that are names, rooms, dates or times already.
    """
    items: dict[str, Item] = {}
    floor = 0
    for found in _heads(source):
        if any(found.start < end and start < found.end for start, end in blocked):
            continue
        item = _item(source, found, floor)
        floor = found.end
        if item is not None:
            known = items.get(item.item.item)
            if known is None or (known.item.quantity is None and item.item.quantity is not None):
                items[item.item.item] = item
    return sorted(items.values(), key=lambda item: item.start)


def _heads(source: Source) -> list[Found]:
    """Things found, without the measures that only count another ("a pot of tea", "1 tô cháo"); compounds are joined."""
    heads: list[Found] = []
    for found in find_things(source):
        if _is_measure(source, found):
            continue
        if heads and source.lower[heads[-1].end : found.start] in {" of ", " of fresh ", " of white ", " of red ", " of pink "}:
            continue  # "a bouquet of roses" is one thing
        if heads and _is_compound(source, heads[-1], found):
            found = heads.pop()._replace(end=found.end, last=found.last, thing=found.thing._replace(spelling=()))  # "cream" + "cake"
        heads.append(found)
    return heads


def _is_measure(source: Source, found: Found) -> bool:
    written = source.lower[found.start : found.end]
    if found.thing.is_vietnamese:
        return written in _CLASSIFIERS and not _ENDS_NOUN.match(source.lower, found.end)
    return singular(written) in _MEASURES and source.lower.startswith(" of ", found.end)


def _is_compound(source: Source, left: Found, right: Found) -> bool:
    """Two English things side by side, the first in the singular: the second is the thing."""
    if left.thing.is_vietnamese or right.thing.is_vietnamese or source.lower[left.end : right.start] != " ":
        return False
    return not source.lower[left.start : left.end].endswith("s") and left.last == right.first - 1


def _item(source: Source, found: Found, floor: int) -> Item | None:
    number = amount(source, found.start, found.end, floor=floor)
    if not _is_asked_for(source, found, number.count):
        return None
    wish = RequestedItem(item=_name(source, found), quantity=number.count, size=size(source, found.start, found.end))
    return Item(number.start, number.end, wish)


def _name(source: Source, found: Found) -> str:
    """English singular: the guest's own word when it is English, else the lexicon's."""
    thing = found.thing
    if thing.is_vietnamese:
        return _RENAMED.get(thing.name, thing.name)
    *modifiers, head = source.lower[found.start : found.end].replace("’", "'").split()
    plural_only = thing.name.endswith("s") and singular(thing.name.split()[-1]) != thing.name.split()[-1]
    own = " ".join([*modifiers, head if plural_only else singular(head)])
    if own in _RENAMED:
        return _RENAMED[own]
    if source.language == "vi":  # "goi cuon" is an English variant too
        return thing.name
    return thing.name if thing.spelling and singular(own.split()[-1]) in [singular(word) for word in thing.name.split()] else own


def _is_asked_for(source: Source, found: Found, count: int | None) -> bool:
    """Whether the thing is wanted, lost, washed, cleared or contested in its sentence, and neither negated nor scenery."""
    before = source.before(found.start, 40)
    if _is_never_brought(source, found, before) or _is_another_word(source, found, count):
        return False
    negated = _NEGATED.search(before)
    if negated and not (count and negated["list"]) and not _NO_LONGER_STOCKED.match(source.lower, found.end):
        return False
    if _SCENERY_AFTER.match(source.lower, found.end):
        return False
    low, high = source.sentence(found.start)
    scenery = bool(_SCENERY_BEFORE.search(before)) and not _EATEN_WITH.search(before)
    asked = any(cue.search(source.lower, low, high) for cue in (_ASK, _LACK, _LOSS, _WASH, _CLEAR, _CHARGE))
    if found.thing.kind in {"food", "drink"}:
        return count is not None or (not scenery and (asked or bool(_BAD_FOOD.search(source.lower, low, high))))
    return _is_asked_thing(source, found, count, asked=asked, scenery=scenery)


def _is_never_brought(source: Source, found: Found, before: str) -> bool:
    name, written = found.thing.name, source.lower[found.start : found.end]
    if name == "bed":
        return not _ONE_MORE.search(before)
    if name == "luggage":
        return not (_LOSS.search(source.lower) or _COUNTED.search(before))
    if name == "water" and not _COUNTED.search(before):
        start, end = source.sentence(found.start)
        return bool(_PLUMBING.search(source.lower, start, end)) or source.lower.startswith((" is", " puppet", " press"), found.end)
    return name in _NEVER or singular(written) in _NEVER


def _is_asked_thing(source: Source, found: Found, count: int | None, *, asked: bool, scenery: bool) -> bool:
    start, end = source.clause(found.start)
    borrow = bool(_BORROW.search(source.lower, start, end))
    broken = bool(_DEFECT.search(source.lower, start, end))
    swap = bool(_BORROW.search(source.lower, *source.sentence(found.start)))
    if found.thing.name in _SHEETS and count is None and _FRESH_BED.search(source.lower, start, end):
        return False
    if found.thing.kind in _FIXED:
        stated = borrow or count is not None or bool(_LACK.search(source.lower, start, end)) or bool(_LOSS.search(source.lower, start, end))
        return stated and not (broken and not borrow) and not (scenery and count is None)
    if tells_of_the_past(source, found.start) and not (_LOSS.search(source.lower, start, end) or _CHARGE.search(source.lower, start, end)):
        return False
    if broken and not swap and count is None:
        return False
    if scenery and (count is None or found.thing.kind in {"clothing", "valuable", "furniture"}):
        return False
    return asked or count is not None


def _is_another_word(source: Source, found: Found, count: int | None) -> bool:
    """Short words that mostly mean something else: unaccented syllables, English verbs."""
    written = source.lower[found.start : found.end]
    if not found.thing.is_vietnamese:
        return written in _NOUN_OR_VERB and not _DETERMINED.search(source.before(found.start, 14))
    if found.first != found.last:
        return False
    near = bool(_NEAR_ASK.search(source.before(found.start, 44)))
    if not source.is_accented and written.isascii() and not (found.thing.spelling[0].isascii() and len(written) > 4):
        before = source.before(found.start, 20)
        return written in _FUNCTION_WORDS or not (_DIGITS.search(before) or (near and not before.rstrip().endswith(",")))
    return count is None and not near and found.thing.kind not in {"food", "drink"} or (count is None and not near and len(written) <= 4)


_BORROW = Pattern(r"\b(?:borrow|lend|need|extra|bring|send|add|more|another|have (?:a|an)|please|pls|replace|swap|new|mượn|cần|thêm|xin|mang|kê|lấy)\b")
