"""Which language a message is written in: English or Vietnamese (with or without accents), or something else."""

import json
import re
import unicodedata
from collections import Counter
from functools import cache
from importlib.resources import files
from math import log

from innkeeper.engine.text import fold, lowered, words

UNDETERMINED = "und"
SUPPORTED = ("en", "vi")

# These letters are written in Vietnamese only (é, à, ô and the like are French or Italian as well).
_VIETNAMESE = re.compile("[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉĩịọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹ]")
_SCRIPTS = {
    "CYRILLIC": "ru", "HANGUL": "ko", "HIRAGANA": "ja", "KATAKANA": "ja", "CJK": "zh",
    "THAI": "th", "ARABIC": "ar", "HEBREW": "he", "DEVANAGARI": "hi", "GREEK": "el", "KHMER": "km", "LAO": "lo",
}  # fmt: skip
_MAX_WORDS = 200
_KNOWN_SHARE = 0.3  # of a longer text; below it, words are neither English nor Vietnamese


def detect_language(text: str, hint: str | None = None) -> str:
    """
    The BCP 47 tag of the language that most of `text` is written in.

    A vote of its words: each word's log-odds, learnt from the routing examples (accents both kept and removed), plus
    letters that only Vietnamese has. A text with few known words is shown to `py3langid`.

    Args:
        text: Cleaned text.
        hint: What the channel believes; decides only when the text does not tell.

    Returns:
        `en`, `vi`, another tag, or `und` when neither the text nor the hint tells.
    """
    found = [word.text for word in words(lowered(text)) if not word.text[0].isdigit()][:_MAX_WORDS]
    if not found:
        return hint or UNDETERMINED
    script = _script(text)
    if script:
        return script
    table = _word_weights()
    weights = [table[word] for word in found if word in table]
    vote = sum(weights) + 3.0 * sum(1 for word in found if _VIETNAMESE.search(word))
    if len(found) >= 4 and len(weights) < _KNOWN_SHARE * len(found) and not _VIETNAMESE.search(" ".join(found)):
        return _foreign(text)
    if abs(vote) < 0.7:
        return hint or (UNDETERMINED if not weights else ("vi" if vote > 0 else "en"))
    return "vi" if vote > 0 else "en"


def word_weights(texts: list[tuple[str, str]]) -> dict[str, float]:
    """
    Log-odds of Vietnamese against English per word, learnt from (language, text) pairs.

    Vietnamese words count with and without their accents. Words seen fewer than three times are left out.
    """
    counts: dict[str, Counter[str]] = {"en": Counter(), "vi": Counter()}
    for language, text in texts:
        for form in {lowered(text), fold(text)} if language == "vi" else {lowered(text)}:
            counts[language].update({word.text for word in words(form) if not word.text[0].isdigit()})
    totals = {language: sum(1 for tag, _ in texts if tag == language) for language in SUPPORTED}
    weights = {}
    for word in sorted(counts["en"].keys() | counts["vi"].keys()):
        en, vi = counts["en"][word], counts["vi"][word]
        if en + vi >= 3:
            weights[word] = round(float(_log_ratio(vi, totals["vi"], en, totals["en"])), 1)
    return {word: weight for word, weight in weights.items() if abs(weight) >= 0.5}


def _log_ratio(a: int, total_a: int, b: int, total_b: int) -> float:
    return max(-4.0, min(4.0, log((a + 0.5) / (total_a + 1)) - log((b + 0.5) / (total_b + 1))))


@cache
def _word_weights() -> dict[str, float]:
    return json.loads(files("innkeeper.engine").joinpath("language.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]  # our own file


def _script(text: str) -> str | None:
    """A language named by its script, when most letters are of that script."""
    letters = [char for char in text[:400] if char.isalpha()]
    foreign = Counter(
        unicodedata.name(char, "").split(" ")[0]
        for char in letters
        if ord(char) > 0x36F and not "\u1e00" <= char <= "\u1eff"
    )
    tags = Counter[str]()
    for script, count in foreign.items():
        if script in _SCRIPTS:
            tags[_SCRIPTS[script]] += count
    if not tags:
        return None
    if tags["ja"]:  # Japanese mixes kana with Chinese characters
        tags["ja"] += tags.pop("zh", 0)
    tag, count = tags.most_common(1)[0]
    return tag if count > len(letters) / 2 else None


def _foreign(text: str) -> str:
    """What `py3langid` makes of a text that is neither English nor Vietnamese; loads in 0.4 s, so only on demand."""
    import py3langid

    return str(py3langid.classify(text)[0])
