"""What kind of thing a question asks for, and whether a text holds such a thing: a time, a price, a person, …."""

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from innkeeper.engine.phrases import phrase_pattern
from innkeeper.engine.text import lowered


class Asked(StrEnum):
    """Kinds of answers."""

    TIME = "time"
    DATE = "date"
    DURATION = "duration"
    PRICE = "price"
    PERCENT = "percent"
    COUNT = "count"
    CONTACT = "contact"
    WHO = "who"
    WHERE = "where"
    YES_NO = "yes_no"
    HOW = "how"


_CUES = {
    Asked.TIME: [
        "what time", "what hour*", "when", "hours", "hour", "open", "opening", "close", "closing", "until when",
        "how late", "how early", "by when", "what's the time", "timing*",
        "mấy giờ", "giờ nào", "mấy h", "khi nào", "lúc nào", "giờ mở", "giờ đóng", "mở cửa", "đóng cửa",
        "giờ hoạt động", "giờ phục vụ", "hết giờ", "khung giờ", "giờ giấc", "bao giờ", "giờ làm việc",
    ],
    Asked.DATE: [
        "what date", "which date", "what day*", "which day*", "when", "how often", "which month*", "what month*",
        "what year", "which year", "since when",
        "ngày nào", "ngày mấy", "hôm nào", "thứ mấy", "khi nào", "bao giờ", "tháng mấy", "tháng nào", "năm nào",
        "những ngày nào", "mấy lần", "bao lâu một lần",
    ],
    Asked.DURATION: [
        "how long", "how soon", "how fast", "how quickly", "how many minutes", "how many hours", "how many days",
        "how many weeks", "how many months", "how far in advance", "how often", "how much notice", "how late",
        "within … time", "how far ahead", "how early", "deadline", "time limit", "how many nights", "how old",
        "bao lâu", "mấy phút", "mấy tiếng", "mấy ngày", "mấy tháng", "mấy tuần", "mấy năm", "mấy đêm", "mấy hôm",
        "bao nhiêu phút", "bao nhiêu tiếng", "bao nhiêu ngày", "bao nhiêu tháng", "bao nhiêu giờ", "bao nhiêu đêm",
        "trước mấy", "trước bao", "trong mấy", "thời hạn", "kéo dài", "mấy tuổi", "bao nhiêu tuổi", "thời gian",
    ],
    Asked.PRICE: [
        "how much", "price*", "cost*", "fee*", "charge*", "rate", "rates", "pay", "paid", "expensive", "surcharge*",
        "deposit*", "free", "bill", "fine", "penalty", "extra charge", "tariff", "refund*",
        "giá", "bao nhiêu tiền", "nhiêu tiền", "phí", "tốn", "phụ thu", "tiền cọc", "cọc", "đặt cọc", "chi phí",
        "miễn phí", "tính tiền", "trả tiền", "đền", "phạt", "mất tiền", "thu tiền", "mức thu", "tính thêm",
        "giá bao nhiêu", "hết bao nhiêu", "đắt", "bồi thường", "mất phí", "tiền", "nhiêu",
    ],
    Asked.PERCENT: [
        "percent*", "per cent", "percentage", "discount*", "% off", "reduction", "vat", "tax", "how much of",
        "phần trăm", "giảm giá", "ưu đãi", "chiết khấu", "bao nhiêu %", "thuế", "giảm bao nhiêu", "mấy phần",
        "thuế suất",
    ],
    Asked.COUNT: [
        "how many", "number of", "maximum", "minimum", "max", "min", "limit", "capacity", "how big", "how large",
        "how heavy", "how high", "how wide", "how deep", "how tall", "at most", "at least", "size", "weight",
        "temperature", "depth", "height", "age", "how old", "which age",
        "how hot", "how cold", "how warm", "how strong", "how far", "distance", "ratio", "length",
        "bao nhiêu", "mấy", "tối đa", "tối thiểu", "số lượng", "giới hạn", "sức chứa", "nặng", "cao bao", "rộng",
        "sâu", "diện tích", "nhiệt độ", "tỷ lệ", "tỉ lệ", "bao xa", "nhiêu", "kích thước", "hạn mức",
    ],
    Asked.CONTACT: [
        "phone", "telephone", "phone number", "extension", "ext", "e-mail", "email", "contact", "call", "dial",
        "hotline", "whom to call", "who to call", "reach", "number for", "address", "password",
        "điện thoại", "số máy", "máy lẻ", "số nội bộ", "email", "e-mail", "liên hệ", "liên lạc", "gọi ai", "gọi số",
        "số nào", "bấm số", "đường dây", "hotline", "gọi cho ai", "báo ai", "báo cho ai", "gọi", "địa chỉ",
    ],
    Asked.WHO: [
        "who", "whom", "whose", "which department", "which team", "which person", "name of", "responsible", "in charge",
        "ai", "bộ phận nào", "người nào", "phụ trách", "chịu trách nhiệm", "tên", "nhờ ai", "bên nào",
    ],
    Asked.WHERE: [
        "where", "which floor", "what floor", "location", "located", "which room*", "where's", "which entrance",
        "how do i get to", "which gate",
        "ở đâu", "chỗ nào", "tầng mấy", "tầng nào", "lầu mấy", "đâu", "nơi nào", "phòng nào", "khu nào", "cổng nào",
        "vị trí", "để đâu",
    ],
    Asked.YES_NO: [
        "is", "are", "can", "could", "do", "does", "did", "may", "will", "should", "must", "have", "has", "am",
        "allowed", "permitted", "possible", "available", "accept", "offer",
        "có … không", "được không", "có được", "được … không", "phải không", "có phải", "có thể", "cho phép", "được ko",
        "có … ko", "không ạ", "chưa", "có không", "được chứ", "hả", "có … hok", "có … hông",
    ],
    Asked.HOW: [
        "how do", "how can", "how should", "how to", "what should", "what must", "what do i do", "steps", "procedure",
        "how is", "how are", "what happens", "what if", "what to do", "first",
        "làm sao", "làm gì", "thế nào", "như thế nào", "cách nào", "quy trình", "các bước", "xử lý", "ra sao",
        "làm thế nào", "cần làm", "phải làm", "sao",
    ],
}  # fmt: skip
_EXISTENCE = phrase_pattern(
    [
        "do you have", "do you also have", "have you got", "is there", "are there", "do we sell",
        "do we have a", "do we have an", "do we have any",
        "does the hotel",
        "do you offer", "do you sell", "do you rent", "do you run", "do you provide", "can i rent", "can i hire",
        "can i book", "can we book", "can guests use", "can i buy", "any … here", "is it possible to rent",
        "có bán", "có cho thuê", "có dịch vụ", "có lớp", "có phòng", "có sân", "có khu", "có máy", "có tổ chức",
        "khách sạn có … không", "bên mình có … không", "mình có … không", "có nhận", "ở đây có",
    ]
)  # fmt: skip
_ASKED = {kind: phrase_pattern(phrases) for kind, phrases in _CUES.items()}

