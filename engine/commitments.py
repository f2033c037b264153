"""
What a sentence of a hotel commits it to, and which of its services it speaks of.

The fact guard knows refunds, discounts, upgrades and the like. A model that words a letter anew must not add anything
else either: a gift, a call back, "never again", a pool. These lists are wide on purpose: a word too many costs a
model's sentence, and the template's stands in its place.
"""

import re
from collections import Counter

from innkeeper.engine.fact_guard.promises import find_promises
from innkeeper.engine.fact_guard.scanning import Scan
from innkeeper.engine.text import lowered


def _either(english: str, vietnamese: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{english})\b|(?<!\w)(?:{vietnamese})(?!\w)")


_COMMITMENTS = {
    "gift": _either(
        r"gifts?|presents?|treats?|on us|with our compliments|surprises?|bonus|rewards?|points|perks?|amenity|"
        r"our (?:cost|expense|treat)|costs? (?:you )?nothing|includ(?:ed|es|ing)|comes? with|credited|"
        r"(?:mov(?:e|ed|ing)|transfer(?:red|ring)?) you to|taken off",
        r"tặng|quà|thưởng(?! thức)|bất ngờ|bao gồm|bù|trừ(?! khi)|hạng cao hơn|"
        r"(?:xin|kính) mời \w+ \w+ (?:dùng|thưởng thức)",
    ),
    "offer": _either(r"special offers?|deals?|savings?|half price|\w+ off|best price|waive\w*",
                     r"ưu đãi|khuyến mãi|giá tốt|giảm \w+"),
    "money": _either(r"fees?|charges?|charged|pay|paid|paying|prices?|bill|costs?|money|deposit",
                     r"phí|phụ thu|thanh toán|giá|tiền|đặt cọc|hoàn"),
    "again": _either(r"next (?:stay|visit|booking|trip|time)|future stays?", r"lần (?:sau|tới|lưu trú tiếp theo)"),
    "haste": _either(
        r"immediately|right away|at once|within|today|tonight|tomorrow|by the end|without delay|instantly|any moment",
        r"ngay lập tức|ngay|lập tức|trong vòng|hôm nay|tối nay|ngày mai|sớm nhất",
    ),
    "assurance": _either(
        r"always|never again|(?:will not|won['’]t|(?:will )?never) happen|"
        r"ensur\w+|make sure|guarantee\w*|promis\w+|assur\w+|certainly|"
        r"rest assured|commit\w*|pledge\w*",
        r"luôn|không bao giờ|đảm bảo|bảo đảm|cam kết|hứa|chắc chắn|không tái diễn|không lặp lại|cam đoan",
    ),
    "action": _either(
        r"(?:we|i|they|he|she|staff|team|manager|department)(?: will|['’]ll| shall| are going to) "
        r"(?!be (?:delighted|happy|glad|pleased|honou?red|very|so)|look)|investigat\w*|contact you|call you|visit you|"
        r"in person|replac\w+|repair\w*|arranged?",
        r"sẽ(?! rất)|liên hệ với|gọi cho|đích thân|thay thế|sửa chữa|sắp xếp|điều tra|kiểm tra",
    ),
    "blame": _either(r"our fault|liab\w+|negligen\w+|legal\w*|responsib\w+", r"lỗi của|trách nhiệm|pháp lý|sơ suất"),
    "place": _either(r"best (?:hotel|room|service)|finest|number one|award\w*|five[- ]star|luxur\w+",
                     r"tốt nhất|hàng đầu|năm sao|sang trọng|giải thưởng|đẳng cấp"),
}  # fmt: skip
_TOPICS = {
    name: _either(english, vietnamese)
    for name, english, vietnamese in (
        ("spa", r"spa|massages?|sauna|wellness|treatments?", r"spa|mát-xa|massage|xông hơi|trị liệu"),
        ("pool", r"pools?|swim\w*", r"hồ bơi|bể bơi|bơi"),
        ("gym", r"gym|fitness|yoga", r"phòng gym|phòng tập|yoga|thể hình"),
        ("meal", r"breakfasts?|brunch|lunch\w*|dinners?|meals?|buffet|cuisine|dining|menu|restaurants?|chef",
         r"bữa sáng|bữa trưa|bữa tối|bữa ăn|buffet|ẩm thực|thực đơn|nhà hàng|đầu bếp"),
        ("drink", r"bar|wine|champagne|cocktails?|drinks?|coffee|tea|minibar",
         r"quầy bar|rượu|cocktail|đồ uống|cà phê|trà|minibar"),
        ("transport", r"shuttle|airport|transfers?|taxi|limousine|car|parking",
         r"đưa đón|sân bay|taxi|xe|đỗ xe|bãi xe"),
        ("view", r"views?|beach\w*|sea|ocean|river|lake|mountains?|terrace|rooftop|balcon\w+|gardens?",
         r"tầm nhìn|bãi biển|biển|sông|hồ(?! bơi)|núi|sân thượng|ban công|vườn"),
        ("room", r"suites?|villas?|penthouse|bungalows?|lounge", r"biệt thự|căn hộ|phòng chờ"),
        ("trip", r"tours?|cruises?|excursions?|sightseeing|attractions?|golf", r"du thuyền|tham quan|golf|tour"),
        ("wifi", r"wi-?fi|internet", r"wi-?fi|internet|mạng"),
        ("staff", r"butlers?|concierge|manager|director", r"quản gia|quản lý|giám đốc|trưởng bộ phận"),
        ("thing", r"flowers?|fruits?|cakes?|pillows?|towels?|laundry|luggage",
         r"hoa|trái cây|bánh|gối|khăn|giặt|hành lý"),
        ("children", r"kids?|child\w*|famil\w+", r"trẻ em|em bé|gia đình"),
        ("feast", r"honeymoon|anniversar\w+|birthdays?|holidays?|wedding|party",
         r"trăng mật|kỷ niệm|sinh nhật|lễ(?! tân)|cưới|tiệc"),
    )
}  # fmt: skip


def commitments(text: str) -> frozenset[str]:
    """Names of what `text` commits the hotel to: "refund", "gift", "action"; English and Vietnamese are both read."""
    return frozenset(commitment_counts(text))


def commitment_counts(text: str) -> Counter[str]:
    """How often `text` makes each commitment."""
    lower, scan = lowered(text), Scan(text, "answer")
    find_promises(scan)
    counts = Counter(mention.readings[0].value for mention in scan.found)
    counts.update({name: found for name, pattern in _COMMITMENTS.items() if (found := len(pattern.findall(lower)))})
    return counts


def topics(text: str) -> frozenset[str]:
    """Names of the services, places and things of a hotel that `text` speaks of."""
    lower = lowered(text)
    return frozenset(name for name, pattern in _TOPICS.items() if pattern.search(lower))
