"""What a message to a guest says beyond the booking, in the instruction's own words: an issue, an hour, an item."""

import re
from typing import Any

from innkeeper.engine.entities.source import Pattern
from innkeeper.engine.planning.understanding_bench import Bench
from innkeeper.engine.planning.understanding_clauses import Clause
from innkeeper.engine.planning.understanding_times import clock_times, money
from innkeeper.schemas.messages import MessageKind

_ISSUE = Pattern(
    r"\b(?:for|about|because of|because|due to|over|regarding|on account of|as|since|after|vì|do|về việc|"
    r"về chuyện|về vụ|về|"
    r"chuyện|vụ)\s(?P<issue>.+)$"
)
_COMPENSATION = Pattern(
    r"(?:,|\band\b|\bwith\b|\bplus\b|\bkèm\b|\bvà\b|\brồi\b)?\s*\b(?:offer(?:ing)?(?: (?:him|her|them|"
    r"the guest))?|compensat\w+"
    r"(?: (?:him|her|them))? with|giv(?:e|ing)(?: (?:him|her|them|the guest))?|include|with|"
    r"tặng(?: khách)?(?: kèm)?|đền bù|bồi thường|"
    r"miễn phí|kèm theo|kèm|throw(?:ing)? in|add(?:ing)?|knock(?:ing)?(?: off)?|tak(?:e|ing)(?= \d+ ?%)|comp|"
    r"waiv(?:e|ing)|treat(?:ing)? (?:him|her|them) to|"
    r"biếu|mời(?: khách| anh ấy| chị ấy)?|hoàn(?: lại)?|"
    r"giảm(?: giá)?(?: cho (?:[^\W\d]+\s?){1,4}?)?(?= ?(?:giá )?\d))\s(?P<what>.+)$"
)
_UNSAID_OFFER = Pattern(
    r"(?:^|[,;]|\band\b|\bvà\b|\brồi\b)\s*(?P<what>[^,;]*?(?:\d{1,3}\s?(?:%|percent|phần trăm)|\bfree (?:night|"
    r"stay|room|dinner|spa)s?\b|"
    r"\bđêm miễn phí|miễn phí (?:\d+|một|hai|ba) đêm)[^;]*)$"
)
_WORTH = Pattern(
    r"%|\b(?:free|complimentary|voucher|discount|refund|upgrade|off|credit|gift|fruit|bottle|drink|dinner|"
    r"breakfast|massage|spa|laundry|\d+(?:[.,]\d+)? ?(?:triệu|tr|k|nghìn|ngàn|vnd|vnđ|đ|đồng|usd|dollars?|eur|"
    r"million)|giặt|đồ uống|"
    r"miễn phí|voucher|giảm|tặng|nâng hạng|quà|trái cây|buổi|suất|bữa|phiếu|chai|ly)\b"
)
_SAID = Pattern(
    r"(?:\b(?:that|saying(?: that)?|to say(?: that)?|to let (?:him|her|them) know(?: that)?|know(?: that)?|rằng|"
    r"là|biết(?: là| rằng)?)\s|"
    r":\s*|\bvề\s|\babout\s|\bnói\s)(?P<said>.+)$"
)
_PERCENT = Pattern(r"(?P<percent>\d{1,2})\s?(?:%|percent|phần trăm)")
_THING = Pattern(
    r"\b(?:left|forgot|found|lost|quên|bỏ quên|để quên|tìm thấy|tìm được|thấy|nhặt được|thất lạc|mất)\s(?:behind )?"
    r"(?:(?:his|her|their|a|an|the|the guest's|my|some|cái|chiếc|đôi|một|1)\s)?(?P<item>[^,.;]+?)(?=\s(?:in|at|on|"
    r"under|behind|from|"
    r"belonging|was|has|of|for|that|trong|ở|tại|của|dưới|trên|và|and|ngoài)\b|[,.;]|$)"
)
_THING_BEFORE = Pattern(
    r"\b(?:his|her|their|lost|the|about (?:a|the)|về (?:cái|chiếc)?)\s?(?P<item>[^\W\d][\w' -]{2,40}?)\s(?:was|"
    r"has been|is|were|that (?:was|we)|"
    r"he left|she left|they left|left|bị|mà|đã)\b"
)
_NOT_FOUND = Pattern(
    r"\b(?:not found|couldn't find|could not find|didn't find|not find|không tìm thấy|chưa tìm thấy|không thấy)\b"
)
_SEARCHING = Pattern(r"\b(?:searching|looking for|still look\w*|đang tìm|tìm giúp)\b")
_LEFT_BY = Pattern(
    r"^.*\b(?:his|her|their|a|an|the|một|cái|chiếc)\s(?P<item>[^\W\d][\w' -]{2,40}?)\s(?:that )?(?:he|she|they|"
    r"the guest|khách|anh ấy|chị ấy)"
    r"\s(?:has |have |đã )?(?:left|forgot|lost|bỏ quên|để quên|quên)\b"
)
_UNTIL = Pattern(
    r"\b(?:until|till|to|at|by|before|tới|đến|lúc)\s(?P<hour>\d{1,2})(?:[:.h](?P<minute>[0-5]\d))?\s?(?:h|giờ|"
    r"g)?\s?(?P<half>am|pm|sáng|"
    r"trưa|chiều|tối)?(?![\w:])"
)
_MINUTES = Pattern(r"(?P<minutes>\d{1,3})\s?(?:minutes?|mins?|phút)(?!\w)")
_OFFER = Pattern(
    r"(?:\b(?:the|a|an|our)\s)(?P<en>(?:[\w-]+\s){1,3}?(?:offer|promotion|discount|deal|voucher|special))\b|"
    r"(?P<vi>(?:ưu đãi|khuyến mãi|giảm giá|voucher)(?:\s(?!cho\b|tới\b|qua\b|đến\b)[\w%]+){1,4})"
)
_PRONOUNS = frozenset(
    {"it", "someone", "someone's", "somebody", "somebody's", "they", "this", "that", "he", "she", "nó", "thứ đó"}
)
_TO_WRITER = Pattern(
    r"(?i)\s*(?:[-–—,;.(]\s*|\band\s|\bthen\s|\brồi\s)?(?:\b(?:by|via|in an?|through) e?-?mail\b|\b(?:qua|"
    r"bằng) (?:e?-?mail|thư|mail)\b|"
    r"\b(?:only|just) (?:as )?a draft\b.*|\bdraft only\b.*|\b(?:don't|do not|dont) send\b.*|\bi'll (?:read|"
    r"check|send)\b.*|"
    r"\bsend it\b.*|\b(?:chỉ |viết |soạn )?nháp thôi\b.*|\b(?:đừng|khoan|chưa|không) (?:vội |hãy )?gửi\b.*|"
    r"\bgửi (?:luôn|đi|ngay|mail)\b.*)\W*(?=$|,)"
)
_NOTHING_SAID = frozenset(
    {"biết", "biet", "hay", "know", "biết nhé", "biet nhe", "biết với", "về việc này", "about it", "so"}
)
_ADDRESSING = ("message_to", "tell", "send", "chat", "guest", "filler", "room", "inform", "mail_to", "mail")


