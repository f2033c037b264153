"""Citation marks of a model's answer: [d1] for a passage, [t1] for a tool's result."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from innkeeper.engine.fact_guard.finding import facts_of
from innkeeper.engine.sentences import split_sentences
from innkeeper.engine.text import clean

MARKS = re.compile(r"[ \t\u00a0]*[\[【]\s*[dtDT]\d{1,3}(?:\s*[,;&]\s*[dtDT]?\d{1,3})*\s*[\]】]")
_ID = re.compile(r"([dtDT])?(\d{1,3})")
_TRAILING = re.compile(rf"([.!?…:;,][\"'”’»)\]]*)((?:{MARKS.pattern})+)")


@dataclass(frozen=True)
class CitedSentence:
    """A sentence without its marks, and the ids in them that exist."""

    text: str
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Citations:
    """
    An answer without its marks, and what they say.

    Attributes:
        used: Ids that exist, in order of first use: "d1", "t2".
        unknown: Ids that do not exist.
        sentences: All sentences, in order.
        sentences_without: Sentences, without marks, that state a fact and cite nothing that exists.
        coverage: Share of the sentences with facts that cite something, 0 to 1; 1 without such sentences.
    """

    clean_text: str
    used: tuple[str, ...]
    unknown: tuple[str, ...]
    sentences: tuple[CitedSentence, ...]
    sentences_without: tuple[str, ...]
    coverage: float


def cited(text: str, known_ids: Collection[str]) -> Citations:
    """
    Take the citation marks out of `text` and check them.

    A mark behind a full stop belongs to the sentence before it. A question ("Which of the two, 301 or 302?") states
    nothing, so it need not cite.

    Args:
        known_ids: Of the passages and tool results that the model was given.
    """
    text = clean(text)
    # "at 6:00. [d1] The gym …" → "at 6:00 [d1]. The gym …"
    moved = _TRAILING.sub(lambda match: f" {match[2].strip()}{match[1]}", text)
    unknown, bare, factual = list[str](), list[str](), 0
    sentences = list[CitedSentence]()
    for line in moved.splitlines():
        for sentence in split_sentences(line):
            ids = ids_in(sentence)
            good = [each for each in ids if each in known_ids]
            unknown += [each for each in ids if each not in known_ids]
            plain = without_marks(sentence)
            sentences.append(CitedSentence(plain, tuple(good)))
            if not plain.rstrip("\"'”’»)* ").endswith("?") and facts_of(plain):
                factual += 1
                bare += [] if good else [plain]
    return Citations(
        clean_text=without_marks(text),
        used=tuple(dict.fromkeys(each for sentence in sentences for each in sentence.ids)),
        unknown=tuple(dict.fromkeys(unknown)),
        sentences=tuple(sentences),
        sentences_without=tuple(bare),
        coverage=1 - len(bare) / factual if factual else 1.0,
    )


def without_marks(text: str) -> str:
    """`text` without citation marks and the spaces before them."""
    return MARKS.sub("", text).strip()


def ids_in(text: str) -> list[str]:
    """Ids of the marks in `text`, lower case, in order; "[d1, 2]" cites d1 and d2."""
    found = []
    for mark in MARKS.findall(text):
        letter = "d"
        for match in _ID.finditer(mark):
            letter = (match[1] or letter).lower()
            found.append(f"{letter}{int(match[2])}")
    return found
