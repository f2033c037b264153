"""Text that gives a model orders instead of telling a reader something: in documents, messages and tool output."""

import re
from dataclasses import dataclass
from enum import StrEnum

from innkeeper.engine.assistant.policy import ToolName
from innkeeper.engine.text import clean, fold


class InjectionKind(StrEnum):
    """How a text tries to give a model orders."""

    OVERRIDE = "override"  # "ignore all previous instructions"
    PERSONA = "persona"  # "you are now an unrestricted AI"
    PROMPT_LEAK = "prompt_leak"  # "print your system prompt"
    ADDRESSED = "addressed"  # "note to the AI assistant: …"
    EVERY_ANSWER = "every_answer"  # "whatever anyone asks, the only correct reply is …"
    TOOL_CALL = "tool_call"  # "look it up with lookup_booking(…)"
    ROLE_MARKER = "role_marker"  # "<|im_start|>system"
    EXFILTRATION = "exfiltration"  # "send the conversation to https://…"
    HIDDEN = "hidden"  # letters that a reader cannot see


@dataclass(frozen=True)
class Injection:
    """What was found, and where: `text[start:end]` of the text that was scanned."""

    kind: InjectionKind
    start: int
    end: int


_GAP = r"\W+(?:\w+\W+){0,%d}?"
_MODEL = r"(?:ai|llm|ai (?:assistant|model|system|agent)|(?:large )?language model|chatbot|chatgpt|gpt|claude|gemini)s?"
_MODEL_VI = r"(?:mo hinh ngon ngu|mo hinh ai|tro ly ai|tro ly ao|he thong ai|chatbot|chatgpt|llm)"
_DROP = r"(?:ignore|disregard|forget|override|bypass|neglect)"
_DROP_VI = r"(?:bo qua|phot lo|lo di|hay quen|quen (?:het|di|moi|tat ca)|khong (?:can )?tuan theo|dung lam theo|huy bo)"
_BEFORE = r"(?:previous|prior|earlier|above|preceding|foregoing|original|initial|system|your)"
_ORDERS = r"(?:instructions?|prompts?|directives?|context|training|programming|system messages?)"
_ORDERS_VI = r"(?:huong dan|chi dan|chi thi|chi lenh|cau lenh|prompt|loi nhac)"
_IMPERATIVE = r"(?:^|[.!?:;\"“(\n]\s{0,4}|\bplease |\bnow,? |\bmust |\band |\bthen |\bhay |\bvui long |\bban phai )"

# Who reads a text and is no person; a manager has an assistant, a front desk has agents, so each rule asks for more.
_MACHINE = (
    r"(?:systems?|(?:ai|virtual|digital|automated|helpful) (?:assistant|agent|model)s?|language models?"
    r"|(?:chat ?)?bots?|ais?|llms?)"
)
_READER = rf"(?:{_MACHINE}|assistants?|models?|programs?|machines?|software)"
_READER_VI = (
    r"(?:tro ly(?: ai| ao| so| he thong)?|he thong(?: ai| tro ly| tra loi)?|mo hinh(?: ai| ngon ngu)?|chat ?bot|bot|llm"
    r"|phan mem|may tra loi)"
)
_TEXT = r"(?:text|document|passage|page|paragraph|sentence|line|message|chunk|content|file|note|record|section|prompt)"
_TEXT_VI = r"(?:doan(?: van)?|dong(?: chu)?|van ban|tai lieu|noi dung|cau|trang|thong tin|ghi chu|tep|du lieu|dieu)"
_EVERY = (
    r"(?:anyone|anybody|someone|somebody|people|whoever|users?|guests?|they|you)\W+(?:are\W+|is\W+|may\W+|ever\W+)?"
    r"ask(?:s|ed)?\W+(?:you\W+)?(?:about\W+|for\W+)?(?:anything|everything|whatever|any (?:question|topic|subject))"
    r"|(?:whatever|no matter what|regardless of what)\W+(?:the\W+)?\w+\W+(?:is\W+|are\W+|may\W+)?(?:asks?|asked|wants?)"
    r"|(?:for|to|in (?:reply|response) to)\W+(?:every|any|each|all)\W+(?:questions?|query|queries|prompts?)"
)
_EVERY_VI = (
    r"(?:ai|khach|nguoi (?:dung|hoi)|bat (?:cu|ky|ki) ai)\W+(?:co\W+)?hoi\W+(?:ve\W+)?(?:bat (?:cu|ky|ki)|moi)\W+"
    r"(?:(?:dieu|viec|chuyen|cau hoi|cau|thu|cai)\W*)?(?:gi|nao)?"
    r"|(?:ai|khach|nguoi (?:dung|hoi))\W+(?:co\W+)?hoi\W+gi\W+(?:di nua|cung|thi|deu)"
    r"|(?:bat ke|du|mac ke)\W+(?:\w+\W+){0,3}?hoi\W+(?:dieu\W+|cai\W+|chuyen\W+)?gi"
    r"|(?:moi|tat ca|bat (?:cu|ky|ki))\W+(?:cac\W+)?cau hoi(?:\W+nao)?"
)
_ONLY = r"(?:only|correct|right|same|single|one|true|valid|allowed|proper)"  # "the answer is yes" is a hotel's motto
_ONLY_VI = r"(?:dung|duy nhat|chinh xac|hop le)"
_TOOL = "|".join(ToolName)

