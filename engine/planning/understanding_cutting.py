"""An instruction cut into clauses: where one thing to do ends and the next begins, and which is a condition."""

import re
from dataclasses import replace

from innkeeper.engine.assistant.asked_text import Asked, tokenize
from innkeeper.engine.entities.source import Pattern, word_set
from innkeeper.engine.planning.understanding_clauses import VERBS, Clause, Role

MAX_CLAUSES = 24
# In the middle of a condition these begin what it is a condition of: "if it is clean send the mail".
_SURE_VERBS = VERBS - {"check", "find", "work", "make", "analyse", "run", "answer"}
_CUT = Pattern(
    r"(?P<stop>[!?;\n]+(?=\s|$|\w)|(?<=[^\W\d])\.(?=\s|$)|(?<=\d)\.(?=\s+[^\W\d]|\s*$)|\.{2,}|(?<=\s)->(?=\s)|"
    r"(?<=\s)=>(?=\s))"
    r"|(?P<else>\b(?:còn )?nếu (?:như )?(?:vẫn )?(?:chưa|không|ko)(?=\s*(?:[,:]|thì\b|$)|\s+(?:báo|gửi|nhắn|nhờ|"
    r"kêu|gọi|"
    r"giao|đánh dấu|tạo|thông báo|để|hãy|cử)\b)|(?:(?<=[,.;?!]\s)|(?<=^)|(?<=chưa )|(?<=còn ))(?:chưa|không|ko|"
    r"bằng không)"
    r"(?: xong| có| được| sẵn sàng| ok| sạch)?(?= thì\b)|\bcòn (?:không|chưa|ko)(?=\s*(?:[,:]|thì\b)|\s+(?:báo|"
    r"gửi|nhắn|nhờ|"
    r"kêu|gọi|giao|đánh dấu|tạo|để)\b)|\b(?:otherwise|or else|if not|else|failing that|ngược lại|bằng không)\b)"
    r"|(?P<so>\bnếu (?:đã )?(?:xong rồi|ok rồi|rồi|có|được|xong|ok|oke|đúng|ổn|vậy|phải)(?=\s*(?:[,:]|thì\b|$)|"
    r"\s+(?:báo|"
    r"gửi|nhắn|nhờ|kêu|gọi|giao|đánh dấu|tạo|thông báo|để|hãy)\b)|(?:(?<=[,.;?!]\s)|(?<=^)|(?<=chưa ))(?:xong rồi|"
    r"ok rồi|rồi|xong|"
    r"được|có|ok|đúng|ổn|xong xuôi)(?= thì\b)|\bif (?:so|yes|it is|it's ok|ok|okay|everything is (?:ok|fine)|all good|"
    r"good|that is the case|true|they are|he is|she is|it does)(?=\s*[,:]|\s+(?:then|send|tell|notify|email|mark|"
    r"please)\b))"
    r"|(?P<comma>,(?=\s)|:(?=\s)|\s[-–—]\s)"
    r"|(?P<join>\b(?:and|(?<!by )(?<!until )(?<!since )then|also|plus|but|afterwards|finally|next|or|và|"
    r"rồi(?!\s*(?:[,.;!?]|$|(?:nhé|nha|ạ|đó|đấy|nhe|thì)\b))|"
    r"(?<=[,;.]\s)còn(?=\s(?:phòng\s|p\.?\s?)?[a-z]{0,2}-?\d)|xong(?!\s+(?:phòng\s|p\.?)?[a-z]{0,2}\d)|"
    r"sau đó|tiếp theo|đồng thời|nhưng|nhớ|với lại|tiện thể|luôn tiện|cuối cùng|thì|luôn|~và)\b(?!\s*/))"
    r"|(?P<open>\b(?=(?:only if|only when|(?<!only )(?<!except )(?:if|when)|unless|whether|once|as soon as|"
    r"in case|provided|"
    r"before|after|without|nếu|trừ khi|chỉ khi|(?<!trừ )(?<!chỉ )(?<!một )(?<!trước )(?<!sau )(?<!đến )khi|một khi|"
    r"trường hợp|trước khi|sau khi)\b))"
)
_ABBREVIATED = re.compile(r"\b(?:mr|mrs|ms|dr|no|rm|p|st|a\.m|p\.m)$", re.IGNORECASE)
_OPENS_BEFORE = Pattern(r"^(?:but |and )?(?:before|trước khi)\b")
_OPENS_AFTER = Pattern(r"^(?:and |then )?(?:after|once|sau khi|when|as soon as|khi)\b")
_LEADS = Pattern(r"^(?:\s*(?:before|after|once|trước khi|sau khi|you have|you've|you|bạn|em|anh|đã)\b)+\s*")
_WAITS = Pattern(r"^(?:and |but |then )?(?:after|sau khi|~đợi|chờ|wait until|wait till)\b")
_FACTS = (
    "ready",
    "clean",
    "dirty",
    "occupied",
    "vacant",
    "out_of_order",
    "anomalies",
    "available",
    "none_left",
    "arrived",
    "left",
    "cancelled",
    "exists",
    "price",
)
_ASKS_WHEN = Pattern(
    r"^(?:and |also |then |but )*when (?:does|do|did|will|would|can|could|is|are|was|should) (?:he|she|they|it|"
    r"we|i|the|mr|mrs|ms|"
    r"this|that|our|his|her|their)\b"
)
_ONLY = Pattern(r"^\s*(?:only|just|chỉ)\b")
_NO_CUT_AFTER = word_set("to|the|a|an|her|his|is|been|was|be|đã|được|being|of|for|và|and|this|that|by|are|not|has")
_THAT = frozenset({"that", "rằng", "là", "saying", "says", "say"})


