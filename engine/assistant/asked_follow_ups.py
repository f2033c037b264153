"""Follow-ups: what is left out of a question because it was said before, and how it is put back in."""

import re
from functools import cache
from importlib.resources import files

from innkeeper.engine.assistant.asked_parts import FACTS, Part
from innkeeper.engine.assistant.asked_room_types import find_room_types
from innkeeper.engine.assistant.asked_text import Asked, Token, tokenize
from innkeeper.engine.assistant.plan import Focus
from innkeeper.engine.entities.source import Pattern, word_set
from innkeeper.engine.text import lowered

_SHORT = 9
_LEAD = Pattern(
    r"^\W*(?:(?:ok(?:ay)?|and|so|but|then|also|what about|how about|what if it is|same (?:question )?for|thế|vậy|còn|"
    r"rồi|và|với lại|nếu|thì|dạ|à)\b[\s,]*)+"
)
_TAIL = Pattern(r"[\s,]*\b(?:thì sao|thì thế nào|thì như thế nào|sao|thì|vậy|nhỉ|hả|nhé|ạ|then|too|as well)\W*$")
_ORDINALS = (
    Pattern(r"\b(?:first|1st|number (?:1|one)|thứ nhất|thứ 1|số (?:1|một)|đầu tiên|đầu)\b|^\W*(?:1|một)\W*$"),
    Pattern(r"\b(?:second|2nd|number (?:2|two)|thứ (?:hai|2|nhì)|số (?:2|hai)|cái (?:2|hai))\b|^\W*(?:2|hai)\W*$"),
    Pattern(r"\b(?:third|3rd|number (?:3|three)|thứ (?:ba|3)|số (?:3|ba)|cái (?:3|ba))\b|^\W*(?:3|ba)\W*$"),
    Pattern(r"\b(?:fourth|4th|number (?:4|four)|thứ (?:tư|4|bốn)|số (?:4|bốn)|cái (?:4|bốn))\b|^\W*(?:4|bốn)\W*$"),
    Pattern(r"\b(?:fifth|5th|number (?:5|five)|thứ (?:năm|5)|số (?:5|năm)|cái (?:5|năm))\b|^\W*(?:5|năm)\W*$"),
)
_LAST = Pattern(r"\b(?:last one|the last|cuối cùng|người cuối|cái cuối|cuối)\b")
_CLOCK = re.compile(
    r"(?<![\w.,])\d{1,2}(?:[:.h]\d{2})?\s?(?:am|pm|h|giờ|gio|g)?(?:\s(?:sáng|trưa|chiều|tối))?(?![\w.,]\d|"
    r"\w)",
    re.IGNORECASE,
)
_BEFORE_TIME = re.compile(
    r"^(?:until|till|til|to|at|by|from|after|tới|đến|toi|den|lúc|luc|sau|từ|tu)\s+", re.IGNORECASE
)
_COUNTED = re.compile(r"(?<![\w.,])(?P<count>\d{1,3})[ -]?(?P<unit>[^\W\d_]{2,})")
_QUESTION = Pattern(
    r"\b(?:how|what|when|where|who|which|is|are|can|do|does|bao nhiêu|mấy|khi nào|có|được không|giá|phí|sao)\b"
)
_PREPOSITIONS = word_set("for|on|in|at|with|during|after|before|by|to|from|cho|vào|trong|với|sau|trước|ngày|lúc")


def chosen(part: Part, focus: Focus) -> str | None:
    """The booking id that "the second one" picks out of the last answer's choices."""
    if not focus.choices or part.words > _SHORT:
        return None
    for place, pattern in enumerate(_ORDINALS):
        if pattern.search(part.asked.source.lower) and place < len(focus.choices):
            return focus.choices[place]
    return focus.choices[-1] if _LAST.search(part.asked.source.lower) else None


def leads_in(part: Part) -> bool:
    """Whether it begins as a follow-up does: "and …", "còn …"; or ends so: "… thì sao"."""
    lower = part.asked.source.lower
    return bool(_LEAD.search(lower)) or bool(re.search(r"\b(?:thì sao|thi sao|thì thế nào)\W*$", lower))


def bare_detail(asked: Asked) -> str:
    """What is left of a follow-up without its "and what about … then"."""
    lower = asked.source.lower
    lead, tail = _LEAD.search(lower), _TAIL.search(lower)
    start = lead.end() if lead else 0
    end = tail.start() if tail and tail.start() > start else len(lower)
    return asked.text[start:end].strip(" ?!.,")


def says_something(part: Part, besides: frozenset[str] = frozenset()) -> bool:
    """Whether it names anything at all, not only asks "until when?"."""
    rooms = [(room.start, room.end) for room in part.rooms]
    return any(
        token.plain not in besides and not any(start <= token.start and token.end <= end for start, end in rooms)
        for token in _content(part.asked.tokens)
    )


def only_asks_facts(part: Part) -> bool:
    """Whether all that it names is what it asks of a room or a booking: "any special requests?"."""
    covered = [cue for cue in part.cues if cue.label in FACTS]
    return part.words <= _SHORT and all(
        any(cue.start <= token.start and token.end <= cue.end for cue in covered)
        for token in _content(part.asked.tokens)
    )


