"""Whether a query asks for another time than now: a year, the old version, or what will apply."""

import re
from dataclasses import dataclass
from datetime import date

from innkeeper.engine.phrases import phrase_pattern
from innkeeper.engine.text import lowered

_YEAR = re.compile(r"(?<![\d.,:/#-])(20[0-4]\d)(?!\d|[:.,]\d)")
_NOT_A_YEAR = re.compile(r"(?:room|suite|phòng|phong|số|no\.?|#)\s*$")  # "room 2024"
_OLD = phrase_pattern(
    [
        "old version", "older version", "previous version", "earlier version", "former version", "old policy",
        "old price*", "old rate*", "old rule*", "old hours",
        "previous policy", "previous price*", "previous rule*", "former policy",
        "old … policy", "old … price*", "old … rule*", "superseded", "outdated", "used to be", "last year", "used to",
        "phiên bản cũ", "bản cũ", "trước đây", "hồi trước", "năm ngoái", "năm trước", "giá cũ", "quy định cũ",
        "chính sách cũ", "chính sách … cũ", "quy định … cũ", "bảng giá … cũ", "giá … cũ",
        "giờ cũ", "bảng giá cũ", "hết hiệu lực", "lúc trước",
    ]
)  # fmt: skip
_UPCOMING = phrase_pattern(
    [
        "upcoming", "next year", "next month", "in future", "in the future", "from next", "will change", "new version",
        "not yet in force", "sắp tới", "sang năm", "năm sau", "năm tới", "tháng sau", "tháng tới", "sắp áp dụng",
        "sắp có hiệu lực", "chưa có hiệu lực", "phiên bản mới", "bản mới",
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What time a query asks for; `years` leaves out the current one."""

    years: tuple[int, ...]
    old: bool
    upcoming: bool


def asked_versions(query: str, today: date) -> Asked:
    """Read years and words like "old version", "trước đây", "bản 2024", "from next year"."""
    text = lowered(query)
    years = {
        int(match[1])
        for match in _YEAR.finditer(text)
        if not _NOT_A_YEAR.search(text[max(0, match.start() - 8) : match.start()])
    } - {today.year}
    return Asked(
        tuple(sorted(years)),
        bool(_OLD.search(text)) or any(year < today.year for year in years),
        bool(_UPCOMING.search(text)) or any(year > today.year for year in years),
    )