def read_clauses(asked: Asked) -> list[Clause]:
    """The clauses of an instruction, in the order in which they are carried out."""
    pieces = _pieces(asked)
    merged = _merged(pieces)
    for place, clause in enumerate(merged):
        if clause.role is Role.IF:
            clause.is_suffix = _is_suffix(merged, place)
    return _in_order(merged)[:MAX_CLAUSES]


def _pieces(asked: Asked) -> list[Clause]:
    """Cut wherever a clause may end; `_merged` puts together what belongs together."""
    lower = asked.source.lower
    plain = asked.may_lack_accents
    found: list[Clause] = []
    start, opens, joined, word = 0, True, "stop", ""
    for cut in _CUT.compiled.finditer(lower):
        kind = cut.lastgroup or ""
        if kind in {"else", "so"}:
            if asked.text[start : cut.start()].strip(" ,;:-–\n"):
                found.append(Clause(asked, start, cut.start(), Role.ACT, opens, joined, word, plain=plain))
                opens, joined, word = False, kind, ""
            found.append(Clause(asked, *cut.span(), Role(kind), opens, kind, "", plain=plain))
            start, opens, joined, word = cut.end(), False, "", ""
            continue
        if kind == "stop" and _ABBREVIATED.search(asked.text[: cut.start()]):
            continue
        if asked.text[start : cut.start()].strip(" ,;:-–\n"):
            end = cut.end() if cut.group() == "xong" else cut.start()  # "dọn xong" says what "dọn" does not
            found.append(Clause(asked, start, end, Role.ACT, opens, joined, word, plain=plain))
            found[-1].is_question = kind == "stop" and "?" in cut.group()
            found[-1].leads_to = cut.group() in {"thì", "thi"}
            opens, joined, word = kind == "stop", kind, cut.group().strip()
        elif kind in {"stop", "join"}:
            if found and cut.group() in {"thì", "thi"}:
                found[-1].leads_to = True
            opens, joined, word = opens or kind == "stop", kind if joined != "stop" else joined, cut.group().strip()
        start = cut.end()
    if asked.text[start:].strip(" ,;:-–\n."):
        found.append(Clause(asked, start, len(asked.text), Role.ACT, opens, joined, word, plain=plain))
    return found


def _merged(pieces: list[Clause]) -> list[Clause]:
    found: list[Clause] = []
    for piece in pieces:
        piece.role = _role(piece) if piece.role is Role.ACT else piece.role
        last = found[-1] if found else None
        if last is not None and last.forbids and not piece.verbs and _ONLY.match(piece.piece.source.lower):
            found.append(replace(piece, borrowed=last.verbs))
            continue
        if last is None or _begins(piece, last):
            found += _divided(piece)
        else:
            found[-1] = _joined(last, piece)
    return [part for clause in found for part in _divided(clause)]


def _role(piece: Clause) -> Role:
    labels = {cue.label for cue in piece.cues if cue.first <= _lead(piece)}
    waits = bool(_WAITS.match(piece.piece.source.lower)) and piece.has("ready", "clean") and not piece.has("check")
    if piece.leads_to and piece.verbs <= {"work", "find"} and piece.has(*_FACTS) and not piece.has("me"):
        waits = True
    if piece.leads_to and piece.has("inspected") and piece.verbs <= {"check", "analyse", "work", "find"}:
        waits = True  # "còn kiểm tra rồi thì …"
    if _ASKS_WHEN.match(piece.piece.source.lower):
        return Role.ACT
    return Role.IF if labels & {"if", "unless"} or waits else Role.ACT


def _lead(piece: Clause) -> int:
    """Index of the first word behind "and", "but", "còn": a condition's word stands there at the latest."""
    place = 0
    while place < min(2, len(piece.tokens) - 1) and piece.tokens[place].plain in {"and", "but", "then", "con", "va",
                                                                                  "also", "thi", "only"}:  # fmt: skip
        place += 1
    return place


