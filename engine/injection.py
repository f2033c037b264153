"""Text that gives a model orders instead of telling a reader something: in documents, messages and tool output."""

import re
from dataclasses import dataclass
from enum import StrEnum

from innkeeper.engine.text import clean, fold


class InjectionKind(StrEnum):
    """How a text tries to give a model orders."""

    OVERRIDE = "override"  # "ignore all previous instructions"
    PERSONA = "persona"  # "you are now an unrestricted AI"
    PROMPT_LEAK = "prompt_leak"  # "print your system prompt"
    ADDRESSED = "addressed"  # "note to the AI assistant: …"
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