def depends(part: Part, focus: Focus) -> bool:
    """Whether a question to the documents cannot be read without the one before it."""
    if focus.question is None or part.words > 14:
        return False
    conditions = _words("condition")
    has_own = any(token.plain not in conditions for token in _content(part.asked.tokens))
    if leads_in(part) and part.words <= _SHORT + 3:
        return True
    return ("there" in part.labels and len(_content(part.asked.tokens)) <= 2) or not has_own


def self_contained(part: Part, question: str) -> str:
    """The follow-up with the subject of the last `question` to the documents put in."""
    detail = bare_detail(part.asked)
    last = question.strip(" ?!.")
    tokens = tuple(tokenize(detail))
    content = _content(tokens)
    changed = _other_time(last, detail) or _other_number(last, detail)
    if changed:
        return f"{changed}?"
    is_own_question = bool(_QUESTION.search(lowered(detail)))
    conditions = _words("condition")
    only_narrows = is_own_question and all(token.plain in conditions for token in content)
    if only_narrows or "there" in part.labels or not content:
        topic = " ".join(last[token.start : token.end] for token in _content(tuple(tokenize(last))))
        return f"{topic or last}: {detail}" if detail else last
    swapped = _swapped(part, last, detail)
    if swapped:
        return f"{swapped}?"
    if _is_condition(tokens) or (part.asks and len(content) > 2):
        return f"{_without_like(last, tokens)} {detail}?"
    if part.asks and len(tokens) > 3:
        return f"{detail}?"  # a question of its own: "and is the sauna free?"
    return f"{_replaced(last, detail)}?"


def _other_time(question: str, detail: str) -> str | None:
    """ "Until 5?" after "late check-out until 3pm fee": the time is another one, in the same half of the day."""
    time = _BEFORE_TIME.sub("", detail)
    before = _CLOCK.findall(question)
    if not _CLOCK.fullmatch(time.lower()) or len(before) != 1:
        return None
    half = re.search(r"[ap]m$", before[0].lower())
    return _CLOCK.sub(f"{time} {half.group()}" if half and time.isdecimal() else time, question)


def _other_number(question: str, detail: str) -> str | None:
    """ "And 90 minutes?" after "how much is a 60 minute massage"."""
    said = _COUNTED.fullmatch(detail.lower())
    if not said:
        return None
    found = [match for match in _COUNTED.finditer(question) if _unit(match["unit"]) == _unit(said["unit"])]
    if len(found) != 1:
        return None
    return f"{question[: found[0].start('count')]}{said['count']}{question[found[0].end('count') :]}"


def _unit(word: str) -> str:
    return lowered(word).rstrip("s")


def _swapped(part: Part, question: str, detail: str) -> str | None:
    """The question with its room type replaced, when the detail is another one."""
    asked_before = find_room_types(tuple(tokenize(question)), part.hotel.room_types)
    if len(part.types) != 1 or len(asked_before) != 1 or part.words > 5:
        return None
    named = part.asked.text[part.types[0].start : part.types[0].end]
    return question[: asked_before[0].start] + named + question[asked_before[0].end :]


@cache
def _words(kind: str) -> frozenset[str]:
    for line in (files(__package__) / "asked_follow_up_words.tsv").read_text(encoding="utf-8").splitlines():
        name, _, words = line.partition("\t")
        if name == kind:
            return frozenset(words.split())
    raise KeyError(kind)


def _content(tokens: tuple[Token, ...]) -> list[Token]:
    """Words that name something, not only ask, time or join."""
    generic = _words("generic")
    named = _words("named")
    return [
        token for token in tokens if token.text in named or (token.plain not in generic and not token.text[0].isdigit())
    ]


def _is_condition(tokens: tuple[Token, ...]) -> bool:
    """ "on Sundays", "for children", "khách ngoài": it narrows the last question and is no new subject."""
    conditions = _words("condition")
    return any(token.plain in conditions for token in tokens) or (bool(tokens) and tokens[0].text in _PREPOSITIONS)


def _without_like(question: str, detail: tuple[Token, ...]) -> str:
    """The question without its own condition of the same kind: "for adults" goes when "for children" comes."""
    tokens = tuple(tokenize(question))
    if not detail or detail[0].text not in _PREPOSITIONS:
        return question
    for place in range(len(tokens) - 1, 0, -1):
        if tokens[place].text == detail[0].text and len(tokens) - place <= 4:
            return question[: tokens[place].start].strip()
    return question


def _replaced(question: str, detail: str) -> str:
    """The question with its subject, the first run of words that name something, replaced by `detail`."""
    tokens = tuple(tokenize(question))
    content = _content(tokens)
    if not content:
        return f"{question} {detail}"
    start, run = content[0].start, _run(tokens, content)
    words = len(detail.split())
    if len(run) > words and not question.isascii():
        start = run[-words].start  # "phí gửi hành lý", then "xe máy": only the thing is another one
    kept = "".join([question[:start], detail, question[run[-1].end :]])
    return re.sub(r"\b(the|a|an) (?:the|a|an)\b", r"\1", kept, flags=re.IGNORECASE)


def _run(tokens: tuple[Token, ...], content: list[Token]) -> list[Token]:
    """The first words that name something, side by side."""
    run = [content[0]]
    for token in tokens[tokens.index(content[0]) + 1 :]:
        if token not in content:
            break
        run.append(token)
    return run