def variables(bench: Bench, clause: Clause, kind: MessageKind) -> dict[str, Any]:
    """What a message says beyond the booking, in the instruction's own words."""
    text = bench.words_of(clause)
    if kind is MessageKind.APOLOGY:
        return _apology(bench, text)
    if kind in {MessageKind.LATE_CHECKOUT_GRANTED, MessageKind.LATE_CHECKOUT_REFUSED}:
        return _late(bench, clause, kind)
    if kind is MessageKind.LOST_AND_FOUND:
        return _lost(bench, text)
    amounts = money(clause.piece.source, [])
    if kind is MessageKind.PAYMENT_REMINDER and amounts:
        amount, currency = amounts[0]
        return {"amount_due": format(amount, "f")} | ({"currency": currency} if currency else {})
    if kind is MessageKind.PROMOTIONAL_OFFER:
        percent, title = _PERCENT.search(text.lower()), _OFFER.search(text.lower())
        said = (title["en"] or title["vi"]) if title else ""
        named = {"offer_title": said[:200]} if said and said not in {"promotional offer", "special offer"} else {}
        return named | ({"discount_percent": int(percent["percent"])} if percent else {})
    if kind.value.startswith("request_"):
        said = _asked_for(clause, kind) or _background(bench)
        if bench.orders and (not said or said.lower() in _PRONOUNS):
            said = str(bench.orders[-1].arguments["description"])
        said = said or said_to_guest(bench, clause)
        minutes = _MINUTES.search(text.lower()) if kind is not MessageKind.REQUEST_DONE else None
        found = {"request": said[:200]} if said else {}
        return found | ({"expected_minutes": int(minutes["minutes"])} if minutes else {})
    return {}