def _begins(piece: Clause, last: Clause) -> bool:
    """Whether a piece begins a clause of its own."""
    if piece.opens_sentence:
        return True
    if _is_told(last) and piece.joined != "stop" and not (piece.word in {"then", "rồi", "roi", "sau đó", "sau do"}
                                                                 and piece.verbs):  # fmt: skip
        return piece.role is Role.ELSE
    if piece.role is Role.IF and piece.joined == "open" and last.role is Role.ACT and last.has("knowledge"):
        return False  # "what to do when a guest loses the key"
    if piece.role is not Role.ACT:
        return not (piece.role is Role.IF and _asks_whether(last, piece))
    lead = _LEADS.match(piece.piece.source.lower)
    if lead and piece.joined == "open":
        return bool(_starts(piece, behind=len(lead.group())))
    if last.role in {Role.ELSE, Role.SO}:
        return True
    if last.role is Role.IF and (piece.word in {"then", "thì", "thi"} or piece.joined == "comma"):
        return bool(piece.verbs) or piece.forbids or (piece.word != "" and not piece.labels <= {"filler"})
    if piece.word in {"còn", "con"}:
        return True
    if piece.has("room") and piece.has("ready", "status", "clean") and piece.has("whether") and piece.joined == "comma":
        return True
    return bool(piece.verbs) or piece.forbids


def _is_told(clause: Clause) -> bool:
    """ "Tell housekeeping that …": what follows is what they are told."""
    if not clause.verbs & {"tell", "message_to", "send", "mail_to"}:
        return False
    tail = [token.text for token in clause.tokens[-6:]]
    return bool(_THAT.intersection(tail[-1:]))


def _asks_whether(last: Clause, piece: Clause) -> bool:
    """ "Check if room 201 is ready": a question, no condition."""
    if piece.joined != "open" or last.role is not Role.ACT or not piece.tokens:
        return False
    is_if = piece.tokens[0].plain in {"if", "whether", "neu", "when", "khi"}
    asks = bool(last.verbs & {"check", "find"}) and not last.has("mail", "send")
    return is_if and asks and len(last.tokens) <= 4 and piece.tokens[0].plain not in {"neu", "khi"}


def _starts(piece: Clause, *, behind: int) -> bool:
    lead = len(tuple(tokenize(piece.piece.text[:behind])))
    return any(cue.first in {lead, lead + 1} and cue.label in VERBS for cue in piece.cues)


def _joined(last: Clause, piece: Clause) -> Clause:
    joined = Clause(
        last.asked,
        last.start,
        piece.end,
        last.role,
        last.opens_sentence,
        last.joined,
        last.word,
        is_question=piece.is_question,
        plain=last.plain,
        leads_to=piece.leads_to,
    )
    if joined.role is Role.ACT:
        joined.role = _role(joined)
    return joined


def _divided(piece: Clause) -> list[Clause]:
    """A condition that runs on into what it is a condition of: "if it is clean send the mail"."""
    if piece.role is Role.ACT:
        return [piece]
    if piece.role is not Role.IF:
        return [piece]
    least = 2
    opener = max((cue.last for cue in piece.cues if cue.label in {"if", "unless"} and cue.first <= 1), default=0)
    for cue in piece.cues:
        before = piece.tokens[cue.first - 1].text if cue.first else ""
        if cue.label in _SURE_VERBS and cue.first >= least and cue.first > opener and before not in _NO_CUT_AFTER:
            if piece.tokens[cue.first].plain in {"get", "have", "set", "bao"} and cue.label in {"tell", "mark"}:
                continue
            offset = piece.asked.text.find(piece.piece.text, piece.start) + cue.start
            first = Clause(
                piece.asked,
                piece.start,
                offset,
                piece.role,
                piece.opens_sentence,
                piece.joined,
                piece.word,
                plain=piece.plain,
            )
            return [first, Clause(piece.asked, offset, piece.end, is_question=piece.is_question, plain=piece.plain)]
    return [piece]


def _is_suffix(clauses: list[Clause], place: int) -> bool:
    """Whether a condition stands behind what it is a condition of: "send it if the room is ready"."""
    clause = clauses[place]
    if place == 0 or clause.opens_sentence or clauses[place - 1].role is not Role.ACT:
        return False
    following = clauses[place + 1] if place + 1 < len(clauses) else None
    if following is None or following.opens_sentence or following.role is not Role.ACT:
        return True
    if clause.joined != "open" or clause.word:
        return False
    if following.joined == "" or following.word in {"thì", "thi", "then"}:
        return False
    return not (following.joined == "comma" and bool(clauses[place - 1].verbs & {"check", "find"}))


def _in_order(clauses: list[Clause]) -> list[Clause]:
    """ "Before you send it, check the room"; "send it after checking the room": the check comes first."""
    found: list[Clause] = []
    waiting: Clause | None = None
    for place, clause in enumerate(clauses):
        lower = clause.piece.source.lower
        if waiting is not None and (clause.opens_sentence or place == len(clauses)):
            found.append(waiting)
            waiting = None
        if clause.role is Role.ACT and _OPENS_BEFORE.match(lower) and (clause.opens_sentence or clause.word):
            waiting = clause
        elif clause.role is Role.ACT and found and _OPENS_AFTER.match(lower) and not clause.opens_sentence:
            found.insert(len(found) - 1, clause)
        else:
            found.append(clause)
    return [*found, waiting] if waiting is not None else found
