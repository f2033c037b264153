"""A prompt's own words in an answer: a model that recites what it was told does not answer."""

import functools
import re
from collections.abc import Iterable, Iterator
from typing import Any

from innkeeper.engine.fact_guard.mentions import Unsupported
from innkeeper.engine.text import Word, clean, fold

RUN = 8  # so many words of the prompt in a row are the prompt
_GRAM = 4  # so many are its beginning, perhaps
_WORD = re.compile(r"\w+(?:['’]\w+)*")  # `check_in_date` is one word: only a prompt writes it so


class Unfit(Unsupported):
    """A text holds what no answer may hold, whatever the sources say: words of its prompt, or markup."""

    def __init__(self, why: str) -> None:
        super().__init__(())
        self.args = (why,)

    def __reduce__(self) -> tuple[type["Unfit"], tuple[Any, ...]]:
        return type(self), (str(self),)


class PromptWords:
    """
    What a model was told, to be recognised in what it says; accents, case and punctuation do not matter.

    Args:
        text: The instructions, as the model got them.
        known: What an answer may say though it is in the text: the hotel's name, the day.
        names: Words of which one is enough: names of tools. Only those with an underscore count.
    """

    def __init__(self, text: str, *, known: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        self._grams = _grams(clean(text), tuple(sorted(filter(None, known))))
        self._names = frozenset(name.lower() for name in names if "_" in name)

    def told(self, text: str) -> bool:
        """Whether `text` has eight words of the prompt in a row, or a tool's name."""
        return any(length >= RUN for _, length in self._chains(list(_words(text))))

    def safe(self, text: str, start: int = 0) -> int:
        """
        How many characters of `text` may be shown when more is to come: what may become a run at its end may not.

        Args:
            text: Whole words of an answer.
            start: From where on it is looked at.

        Raises:
            Unfit: It tells the prompt already.
        """
        said = [Word(each.text, each.start + start, each.end + start) for each in _words(text[start:])]
        place = len(text)
        for first, length in self._chains(said):
            if length >= RUN:
                raise Unfit("the answer repeats what the model was told")
            if first + length == len(said):
                place = said[first].start
        return place

    def _chains(self, said: list[Word]) -> Iterator[tuple[int, int]]:
        """Runs of words that are in the prompt, four by four: index of the first, and how many; a name is a run."""
        first, end = 0, 0
        for at, word in enumerate(said):
            if word.text in self._names:
                yield at, RUN
            if tuple(each.text for each in said[at : at + _GRAM]) not in self._grams:
                continue
            if at + _GRAM - 1 > end:  # it does not continue the run before it
                if end:
                    yield first, end - first
                first = at
            end = at + _GRAM
        if end:
            yield first, end - first


def _words(text: str) -> Iterator[Word]:
    return (Word(found.group(), found.start(), found.end()) for found in _WORD.finditer(fold(text)))


@functools.lru_cache(maxsize=64)
def _grams(text: str, known: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    """Four neighbouring words each, none of them across something that is known."""
    grams = set[tuple[str, ...]]()
    for part in re.split("|".join(map(re.escape, known)), text) if known else [text]:
        said = [word.text for word in _words(part)]
        grams.update(tuple(said[at : at + _GRAM]) for at in range(len(said) - _GRAM + 1))
    return frozenset(grams)