def _offer(text: str) -> re.Match[str] | None:
    """Where something is offered; an amount that no verb introduces is one as well, so that none passes unseen."""
    lower = text.lower()
    found = next((match for match in _COMPENSATION.finditer(lower) if _WORTH.search(match["what"])), None)
    return found or _UNSAID_OFFER.search(lower)


def offered(text: str) -> str:
    """What a clause of its own offers a guest: "throw in a free laundry", "tặng khách bữa sáng"."""
    offer = _offer(text)
    begins = offer is not None and not re.search(
        r"\w{3}", re.sub(r"(?i)\b(?:and|also|then|please|thì|rồi|thêm|với)\b", "", text[: offer.start()])
    )
    return text[offer.start("what") : offer.end("what")].strip(" ,.")[:200] if offer and begins else ""


def _apology(bench: Bench, text: str) -> dict[str, Any]:
    offer = _offer(text)
    rest = text[: offer.start()] if offer else text
    issue = _match(_ISSUE, re.sub(r"^.*?(?:xin lỗi|xin loi|apolog\w+|sorry)", "", rest, flags=re.IGNORECASE), "issue")
    issue = issue or _match(_ISSUE, rest, "issue") or _background(bench) or rest.partition(", ")[2]
    said = {"issue": _clean_issue(issue)[:300]} if issue else {}
    what = text[offer.start("what") : offer.end("what")] if offer else _offered_before(bench)
    return said | ({"compensation": _clean_issue(what)[:200]} if what else {})


def _offered_before(bench: Bench) -> str:
    """ "Offer Mr Lee two free nights and apologise for …": said of the same guest before the apology."""
    told = next((what for each in bench.background if (what := offered(bench.words_of(each)))), "")
    return told.replace(bench.focus.guest, "").strip() if bench.focus.guest else told


def _clean_issue(issue: str) -> str:
    """Without what is said to whoever writes: by which way, and that it is a draft."""
    issue = _TO_WRITER.compiled.sub("", issue)
    return re.sub(r"^(?:the fact that|that|việc|chuyện)\s+", "", issue.strip(" ,.;"), flags=re.IGNORECASE)


def _background(bench: Bench) -> str:
    """What was told before."""
    return ". ".join(bench.words_of(each) for each in bench.background)


def _late(bench: Bench, clause: Clause, kind: MessageKind) -> dict[str, Any]:
    now = bench.instruction.now or _midnight(bench)
    name = "new_check_out_time" if kind is MessageKind.LATE_CHECKOUT_GRANTED else "requested_time"
    hours = (_hour(each, now) for each in (clause, *reversed(bench.background)))
    hour = next((each for each in hours if each), None)
    said: dict[str, Any] = {name: hour} if hour else {}
    amounts = [each for told in (clause, *bench.background) for each in money(told.piece.source, [])]
    if amounts and kind is MessageKind.LATE_CHECKOUT_GRANTED:
        said |= {"fee": format(amounts[0][0], "f")} | ({"currency": amounts[0][1]} if amounts[0][1] else {})
    return said