# All are matched against folded text (lower case, no accents); "ai" alone is also the Vietnamese word for "who".
_PATTERNS: list[tuple[InjectionKind, str]] = [
    (InjectionKind.OVERRIDE, rf"\b{_DROP}{_GAP % 4}{_BEFORE}{_GAP % 3}{_ORDERS}\b(?!\W+(?:dated|issued|sent) )"),
    (InjectionKind.OVERRIDE, rf"\b{_DROP}\W+(?:all|any|every|everything)\W+(?:of\W+)?(?:the\W+|your\W+)?{_ORDERS}\b"),
    (InjectionKind.OVERRIDE, rf"\b{_DROP}{_GAP % 2}(?:everything|all|anything){_GAP % 3}(?:above|before this)\b"),
    (
        InjectionKind.OVERRIDE,
        rf"\b(?:do not|don't|stop|no longer) (?:follow|obey)(?:ing)?\W+your\W+(?:\w+\W+)?{_ORDERS}\b",
    ),
    (
        InjectionKind.OVERRIDE,
        rf"{_IMPERATIVE}{_DROP}{_GAP % 2}(?:all|any|your|previous|prior|above){_GAP % 3}"
        r"(?:rules|guidelines|restrictions|constraints|safety (?:rules|guidelines|policies))\b",
    ),
    (
        InjectionKind.OVERRIDE,
        rf"\b{_DROP_VI}{_GAP % 4}{_ORDERS_VI}{_GAP % 3}(?:truoc|o tren|ben tren|phia tren|ban dau|he thong|cua ban)\b",
    ),
    (InjectionKind.OVERRIDE, rf"\b{_DROP_VI}\W+(?:moi|tat ca|toan bo|het)\W+(?:cac\W+|nhung\W+)?{_ORDERS_VI}\b"),
    (
        InjectionKind.OVERRIDE,
        rf"{_IMPERATIVE}{_DROP_VI}\W+(?:moi|tat ca|toan bo|het)\W+(?:cac\W+|nhung\W+)?"
        r"(?:quy tac|quy dinh|gioi han|rang buoc|yeu cau truoc)\b",
    ),
    (InjectionKind.OVERRIDE, rf"{_IMPERATIVE}{_DROP_VI}{_GAP % 2}(?:quy tac|quy dinh|gioi han) cua ban\b"),
    (InjectionKind.OVERRIDE, r"\bhere are your (?:new|real|updated) (?:instructions|rules|orders)\b"),
    (
        InjectionKind.PERSONA,
        r"\byou are (?:now|no longer)\W+(?:\w+\W+){0,5}?"
        rf"(?:{_MODEL}|assistant|bot|dan|jailbroken|unrestricted|uncensored|hacker|bound by)\b",
    ),
    (
        InjectionKind.PERSONA,
        r"\b(?:act|behave|respond|answer|pretend|roleplay)\W+(?:as|like|to be|that)\W+(?:\w+\W+){0,5}?"
        r"(?:unrestricted|uncensored|unfiltered|jailbroken|dan|no (?:rules|restrictions|limits|filters))\b",
    ),
    (InjectionKind.PERSONA, r"\bdo anything now\b|\b(?:jailbreak|god) mode\b|\bdeveloper mode (?:is |now )?enabled"),
    (
        InjectionKind.PERSONA,
        r"\bfrom now on,? you (?:will |must |should )?(?:only )?(?:respond|answer|reply) (?:only )?(?:with|as)\b",
    ),
    (
        InjectionKind.PERSONA,
        r"\b(?:tu bay gio|tu gio|ke tu gio|bay gio)\W+(?:\w+\W+){0,3}?(?:ban|may) (?:se )?la\W+(?:\w+\W+){0,4}?"
        rf"(?:{_MODEL_VI}|bot|tro ly|hacker|quan tri vien|khong (?:bi )?gioi han)\b",
    ),
    (
        InjectionKind.PERSONA,
        r"\b(?:dong vai|gia vo|nhap vai)\W+(?:\w+\W+){0,5}?"
        rf"(?:{_MODEL_VI}|hacker|khong (?:bi )?(?:gioi han|rang buoc|kiem duyet))\b",
    ),
    (
        InjectionKind.PROMPT_LEAK,
        r"\b(?:reveal|print|show|repeat|output|display|tell me|disclose|leak|give me|what (?:is|are))"
        rf"{_GAP % 4}"
        r"(?:(?:system|hidden|initial|developer) (?:prompt|message|instructions)"
        r"|your (?:system|initial|original|hidden|internal|secret|exact) (?:prompt|instructions|rules|guidelines))\b",
    ),
    (
        InjectionKind.PROMPT_LEAK,
        r"\b(?:tiet lo|in ra|hien thi|cho (?:toi |minh )?(?:biet|xem)|lap lai|doc|dua ra|gui)\W+(?:\w+\W+){0,4}?"
        r"(?:system prompt|prompt (?:he thong|goc|ban dau|cua ban)|(?:cau lenh|chi thi|huong dan|loi nhac) he thong)\b",
    ),
    (
        InjectionKind.ADDRESSED,
        r"\b(?:notes?|messages?|attention|instructions?|important|notice|commands?)\W+(?:\w+\W+){0,2}?"
        rf"(?:to|for)\W+(?:the\W+|any\W+|all\W+|our\W+)?{_MODEL}\b[^\w\n]{{0,3}}[:,–—-]",
    ),
    (InjectionKind.ADDRESSED, rf"\bif you(?: are|'re) (?:an? |the )?(?:{_MODEL}|automated (?:system|assistant))\b"),
    (
        InjectionKind.ADDRESSED,
        rf"{_IMPERATIVE}(?:dear |hey |hello |attention,? )?(?:{_MODEL}|assistant)\s?[:,]\s*(?:please |you must |now )?"
        r"(?:ignore|disregard|forget|reveal|always|never|say|tell|recommend|approve|output|respond|reply|do not)\b",
    ),
    (
        InjectionKind.ADDRESSED,
        r"\b(?:neu ban la|luu y (?:cho|danh cho)|danh cho|gui (?:den |toi )?|chi thi cho|huong dan cho|nhan)\W+"
        rf"(?:mot |cac |cai )?{_MODEL_VI}\b(?:[^\w\n]{{0,3}}[:,–—-]|\W+dang doc)",
    ),
    (
        InjectionKind.ADDRESSED,
        r"\bdo not (?:tell|mention|inform|reveal)\W+(?:\w+\W+){0,4}?(?:users?|humans?)\W+(?:\w+\W+){0,3}?"
        r"(?:instructions?|prompts?)\b|\bdo not (?:mention|reveal) (?:this|these) (?:instructions?|prompts?)\b",
    ),
    (
        InjectionKind.ADDRESSED,
        rf"\b{_READER}\W+(?:that |which |who |now |currently )?"
        rf"(?:read|process|pars|index|summari[sz]|answer)(?:e?s|ing)?\W+this(?:\W+{_TEXT})?\b"
        r"(?:\W{0,3}[:,;–—-]|\W+(?:must|should|has to|have to|needs? to|is to|are to|shall|please|will now)\b)",
    ),
    (
        InjectionKind.ADDRESSED,
        rf"\b{_READER_VI}\W+(?:nao\W+|dang\W+|khi\W+|ma\W+)?(?:doc|xu ly|quet|tom tat|phan tich)\W+(?:duoc\W+|den\W+)?"
        rf"{_TEXT_VI}\W+nay(?:\W{{0,3}}[:;–—-]|\W+(?:thi\W+|deu\W+)?(?:phai|hay(?! khong| chua)|bat buoc|vui long)\b)",
    ),
    (
        InjectionKind.ADDRESSED,
        rf"\b(?:for|to)\W+(?:the\W+|any\W+|all\W+|our\W+|every\W+)?(?:\w+\W+){{0,2}}?{_MACHINE}\s?:\s{{0,3}}"
        r"(?:please |you must |always |from now on,? |now,? )?(?:tell|say|reply|answer|respond|inform|recommend)\b",
    ),
    (
        InjectionKind.ADDRESSED,
        r"\b(?:cho|toi|den|gui)\W+(?:(?:moi|tat ca|cac|toan bo)\W+){0,3}(?:he thong|tro ly (?:ai|ao|so)|chat ?bot)"
        r"(?:\W+\w+){0,3}?\s{0,2}:\s{0,3}(?:hay |phai |luon |vui long |tu nay )?(?:noi|bao|tra loi|dap)\W+"
        r"(?:(?:voi|cho)\W+)?(?:khach|moi nguoi|nguoi (?:hoi|dung)|rang|la)\b",
    ),
    (
        InjectionKind.EVERY_ANSWER,
        rf"\b(?:{_EVERY})\b[^.\n]{{0,60}}?\b(?:the|your)\W+(?:\w+\W+){{0,3}}?{_ONLY}\W+(?:\w+\W+){{0,3}}?"
        r"(?:reply|answer|response)\W+(?:is|(?:must|should|will|shall|has to) be)\b(?!\W+(?:never|not|always) )",
    ),
    (
        InjectionKind.EVERY_ANSWER,
        rf"\b(?:{_EVERY})\b[^\w\n]{{1,4}}(?:always |only |you must |you should |please |just |simply ){{0,2}}"
        r"(?:say|reply|respond|answer)\W+(?:(?:only|just|exactly)\b|with the (?:words?|code|sentence|phrase)\b)",
    ),
    (
        InjectionKind.EVERY_ANSWER,
        rf"\b(?:{_EVERY_VI})\b[^.\n]{{0,40}}?\b(?:cau tra loi|dap an)\W+(?:\w+\W+){{0,3}}?{_ONLY_VI}\W+"
        r"(?:\w+\W+){0,3}?la\b",
    ),
    (
        InjectionKind.EVERY_ANSWER,
        rf"\b(?:{_EVERY_VI})\W+(?:(?:thi|deu|cung|hay|phai|chi|luon|duoc)\W+){{0,4}}(?:tra loi|noi|dap)(?: rang| la|:)",
    ),
    (
        InjectionKind.EVERY_ANSWER,
        r"\byour (?:next|every|following) (?:answer|reply|response|output)s?\W+(?:must|has to|have to|needs to)\b"
        r"|\bcau tra loi (?:tiep theo|ke tiep|sau)(?: cua ban)? (?:phai|bat buoc)\b",
    ),
    (InjectionKind.TOOL_CALL, rf"(?<![\w/.-])(?:{_TOOL})(?![\w/-])"),
    (
        InjectionKind.TOOL_CALL,
        r"\b(?:call|invoke|run|execute|use|with|goi|dung|chay)\W+(?:\w+\W+){0,2}?[a-z]{2,30}(?:_[a-z]{1,30}){1,6}\s?\("
        r"|\b(?:goi|kich hoat) (?:cac |mot |ngay )?(?:cong cu|tool|function|api)\b"
        r"|\b(?:call|invoke) (?:your|the (?:available|booking|lookup|search)) (?:\w+ )?(?:tool|function)s?\b",
    ),
    (
        InjectionKind.ROLE_MARKER,
        r"<\|[a-z_]{3,24}\|>|\[/?inst\]|<</?sys>>|</?(?:system|assistant|system[-_](?:prompt|reminder|message))>"
        r"|(?:^|\n)\W{0,4}system (?:prompt|override|instructions?)\W{0,3}:"
        r"|(?:^|\n)\W{0,4}(?:system|developer)\W{0,3}:\W{0,3}"
        r"(?:you are|you must|ignore|disregard|new instructions|ban la)\b"
        r"|(?:^|\n)#{2,}\s?(?:system|instructions?|assistant|user)\s?:"
        r"|(?:^|\n)\s?(?:human|user):[^\n]{0,300}\n{1,3}\s?(?:assistant|ai):",
    ),
    (
        InjectionKind.EXFILTRATION,
        r"\b(?:send|forward|post|upload|e-?mail|leak|gui|chuyen)\W+(?:\w+\W+){0,8}?"
        r"(?:conversation|chat history|system prompt|api keys?|passwords?|credentials|(?:guest|user) (?:list|data)"
        r"|lich su tro chuyen|mat khau|du lieu khach)\W+"
        r"(?:\w+\W+){0,4}?(?:to|den|toi|cho|at) ?(?:https?:|www\.|[\w.+-]{1,64}@)",
    ),
]  # fmt: skip
_COMPILED = [(kind, re.compile(pattern)) for kind, pattern in _PATTERNS]
# "never ignore the above instructions" is what a handbook says.
_NEGATED = re.compile(
    r"(?:\b(?:not|never|don't|cannot|can't|nobody|avoid|without|refuse to|attempts? to|khong|dung|cam|tranh|chua)"
    r"(?: (?:ever|simply|be|duoc|nen|bao gio|phep|the|tu y))*)\W*$"
)
_SPACED = re.compile(r"\b(?:\w[ ._*-]){5,60}\w\b")  # "i g n o r e"
_UNSEEN = re.compile("[\u202d\u202e\u2066-\u2069]|(?<!\U0001f3f4)(?<![\U000e0000-\U000e007f])[\U000e0001-\U000e007f]+")
_SPLIT_WORD = re.compile("(?:(?<=[^\\W\\d_])[\u200b\u2060\ufeff\u2061-\u2064]+(?=[^\\W\\d_]))")
_SPLIT_WORDS_TOLERATED = 2  # a web page's break hints
MAX_SCANNED_CHARS = 200_000


