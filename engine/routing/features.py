"""Cheap features of a message: hashed words, word pairs and letter sequences, with and without accents."""

import re
from collections.abc import Iterator
from itertools import pairwise
from zlib import crc32

from innkeeper.engine.text import fold, lowered, words

_DIGIT = re.compile(r"\d")
_LETTER_NGRAMS = range(2, 6)
MAX_WORDS = 400  # a message is decided by its first lines; a pasted book must not cost seconds


def features(text: str) -> Iterator[int]:
    """
    Yield the 32-bit hash of every feature of `text`, repeated as often as it occurs.

    Three families, each with its own prefix so that they never collide by spelling:
    words as typed (unigrams, bigrams), words without accents (unigrams to trigrams), and letter
    2- to 5-grams inside `<word>` without accents. Digits count as `0`: the shape of a number
    tells more than its value.

    Args:
        text: Cleaned text (`innkeeper.engine.text.clean`).
    """
    shaped = _DIGIT.sub("0", text)
    typed = [word.text for word in words(lowered(shaped))][:MAX_WORDS]
    plain = [word.text for word in words(fold(shaped))][:MAX_WORDS]
    yield from _hashes("t:", typed)
    yield from _hashes("t:", (f"{a} {b}" for a, b in pairwise(["^", *typed])))
    yield from _hashes("p:", plain)
    yield from _hashes("p:", (f"{a} {b}" for a, b in pairwise(["^", *plain, "$"])))
    yield from _hashes("p:", (f"{a} {b} {c}" for a, b, c in zip(plain, plain[1:], plain[2:], strict=False)))
    for word in plain:
        padded = f"<{word[:30]}>"
        for n in _LETTER_NGRAMS:
            yield from _hashes("l:", (padded[i : i + n] for i in range(len(padded) - n + 1)))


def _hashes(prefix: str, parts: "Iterator[str] | list[str]") -> Iterator[int]:
    start = crc32(prefix.encode())
    return (crc32(part.encode(), start) for part in parts)
