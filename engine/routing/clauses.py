"""A message cut into clauses: the places where one request ends and the next may begin."""

import re
from itertools import islice
from typing import NamedTuple

from innkeeper.engine.text import fold, words

MIN_WORDS = 2  # a shorter piece ("thanks", "201") says nothing alone and joins its neighbour
MAX_CLAUSES = 12
_SEPARATORS = " ,.;!?\n-–—/+"

# A full stop between digits is a time or a price ("7.30", "200.000"), not an end.
_STOP = r"[!?;\n…]+|(?<!\d)[.](?=\s|$)|[.](?=\s)|\s[/|+]\s|\s[-–—]{1,2}\s"
_JOIN = (
    r"\b(?:and also|as well as|and then|also|plus|besides|by the way|btw|oh and|another thing|one more thing|"
    r"after that|"
    r"additionally|furthermore|secondly|and|but|then|"
    r"va con|va|voi lai|voi|them nua|ngoai ra|dong thoi|tien the|tien|san tien|san|a ma|ah ma|ma|nhan tien|roi|con|"
    r"cung|"
    r"sau do|xong|nhung)\b"
)
_COMMA = r",(?=\s)"
_CUT = re.compile(f"(?P<stop>{_STOP})|(?P<comma>{_COMMA})|(?P<join>{_JOIN})")


class Clause(NamedTuple):
    """A piece of a message: `message[start:end]`."""

    text: str
    start: int
    end: int


def clauses(text: str) -> list[Clause]:
    """
    Cut `text` into 1 to `MAX_CLAUSES` clauses, in order; only separators are lost.

    A cut too many costs little, since the whole message is read as well; a cut too few hides a request.
    """
    starts, ends = [0], []
    for cut in _CUT.finditer(fold(text)):
        ends.append(cut.start())
        starts.append(cut.start() if cut.group("join") else cut.end())
    ends.append(len(text))
    spans: list[tuple[int, int]] = []
    for start, end in zip(starts, ends, strict=True):
        if not text[start:end].strip(_SEPARATORS):
            continue
        joins = spans and (_says_little(text[start:end]) or _says_little(text[slice(*spans[-1])]))
        if len(spans) == MAX_CLAUSES or joins:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return [_stripped(text, start, end) for start, end in spans] or [Clause(text, 0, len(text))]


def _stripped(text: str, start: int, end: int) -> Clause:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip(_SEPARATORS))
    piece = piece.strip(_SEPARATORS)
    return Clause(piece, start, start + len(piece))


def _says_little(text: str) -> bool:
    return len(list(islice(words(text), MIN_WORDS))) < MIN_WORDS  # a long text is not counted to its end
