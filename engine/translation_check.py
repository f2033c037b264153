"""Whether a translation of a short note says what the note says."""

import re
from collections.abc import Iterator, Sequence

from innkeeper.engine.commitments import commitments
from innkeeper.engine.fact_guard import Evidence, unsupported
from innkeeper.engine.language import detect_language
from innkeeper.engine.locale.formats import Language
from innkeeper.engine.text import clean

_SHORTEST, _LONGEST = 0.3, 3.0  # "Chay" is "vegetarian"
_SLACK_CHARS = 15
_ONLY_PROMISES = frozenset({"free", "refund", "discount", "upgrade", "compensation", "gift", "assurance"})
_MARKUP = re.compile(r"[<>{}|\\\[\]\n\r\ue000-\uf8ff]|https?:")


def is_foreign(text: str, language: Language) -> bool:
    """Whether `text` is in the other of our two languages; false where it does not tell."""
    return detect_language(clean(text)) == ("vi" if language == "en" else "en")


def may_be_foreign(text: str, language: Language) -> bool:
    """The same, or too short to tell ("King bed"), for a lexicon that knows its own words."""
    return is_foreign(text, language) or (language == "vi" and text.isascii() and detect_language(text) == "und")


def translation_problems(notes: Sequence[str], translations: Sequence[str], language: Language) -> list[str]:
    """
    Why translations cannot be used; empty when they can. Facts have to be the same in both, in both directions.

    Args:
        notes: As they were written.
        translations: Of each, into `language`.
        language: The message's.
    """
    if len(notes) != len(translations):
        return [f"{len(notes)} notes were given and {len(translations)} came back"]
    pairs = enumerate(zip(notes, translations, strict=True), start=1)
    return [f"note {number}: {problem}" for number, pair in pairs for problem in _problems(*pair, language)]


def _problems(note: str, translation: str, language: Language) -> Iterator[str]:
    if not translation.strip() or _MARKUP.search(translation):
        yield "one line of plain text, without mark-up"
    if detect_language(clean(translation)) not in {language, "und"} or (
        language == "vi" and is_foreign(translation, "vi")
    ):
        yield f"it is not in the language {language}"
    if not _SHORTEST * len(note) - _SLACK_CHARS <= len(translation) <= _LONGEST * len(note) + _SLACK_CHARS:
        yield "its length does not fit"
    if added := _lacking(translation, note):
        yield f"it states a {added[0]} that the note does not have"
    if lost := [kind for kind in _lacking(note, translation) if kind not in {"name", "promise"}]:
        yield f"a {lost[0]} of the note is missing"
    if (commitments(translation) - commitments(note)) & _ONLY_PROMISES:
        yield "it adds a promise"


def _lacking(text: str, source: str) -> list[str]:
    """Kinds of facts of `text` that `source` does not have."""
    evidence = Evidence()
    evidence.add_text(source)
    return sorted({mention.kind for mention in unsupported(text, evidence)})