def _hour(clause: Clause, now: Any) -> str | None:
    times = clock_times(clause.piece, now, of_morning=False)
    if times:
        return _afternoon(times[0].minutes, is_exact=times[0].is_exact)
    match = _UNTIL.search(clause.piece.source.lower)
    if match is None or int(match["hour"]) > 23:
        return None
    hour, half = int(match["hour"]), match["half"] or ""
    hour += 12 if hour < 12 and (half in {"pm", "chiều", "chieu", "tối", "toi"}) else 0
    return _afternoon(hour * 60 + int(match["minute"] or 0), is_exact=bool(half) or hour > 12)


def _afternoon(minutes: int, *, is_exact: bool) -> str:
    """Nobody leaves late before dawn: "until 2" is two in the afternoon."""
    minutes += 12 * 60 if not is_exact and minutes < 9 * 60 else 0
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _midnight(bench: Bench) -> Any:
    import datetime as dt

    return dt.datetime.combine(bench.today, dt.time(), bench.router.zone)


def _lost(bench: Bench, text: str) -> dict[str, Any]:
    whole = f"{_background(bench)}. {text}" if bench.background else text
    item = _match(_LEFT_BY, whole, "item") or _match(_THING, whole, "item") or _match(_THING_BEFORE, whole, "item")
    lower = whole.lower()
    status = "not_found" if _NOT_FOUND.search(lower) else "searching" if _SEARCHING.search(lower) else "found"
    return ({"item": item[:100]} if item else {}) | {"status": status}


def said_to_guest(bench: Bench, clause: Clause) -> str:
    """What a guest is to be told: behind "that", or behind whom it is told to."""
    text = bench.words_of(clause)
    said = (_match(_SAID, text, "said") or _behind_guest(clause, text)).strip("\"'“” ")
    return "" if said.lower() in _NOTHING_SAID else said


def _behind_guest(clause: Clause, text: str) -> str:
    skipped = {place for cue in clause.cues if cue.label in _ADDRESSING for place in range(cue.first, cue.last + 1)}
    place = clause.verb_at
    while place < len(clause.tokens) and (place in skipped or _is_whom(clause, place)):
        place += 1
    if place >= len(clause.tokens) or text[:3] != clause.piece.text[:3]:
        return ""
    return text[clause.tokens[place].start :]


def _is_whom(clause: Clause, place: int) -> bool:
    token = clause.tokens[place]
    is_name = clause.piece.text[token.start].isupper() and place > clause.verb_at
    return (
        is_name
        or any(map(str.isdigit, token.text))
        or token.plain in {"to", "the", "in", "of", "a", "an", "for", "by", "qua", "o", "via", "on"}
    )


def _asked_for(clause: Clause, kind: MessageKind) -> str:
    """ "His towels" of "tell him that his towels are on the way"."""
    cue = next((each for each in reversed(clause.cues) if each.label == f"k_{kind.value}"), None)
    match = _SAID.search(clause.piece.text.lower())
    if cue is None or match is None or match.start("said") >= cue.start:
        return ""
    said = clause.piece.text[match.start("said") : cue.start].strip(" ,")
    return re.sub(
        r"(?i)\s+(?:is|are|was|were|has|have|has been|have been|will be|will|is being|đã|đang|sẽ|vừa|bị|da|dang|"
        r"se|hơi)$",
        "",
        said,
    )


def _match(pattern: Pattern, text: str, group: str) -> str:
    lower = text.lower()
    match = pattern.search(lower) if len(lower) == len(text) else None
    return text[match.start(group) : match.end(group)].strip(" ,.;") if match else ""