_MONEY = (
    r"(?:vnd|usd|us\$|eur|\$|€|₫)\s?\d|\d[\d.,]*\s?(?:vnd|usd|eur|đồng|dong|đ(?!\w)|₫|k(?!\w)|triệu|nghìn|ngàn|euros?"
    r"|dollars?)|\d{1,3}(?:[.,]\d{3})+|(?<!\w)(?:free|complimentary|miễn phí|no (?:extra )?charge|without charge|"
    r"no extra cost|not charged|included|không (?:tính|mất|thu) (?:thêm )?(?:phí|tiền)|không phụ thu|tặng)(?!\w)"
)
_PERCENT = r"\d\s?%|per ?cent|phần trăm"
_UNIT_OF_TIME = (
    r"(?:minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|nights?|seconds?|phút|giờ|tiếng|ngày|tuần|tháng|năm|"
    r"đêm|giây|buổi|h)(?!\w)"
)
_NUMBER_WORDS = (
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|half|"
    r"once|twice|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|một|nửa"
)
_HOLDS = {
    Asked.TIME: re.compile(
        r"(?<!\d)\d{1,2}(?::\d{2}|[hg]\d{0,2}(?!\w)|\s?giờ|\s?[ap]\.?m(?!\w))|\b(?:noon|midnight|24/7|24/24)\b|"
        r"24 hours|round the clock|nửa đêm|giữa trưa|cả ngày|suốt ngày"
    ),
    Asked.DATE: re.compile(
        r"(?<!\d)\d{1,2}[/-]\d{1,2}(?!\d)|(?<!\d)20\d\d(?!\d)|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|weekends?|"
        r"weekdays?|\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b|"
        r"daily|every (?:day|week|month|year)|weekly|monthly|yearly|quarterly|holidays?|"
        r"thứ (?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ nhật|cuối tuần|hằng (?:ngày|tuần|tháng|năm)|"
        r"hàng (?:ngày|tuần|tháng|năm)|mỗi (?:ngày|tuần|tháng|quý)|tháng \d|"
        r"ngày \d|ngày lễ|mùng"
    ),
    Asked.DURATION: re.compile(
        rf"(?:\d|\b(?:{_NUMBER_WORDS}))(?:[\d.,–-]*)\s?(?:\w+ )?{_UNIT_OF_TIME}|"
        r"immediately|at once|ngay"
    ),
    Asked.PRICE: re.compile(_MONEY + "|" + _PERCENT),
    Asked.PERCENT: re.compile(_PERCENT),
    Asked.COUNT: re.compile(rf"\d|(?<!\w)(?:{_NUMBER_WORDS}|none|no limit|không giới hạn)(?!\w)"),
    Asked.CONTACT: re.compile(
        r"\b(?:ext(?:ension)?|dial|call|phone|hotline|máy lẻ|gọi|bấm|số)\.?:?\s?(?:\w+ ){0,3}?\d|\d{3,4}[ .]\d{3}|"
        r"[\w.]+@[\w.]+|\+84|\b(?:1900|1800)\b"
    ),
    Asked.WHO: re.compile(
        r"\b(?:manager|desk|reception\w*|concierge|department|team|supervisor|engineer\w*|security|housekeep\w*|chef|"
        r"director|leader|staff|officer|nurse|doctor|attendant|colleague|mr|ms|lễ tân|quản lý|bộ phận|trưởng|giám đốc|"
        r"nhân viên|bảo vệ|an ninh|kỹ thuật|buồng phòng|bếp|tổ|ca trực|giám sát|người|khách)\b"
    ),
    Asked.WHERE: re.compile(
        r"\b(?:floor|level|lobby|behind|beside|next to|opposite|located|at the|in the|on the|basement|ground|rooftop|"
        r"entrance|gate|tầng|lầu|sảnh|cạnh|đối diện|tại|ở|hầm|cổng|quầy|khu|phía)\b"
    ),
}  # fmt: skip


def asked_kinds(question: str) -> frozenset[Asked]:
    """What a question, in either language and with or without accents, asks for; may be empty."""
    text = lowered(question)
    return frozenset(kind for kind, pattern in _ASKED.items() if pattern.search(text))


def held_kinds(text: str, wanted: Iterable[Asked]) -> frozenset[Asked]:
    """Of which of the `wanted` kinds a text states something."""
    return frozenset(kind for kind in wanted if _holds(kind, text))


@lru_cache(maxsize=50_000)
def _holds(kind: Asked, text: str) -> bool:
    pattern = _HOLDS.get(kind)
    return pattern is not None and bool(pattern.search(lowered(text)))


def asks_existence(question: str) -> bool:
    """Whether it is asked if the hotel has a thing at all."""
    return bool(_EXISTENCE.search(lowered(question)))
