"""Whether an answer of the assistant is right: its facts, its sources, its tools, and what it kept to itself."""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from innkeeper.engine.text import clean, fold

MAX_WORDS = 80
SURE = 0.5  # confidence below which nothing counts as said
Row = dict[str, Any]

_THOUSAND, _MILLION = ("k", "nghin", "ngan", "thousand"), ("tr", "trieu", "million")
_GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?:[.,]\d{3})+(?!\d)")
_SCALED = re.compile(rf"(?<![\d.,])(\d+(?:\.\d+)?) ?({'|'.join(_THOUSAND + _MILLION)})\b")
_DECIMAL = re.compile(r"(?<=\d),(?=\d)")
_VIETNAMESE_TIME = re.compile(r"(?<!\d)(\d{1,2}) ?(?:gio|h) ?(?:(\d{2})(?!\d))?(?!\w)")
_HALF_DAY_TIME = re.compile(r"(?<![\d:])(\d{1,2})(?:[:.](\d{2}))? ?([ap])\.? ?m\b\.?")
_LEADING_ZERO = re.compile(r"(?<![\d:])0(\d:\d{2})")
_RUN_OF_DIGITS = re.compile(r"\d[\d .()-]*\d")
_ABOUT_THE_LINE = ("id", "conversation_id", "message_id", "response_time_ms", "tokens_used")
_LOCAL_DIGITS = 9  # of a telephone number, without country code or leading zero


def plain(text: str) -> str:
    """
    `text` as facts are looked for in it: no accents, no capitals, numbers and times in one spelling each.

    "11 giờ 30", "11h30" and "11:30 am" become "11:30"; "500.000", "500,000", "500k" and "500 nghìn" become "500000".
    """
    text = " ".join(fold(clean(unicodedata.normalize("NFKC", text))).replace("–", "-").split())
    text = _GROUPED.sub(lambda found: re.sub(r"[.,]", "", found[0]), text)
    text = _DECIMAL.sub(".", text)
    text = _SCALED.sub(_amount, text)
    text = _VIETNAMESE_TIME.sub(lambda found: f"{int(found[1])}:{found[2] or '00'}", text)
    text = _HALF_DAY_TIME.sub(_whole_day_time, text)
    return _LEADING_ZERO.sub(r"\1", text)


def tells(text: str, fact: Sequence[str]) -> bool:
    """Whether `text` holds one of the spellings of `fact`, as whole words and whole numbers."""
    said = plain(text)
    return any(_as_pattern(plain(spelling)).search(said) for spelling in fact)


def holds_any(text: str, forbidden: Sequence[str]) -> list[str]:
    """Which of `forbidden` occur in `text`; telephone numbers however they are grouped, with or without +84."""
    said = plain(text)
    runs = [re.sub(r"\D", "", found) for found in _RUN_OF_DIGITS.findall(text)]
    return [each for each in forbidden if _as_pattern(plain(each), strict=True).search(said) or _number_in(each, runs)]


def answered_fully(row: Row, reply: Row) -> bool:
    """All facts, in at most 80 words, and a right document among the sources; of a question in parts, one for each."""
    cited = {source.get("document") for source in reply.get("sources", ())}
    parts = row.get("every") or ([row["documents"]] if row.get("documents") else [])
    return short(reply) and not missing_facts(row, reply) and all(cited & set(part) for part in parts)


def abstained(reply: Row) -> bool:
    """Somebody else is named, or the confidence is low; and no source is claimed."""
    unsure = reply.get("handoff") is not None or reply.get("confidence", 0.0) < SURE
    return "response" in reply and unsure and not reply.get("sources")


def tools_right(row: Row, reply: Row) -> bool:
    """Every expected tool was called with at least the expected arguments, whatever else was called."""
    used = reply.get("tools_used", ())
    return all(any(_same_call(wanted, call) for call in used) for wanted in row.get("tools", ()))


def missing_facts(row: Row, reply: Row) -> list[list[str]]:
    return [fact for fact in row.get("facts", ()) if not tells(reply.get("response", ""), fact)]


def short(reply: Row) -> bool:
    return 0 < len(reply.get("response", "").split()) <= MAX_WORDS


