"""
Which words of a message a model may choose, and what it may not do with them.

Only whole sentences are free; lines with a list, a heading, an address or an instruction stay as the template has
them, so that no value changes its place. Values stand in the free sentences as `[[name]]`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from innkeeper.engine.commitments import commitments, topics
from innkeeper.engine.fact_guard import Evidence, unsupported
from innkeeper.engine.fact_guard.names import common_words
from innkeeper.engine.language import detect_language
from innkeeper.engine.text import clean, fold, lowered

NAMED = re.compile(r"\[\[([a-z][a-z0-9_]*)\]\]")
SHORTEST, LONGEST = 0.5, 1.6  # of the template's own length, all free lines together
_LONGEST_LINE = 2.2
_MIN_WORDS = 5
_NO_SENTENCE = re.compile(r"\s*(?:[-*#>]|\d{1,2}[.)]\s)|\*\*|[A-ZĐ]{4,}")
_END = re.compile(r"[.!?…:]$")
_MARKUP = re.compile(r"[*_#`<>{}|\\~\[\]\n\r\ue000-\uf8ff]|https?:|www\.|\S@\S")
_FIRST_WORD = re.compile(r"(?:^|[.!?…:]\s+)([A-Z][a-z]{2,})")
_PLACEHOLDER_WORD = {"en": "it", "vi": "đó"}
_NEGATION = {
    "en": re.compile(r"\b(?:not|no|never|cannot|unable|unfortunately|regret|nor|neither|without)\b|n['’]t\b"),
    "vi": re.compile(r"(?<!\w)(?:không|chưa|chẳng|chả|tiếc)(?!\w)"),
}
_IDIOMS = re.compile(
    r"\b(?:can(?:['’]t|not) wait|(?:do not|don['’]t) hesitate|not only|no doubt)\b|"
    r"(?<!\w)(?:không chỉ|không ngừng)(?!\w)"
)
_CONDITION = {
    "en": re.compile(r"\b(?:if|should you|unless|in case|whenever)\b"),
    "vi": re.compile(r"(?<!\w)(?:nếu|trường hợp|khi cần)(?!\w)"),
}
_ADDRESS = {
    "en": re.compile(r"\b(?:Mr|Mrs|Ms|Mx|Dr|Miss|Sir|sir|Madam|madam|Ma['’]am)\b"),
    "vi": re.compile(r"(?<!\w)(?:[Qq]uý [Kk]hách|Anh|Chị|Ông|Bà|Cô|Chú|Bác|bạn|Bạn|mày|cậu|Em)(?!\w)"),
}


def free_lines(markdown: str, values: Mapping[str, str]) -> list[int]:
    """
    Lines of `markdown` that may be worded anew.

    Args:
        markdown: A message with its values as `[[name]]`.
        values: Their texts, by name: a line with two numbers, dates or times is not free, for they could change places.

    Returns:
        Places of the lines, counted from 0, in order.
    """
    return [place for place, line in enumerate(markdown.split("\n")) if _is_free(line.strip(), values)]


def _is_free(line: str, values: Mapping[str, str]) -> bool:
    names = NAMED.findall(line)
    own = NAMED.sub(" ", line)
    if _NO_SENTENCE.search(own) or not _END.search(line) or len(own.split()) < _MIN_WORDS:
        return False
    shown = [values.get(name, "") for name in dict.fromkeys(names)]
    return sum(any(map(str.isdigit, text)) for text in shown) <= 1 and not any(re.search(r"[/@]", t) for t in shown)


def with_lines(markdown: str, places: Sequence[int], lines: Sequence[str]) -> str:
    """`markdown` with `lines` at `places`."""
    found = markdown.split("\n")
    for place, line in zip(places, lines, strict=True):
        found[place] = line.strip()
    return "\n".join(found)


def rephrasing_problems(own: Sequence[str], told: Sequence[str], *, message: str, language: str) -> list[str]:
    """
    Why a model's wording cannot be used; empty when it can.

    Args:
        own: The free lines of the template, with `[[name]]`.
        told: The model's.
        message: The whole message of the template, values included: what it speaks of may be spoken of.
        language: `en` or `vi`.

    Returns:
        One sentence for each problem, for the model's second try; none repeats a guest's data.
    """
    if len(own) != len(told):
        return [f"{len(own)} lines were given and {len(told)} came back"]
    problems = [
        f"line {number}: {problem}"
        for number, (before, after) in enumerate(zip(own, told, strict=True), start=1)
        for problem in _problems(before, clean(after).strip(), message, language)
    ]
    ratio = sum(map(len, told)) / max(1, sum(map(len, own)))
    if not SHORTEST <= ratio <= LONGEST:
        problems.append(f"the text is {ratio:.1f} times as long as it was; stay between {SHORTEST} and {LONGEST}")
    return problems


def _problems(before: str, after: str, message: str, language: str) -> Iterator[str]:
    if sorted(NAMED.findall(before)) != sorted(NAMED.findall(after)):
        yield "every [[name]] has to come back exactly as often"
    own, told = (NAMED.sub(_PLACEHOLDER_WORD[language], text) for text in (before, after))
    if _MARKUP.search(told):
        yield "no mark-up, brackets, links or line breaks"
    if not _END.search(after) or after.endswith(":") != before.endswith(":") or ("?" in own) != ("?" in told):
        yield "it has to end as it did"
    if len(after) > _LONGEST_LINE * len(before) + 20:
        yield "it is too long"
    if not _is_in(told, language):
        yield f"it is not in the language {language}"
    if set(_ADDRESS[language].findall(told)) - set(_ADDRESS[language].findall(own)):
        yield "another form of address"
    for name, pattern in (("a negation", _NEGATION[language]), ("a condition", _CONDITION[language])):
        if bool(pattern.search(_plain(own))) != bool(pattern.search(_plain(told))):
            yield f"{name} was added or lost"
    if language == "en" and any(_may_be_a_name(word, own) for word in _FIRST_WORD.findall(told)):
        yield "a sentence begins with what may be a name"
    yield from _additions(own, told, message)


def _may_be_a_name(word: str, own: str) -> bool:
    """ "Maria and the team": at the start of a sentence every word has a capital, and the fact guard lets it pass."""
    folded = fold(word)
    return folded not in common_words() and not folded.endswith("ly") and folded not in fold(own)


def _additions(own: str, told: str, message: str) -> Iterator[str]:
    """Facts and promises that the line did not have, and subjects that the message does not speak of."""
    evidence = Evidence()
    evidence.add_text(own)
    for kind in sorted({mention.kind for mention in unsupported(told, evidence)}):
        yield f"it states a {kind} that was not there"
    if new := sorted(commitments(told) - commitments(own)):
        yield f"it adds a promise ({', '.join(new)})"
    if topics(told) - topics(message):
        yield "it speaks of a service or a place that the message does not name"


def _plain(text: str) -> str:
    return _IDIOMS.sub(" ", lowered(text))


def _is_in(text: str, language: str) -> bool:
    return detect_language(text) == language and (language == "en" or not text.isascii())
