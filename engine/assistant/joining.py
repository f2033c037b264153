"""Several parts of an answer as one text that is short enough to be read at a desk."""

import unicodedata
from collections.abc import Iterable, Sequence

from innkeeper.engine.assistant.formats import Language, clipped
from innkeeper.engine.assistant.phrases_sentences import contact_name
from innkeeper.engine.assistant.phrases_turns import not_known
from innkeeper.engine.assistant.plan import Worded
from innkeeper.engine.sentences import split_sentences
from innkeeper.engine.text import fold
from innkeeper.schemas.assistant import MAX_ANSWER_WORDS

ANSWERED = 0.5
_WORST_FIRST = ("not_allowed", "unclear", "failed", "not_known")


def joined(parts: Sequence[Worded], language: Language) -> Worded:
    """
    One text of at most 80 words, without repetition; it names every part that could not be answered.

    Args:
        parts: In the order of the question.
        language: Of the text when there are no parts.

    Returns:
        The confidence is the lowest of the parts that are answered, or of all when none is.
    """
    if not parts:
        return not_known(language, contact_name("front_desk", language), topic_known=False)
    answered = [part.confidence for part in parts if part.confidence >= ANSWERED]
    reasons = {part.handoff for part in parts}
    return Worded(
        text=fitted(_without_repetition(parts)),
        confidence=min(answered or [part.confidence for part in parts]),
        cited=_union(part.cited for part in parts),
        origins=_union(part.origins for part in parts),
        handoff=next((reason for reason in _WORST_FIRST if reason in reasons), None),
    )


def fitted(parts: Sequence[tuple[Sequence[str], bool]]) -> str:
    """
    At most 80 words of some texts: the last sentences of the longest one go first, then words.

    Args:
        parts: Sentences of each, and whether its last one must stay: it says whom to ask.
    """
    kept = [(list(sentences), keeps_last) for sentences, keeps_last in parts]
    while _words(kept) > MAX_ANSWER_WORDS:
        longest, keeps_last = max(kept, key=lambda part: (len(part[0]) > 1, _words([part])))
        if len(longest) < 2:
            break
        del longest[-2 if keeps_last else -1]
    text = " ".join(" ".join(sentences) for sentences, _ in kept if sentences)
    text = unicodedata.normalize("NFC", text)
    return text if len(text.split()) <= MAX_ANSWER_WORDS else clipped(text, MAX_ANSWER_WORDS)


def _words(parts: Sequence[tuple[Sequence[str], bool]]) -> int:
    return sum(len(sentence.split()) for sentences, _ in parts for sentence in sentences)


def _without_repetition(parts: Sequence[Worded]) -> list[tuple[list[str], bool]]:
    told: set[str] = set()
    kept: list[tuple[list[str], bool]] = []
    for part in parts:
        sentences = []
        for each in split_sentences(part.text):
            if fold(each) not in told:
                told.add(fold(each))
                sentences.append(each)
        kept.append((sentences, part.handoff is not None))
    return kept


def _union(groups: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for group in groups for each in group))
