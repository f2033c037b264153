"""Free wishes in the guest's own words: "quiet corner if possible", "no mayo", "không hành", "gần cửa sổ"."""

from innkeeper.engine.entities.source import Pattern, Source, Span

_WISHES = (
    Pattern(
        r"\b(?:without|no|hold the|less|light on the|extra|easy on the) (?:added )?(?:ice|sugar|mayo\w*|"
        r"onions?|garlic|cheese|peanuts?|nuts|msg|chil[il]+(?:es|es)?|spice|salt|coriander|cilantro|pork|"
        r"beef|seafood|gluten|dairy|milk|butter|egg\w*|fish sauce|tomato\w*|pickles?|ketchup|bacon|cream|"
        r"sauce|spring onions?|shellfish|meat)(?:,? (?:or|and|no) \w+)?\b"
    ),
    Pattern(
        r"\b(?:not (?:too |very )?spicy|(?:extra|very|mild(?:ly)?|less) (?:spicy|hot|crispy)|well done|"
        r"medium rare|rare|gluten[- ]free|dairy[- ]free|nut[- ]free|vegan|vegetarian|halal|kosher)\b"
    ),
    Pattern(
        r"\b(?:a |the |in a |in the )?(?:quiet|window|corner|private|outdoor|outside|non-smoking|best|"
        r"front|romantic|shaded|aisle) (?:corner|table|seats?|spot|room|area|place)(?: by the \w+|"
        r" in front| if possible| please)*\b"
    ),
    Pattern(
        r"\b(?:by|near|next to|close to|away from|far from|overlooking|facing|not near) (?:the |"
        r"a )?(?:window|sea|ocean|beach|pool|lift|elevator|stage|garden|river|kitchen|toilets?|terrace|"
        r"view)(?: if possible| please)?\b"
    ),
    Pattern(
        r"\b(?:high|low|quiet|top|ground|lower|higher) floor(?: if possible)?\b|\b(?:sea|ocean|city|"
        r"garden|pool|river|mountain)[- ]view\b|\benglish[- ]speaking (?:guide|driver)\b|\b(?:female|male|"
        r"lady) (?:therapist|masseuse|doctor|guide)\b"
    ),
    Pattern(
        r"\b(?:please )?(?:don't|do not|without) (?:ring|knock|wake|disturb|tell|ring the bell)\b"
        r"[^.!?,;]{0,40}|\b(?:it is|it's|for) (?:a |our |my |my \w+'s |her |his )(?:\d+\w\w )?(?:birthday|"
        r"anniversary|honeymoon|proposal)\b"
    ),
    Pattern(
        r"(?<!\w)(?:không|ko|đừng bỏ|đừng cho|ít|bớt|nhiều|thêm) (?:bỏ |cho )?(?:hành(?: tây| tỏi| lá)?|"
        r"tỏi|ớt|cay|đường|đá|ngọt|mì chính|bột ngọt|rau mùi|ngò|rau thơm|muối|sữa|đậu phộng|mắm tôm|giá|"
        r"tiêu|béo|dầu mỡ)(?!\w)"
    ),
    Pattern(
        r"(?<!\w)(?:gần|cạnh|sát|xa|hướng|nhìn ra|view|không gần) (?:cửa sổ|biển|hồ bơi|sân khấu|"
        r"thang máy|vườn|sông|núi|ban công)(?!\w)|(?<!\w)(?:tầng cao|tầng thấp|chỗ yên tĩnh|góc yên tĩnh|"
        r"bàn ngoài trời|bàn trong nhà|phòng riêng|phòng yên tĩnh|không hút thuốc|ăn chay|nhân viên nữ|"
        r"kỹ thuật viên nữ|ktv nữ|hdv tiếng \w+)(?!\w)"
    ),
    Pattern(r"(?<!\w)(?:đừng|không) (?:gõ cửa|bấm chuông|làm phiền|đánh thức)(?!\w)"),
)
_MAX_WISHES = 6


def find_wishes(source: Source) -> list[Span]:
    """Where wishes stand, in order; overlapping ones are merged into the longer."""
    found = sorted(
        {Span(*match.span()) for wish in _WISHES for match in wish.finditer(source.lower)},
        key=lambda span: (span.start, -span.end),
    )
    kept: list[Span] = []
    for span in found:
        if not kept or span.start >= kept[-1].end:
            kept.append(Span(span.start, span.start + len(source.text[span.start : span.end].rstrip())))
    return kept[:_MAX_WISHES]
