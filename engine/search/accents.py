"""Accents put back on Vietnamese typed without them, from the words of the index and of the project's own messages."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from math import log
from typing import NamedTuple

from innkeeper.engine.search.lexical import LexicalIndex
from innkeeper.engine.search.lexicon import concepts
from innkeeper.engine.search.tokens import exact_term, folded_term, tokens

_CANDIDATES = 8  # spellings tried per syllable
_PAIR_WEIGHT = 2.0
_PHRASE_COUNT = 10  # a phrase of the lexicon counts like so many sightings


class Spellings(NamedTuple):
    """How often words and pairs of words were seen, and the spellings of each folded word."""

    words: Counter[str]
    pairs: Counter[tuple[str, str]]
    variants: dict[str, set[str]]


@cache
def known_spellings() -> Spellings:
    """Spellings in the lexicons and in the accented routing examples; read once, at the first text without accents."""
    words: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for terms, count in _phrases():
        for term in terms:
            words[term] += count
        for pair in pairwise(terms):
            pairs[pair] += count
    variants: defaultdict[str, set[str]] = defaultdict(set)
    for word in words:
        variants[folded_term(word)].add(word)
    return Spellings(words, pairs, dict(variants))


def _phrases() -> Iterator[tuple[tuple[str, ...], int]]:
    from innkeeper.engine.routing.examples import read_examples

    for concept in concepts():
        for terms in concept.vi:
            yield terms, _PHRASE_COUNT
    for example in read_examples():
        terms = tuple(exact_term(token) for token in tokens(example.text))
        if example.language == "vi" and 3 * sum(not term.isascii() for term in terms) >= len(terms):
            yield terms, 1


def restore(words: Sequence[str], index: LexicalIndex) -> list[str]:
    """
    The likeliest spelling of a Vietnamese text typed without accents, word by word (Viterbi over pairs of words).

    Args:
        words: Folded terms in order.
        index: Where its own vocabulary counts too.

    Returns:
        As many words; one that has no known spelling stays as it is.
    """
    if not words:
        return []
    spellings = known_spellings()
    options = [_options(word, spellings, index) for word in words]
    scores = [log(1 + count) for _, count in options[0]]
    back: list[list[int]] = []
    for left, right in pairwise(options):
        links = [
            [
                score + _PAIR_WEIGHT * log(1 + _together(a, b, spellings, index))
                for (a, _), score in zip(left, scores, strict=True)
            ]
            for b, _ in right
        ]
        best = [max(range(len(row)), key=row.__getitem__) for row in links]
        scores = [row[choice] + log(1 + count) for row, choice, (_, count) in zip(links, best, right, strict=True)]
        back.append(best)
    choice = max(range(len(scores)), key=scores.__getitem__)
    path = [choice]
    for best in reversed(back):
        path.append(best[path[-1]])
    return [options[place][choice][0] for place, choice in enumerate(reversed(path))]


def _options(word: str, spellings: Spellings, index: LexicalIndex) -> list[tuple[str, int]]:
    """Spellings of one folded word with their counts, the commonest first."""
    counts = {variant: spellings.words[variant] for variant in spellings.variants.get(word, ())}
    for variant in index.spellings(word):
        if variant in counts or not variant.isascii():  # an English word of the index is not a spelling
            counts[variant] = counts.get(variant, 0) + index.words.frequency(index.exact[variant])
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:_CANDIDATES]
    return ranked or [(word, 0)]


def _together(first: str, second: str, spellings: Spellings, index: LexicalIndex) -> int:
    row = index.pair(first, second)
    return spellings.pairs[first, second] + (index.pair_words.frequency(row) if row is not None else 0)