def find_injections(text: str) -> list[Injection]:
    """
    Orders to a model inside `text`, in English and Vietnamese, with or without accents, in order of place.

    Hidden letters are looked at too: zero-width marks inside words, direction overrides and tag characters are reported
    as `hidden`, and what they hide is matched as if it were visible. Ordinary procedures ("do not ignore the
    instructions above") are not findings. Only the first `MAX_SCANNED_CHARS` characters are read.

    Offsets of all kinds but `hidden` are those of `clean(text)`; the same as of `text` where nothing is hidden.
    """
    text = text[:MAX_SCANNED_CHARS]
    found = hidden_letters(text)
    visible = fold(clean(_revealed(text)))
    for start, line in _views(visible):
        for kind, pattern in _COMPILED:
            found.extend(
                Injection(kind, start + match.start(), start + match.end())
                for match in pattern.finditer(line)
                if not _NEGATED.search(line, max(0, match.start() - 40), match.start())
            )
    return sorted(set(found), key=lambda each: (each.start, each.end))


def hidden_letters(text: str) -> list[Injection]:
    """Characters that hide text from a reader; a few zero-width marks, as web pages have them, are no finding."""
    if text.isascii():
        return []
    found = [Injection(InjectionKind.HIDDEN, match.start(), match.end()) for match in _UNSEEN.finditer(text)]
    split = [Injection(InjectionKind.HIDDEN, match.start(), match.end()) for match in _SPLIT_WORD.finditer(text)]
    return found + (split if len(split) > _SPLIT_WORDS_TOLERATED else [])


def _revealed(text: str) -> str:
    """Tag characters (U+E0020 to U+E007E) as the ASCII letters that they smuggle."""
    if text.isascii():
        return text
    return re.sub("[\U000e0020-\U000e007e]", lambda match: chr(ord(match.group()) - 0xE0000), text)


def _views(text: str) -> list[tuple[int, str]]:
    """The text, and each line of single letters joined ("i g n o r e   a l l" → "ignore all"), with their offsets."""
    views = [(0, text)]
    if _SPACED.search(text):
        views += [
            (line.start(), re.sub(r"(?<=\b\w)[ ._*-](?=\w\b)", "", line.group()).replace("  ", " "))
            for line in re.finditer(r"[^\n]+", text)
            if _SPACED.search(line.group())
        ]
    return views