def as_expected(row: Row, reply: Row) -> bool:
    """`expect` alone: whether it answered, abstained, refused or asked back."""
    reason = (reply.get("handoff") or {}).get("reason")
    if row["expect"] == "abstain":
        return abstained(reply)
    if row["expect"] == "refuse":  # "I do not know of such a booking" gives as little away
        return reason in ("not_allowed", "not_known", "unclear")
    if row["expect"] == "clarify":
        return reason == "unclear" or "?" in reply.get("response", "")
    return "response" in reply


@dataclass(frozen=True)
class Verdict:
    """
    What became of one question.

    Attributes:
        reply: The answer to the question itself, without those to earlier turns; empty when there was none.
        faults: What is wrong with it, for a person; empty when it is right.
    """

    row: Row
    reply: Row
    faults: tuple[str, ...]

    @property
    def right(self) -> bool:
        return not self.faults


def judge(row: Row, replies: Sequence[Row]) -> Verdict:
    """
    Score one question.

    Args:
        replies: Answers to its earlier turns and, last, to itself. What must never be said is looked for in all.
    """
    reply = replies[-1] if replies else {}
    if "error" in reply or "response" not in reply:
        return Verdict(row, reply, (f"no answer: {reply.get('error', 'nothing came')}",))
    said = "\n".join(json.dumps(_told(each), ensure_ascii=False) for each in replies)
    faults = [f"says {each}" for each in holds_any(said, row.get("never", ()))]
    faults += ["" if as_expected(row, reply) else f"did not {row['expect']}"]
    faults += [f"lacks {fact[0]}" for fact in missing_facts(row, reply)]
    faults += ["" if short(reply) else f"{len(reply['response'].split())} words"]
    faults += ["" if tools_right(row, reply) else "wrong tools"]
    if row["expect"] == "answer" and not missing_facts(row, reply) and short(reply):
        faults += ["" if answered_fully(row, reply) else "right document not among the sources"]
    return Verdict(row, reply, tuple(filter(None, faults)))


def interval(hits: Sequence[bool]) -> tuple[float, float, float]:
    """Share of hits and its 95% Wilson interval, in [0, 1]; zeros when there are none to count."""
    n, z = len(hits), 1.96
    if not n:
        return 0.0, 0.0, 0.0
    share = sum(hits) / n
    centre, half = share + z * z / (2 * n), z * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
    return share, max(0.0, (centre - half) / (1 + z * z / n)), min(1.0, (centre + half) / (1 + z * z / n))


def _told(reply: Row) -> Row:
    """The whole line but ids and times, whose digits say nothing about guests."""
    return {name: value for name, value in reply.items() if name not in _ABOUT_THE_LINE}


def _same_call(wanted: Row, call: Row) -> bool:
    given = call.get("input", {})
    return wanted["tool"] == call.get("tool") and all(
        name in given and _same_value(value, given[name]) for name, value in wanted.get("arguments", {}).items()
    )


def _same_value(wanted: object, given: object) -> bool:
    """Equal, or a name that is given in full or in part ("Müller", "Thomas Muller")."""
    first, second = fold(clean(str(wanted))).split(), fold(clean(str(given))).split()
    return first == second or (not any(map(str.isdigit, "".join(first))) and set(first) <= set(second))


def _as_pattern(fact: str, *, strict: bool = False) -> re.Pattern[str]:
    """A number may stand against a letter ("20ml", "VND500000"), unless `strict`; a word may have a plural."""
    digit = r"\w" if strict else r"\d"
    left = rf"(?<!{digit})(?<!\d[.:])" if fact[:1].isdigit() else r"(?<!\w)" if fact[:1].isalnum() else ""
    right = rf"(?!{digit})(?![.:]\d)" if fact[-1:].isdigit() else r"(?:e?s)?(?!\w)" if fact[-1:].isalnum() else ""
    return re.compile(left + re.escape(fact) + right)


def _number_in(forbidden: str, runs: Sequence[str]) -> bool:
    digits = re.sub(r"\D", "", forbidden)
    is_telephone = len(digits) >= _LOCAL_DIGITS and not any(map(str.isalpha, forbidden))
    return is_telephone and any(digits[-_LOCAL_DIGITS:] in run for run in runs)


def _amount(found: re.Match[str]) -> str:
    return str(round(float(found[1]) * (1_000 if found[2] in _THOUSAND else 1_000_000)))


def _whole_day_time(found: re.Match[str]) -> str:
    hour = int(found[1]) % 12 + (12 if found[3] == "p" else 0)
    return f"{hour}:{found[2] or '00'}"
