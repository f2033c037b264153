"""Which of several dates or times the guest wants: not the background, and the new one of a change."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol, TypeVar

from innkeeper.engine.entities.source import Pattern, Source


class Placed(Protocol):
    """Anything that knows where in the message it stands."""

    @property
    def start(self) -> int:
        """Offset of its first character."""

    @property
    def end(self) -> int:
        """Offset behind its last character."""


_CORRECTION_REACH = 40

P = TypeVar("P", bound=Placed)

_CHANGE = Pattern(
    r"\b(?:move[ds]?|shift\w*|chang\w+|push\w*|reschedul\w+|postpon\w+|bring forward|delay|swap|"
    r"rebook|amend|modify|switch|extend|dời|đổi|~thành|chuyển|lùi|hoãn|sửa|thay đổi|gia hạn)\b"
)
_TOWARDS = Pattern(r"\b(?:to|until|till|into|for|on|sang|qua|thành|xuống|lên|đến|tới|vào|lúc|lại|còn)\b[^\d]{0,18}$")
_REPLACED = Pattern(
    r"\b(?:instead of|rather than|originally|not(?! (?:before|after|later|earlier|until))|thay vì|"
    r"thay cho|chứ không phải|không phải|"
    r"(?:flight|train|plane|bus|ferry)(?:['’]s| at| is| leaves| departs| takes off| goes| starts)|"
    r"chuyến bay|giờ bay|~bay)\b[^,.]{0,14}$"
)
_CORRECTED = Pattern(
    r"\b(?:à nhầm|nhầm|à không|à thôi|ý (?:em|mình|chị|anh|tôi) là|nói lại|sorry|i mean|i meant|no wait|wait|"
    r"make that|make it|or rather|rather|scratch that|correction|final answer|my mistake|oops|better|more "
    r"like)\b|→|->|=>"
)
_PAST = Pattern(
    r"\b(?:was|were|had|did|didn't|came|called|asked|told|ordered|waited|happened|arrived|left|lost|"
    r"forgot|stayed|walked|promised|charged|checked out|checked in|checked into|reported|has been|"
    r"have been|gave|got|heard|saw|started|broke|rolled|looked|noticed|found|stole|stolen|nicked|"
    r"reserved|went missing|every (?:single )?day"
    r"|~đã|vừa rồi|hôm qua|tối qua|đêm qua|hồi nãy|lúc nãy|từng|bị mất|để quên|bỏ quên|trả phòng xong)\b"
)
_GOES_ON = Pattern(r"\s*(?:and|then|or|and then|rồi|và)\s")
_SHORT_SENTENCE = 30
_DID = Pattern(
    r"\b(?:i|we|they|he|she|it|you|nobody|someone|somebody|staff|reception|housekeeping) "
    r"(?:just |never |even |already )?"
    r"(?:(?!need)[a-z]{2,}ed|rang|went|took|said|made|ran|sat|slept|ate|paid|kept|brought)\b"
)
_WISH = Pattern(
    r"\b(?:please|pls|plz|can|could|would|may|want|need|like to|i'd|we'd|let's|book|reserve|send|any chance|"
    r"possible|final answer|make that|make it|"
    r"bring|arrange|cancel|demand|expect|wake|change|move|will|must|shall|don't|do not|no|"
    r"cần|giúp|giùm|cho|nhờ|xin|đặt|gọi|muốn|hủy|nhé|nha|được không|không sửa|đổi|dời)\b"
)


def tells_of_the_past(source: Source, position: int) -> bool:
    """Whether the sentence around `position` reports something instead of asking for it."""
    start, end = source.sentence(position)
    if start and _GOES_ON.match(source.lower, start) and end - start <= _SHORT_SENTENCE:
        start = source.sentence(start - 1).start  # "… on Monday. And Tuesday."
    told = _PAST.search(source.lower, start, end) or _DID.search(source.lower, start, end)
    return bool(told) and not _WISH.search(source.lower, start, end)


def asks_for_something(source: Source, position: int) -> bool:
    """Whether the sentence around `position` holds a request."""
    return bool(_WISH.search(source.lower, *source.sentence(position)))


def mentions_past(source: Source) -> bool:
    """Whether anything in the message is told as past (a loss, a stay, a bill)."""
    return bool(_PAST.search(source.lower)) or bool(_BILL.search(source.lower))


def _is_only_the_frame(source: Source, position: int) -> bool:
    """ "We stay from 3 June. Please book a tour on the 5th": the stay frames the wish."""
    start, end = source.sentence(position)
    return bool(_STAY.search(source.lower, start, position)) and not _WISH.search(source.lower, start, end)


_STAY = Pattern(
    r"\b(?:we|i) (?:stay|are staying|'re staying|arrive|are arriving|will be staying|check in)\b[^.]*\b(?:from|on)\b"
)
_BILL = Pattern(r"\b(?:invoice|bill|receipt|refund|hóa đơn|biên lai|hoàn tiền|bị mất)\b")


def wanted(candidates: Sequence[P], source: Source) -> P | None:
    """The one to act on: the first, or for a change the one that things move to; `None` without candidates."""
    kept = [each for each in candidates if not _REPLACED.search(source.before(each.start, 34))] or list(candidates)
    if not kept:
        return None
    kept.sort(key=lambda each: _is_only_the_frame(source, each.start))
    for first, second in pairwise(kept):
        if second.start - first.end <= _CORRECTION_REACH and _CORRECTED.search(source.lower, first.end, second.start):
            return second
        sentence = source.sentence(first.start)
        same = sentence.start <= second.start < sentence.end
        if (
            same
            and _CHANGE.search(source.lower, sentence.start, second.start)
            and _TOWARDS.search(source.lower, first.end, second.start)
        ):
            return second
    return kept[0]
