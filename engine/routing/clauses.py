"""A message cut into clauses: the places where one request ends and the next may begin."""

import re

from innkeeper.engine.text import fold, words

MIN_WORDS = 2  # a shorter piece ("thanks", "201") says nothing alone and joins its neighbour
MAX_CLAUSES = 12

# A full stop between digits is a time or a price ("7.30", "200.000"), not an end.
_STOP = r"[!?;\n…]+|(?<!\d)[.](?=\s|$)|[.](?=\s)|\s[/|+]\s|\s[-–—]{1,2}\s"
_JOIN = (
    r"\b(?:and also|as well as|and then|also|plus|besides|by the way|btw|oh and|another thing|one more thing|after that|"
    r"additionally|furthermore|secondly|and|but|then|"
    r"va con|va|voi lai|voi|them nua|ngoai ra|dong thoi|tien the|tien|san tien|san|a ma|ah ma|ma|nhan tien|roi|con|cung|"
    r"sau do|xong|nhung)\b"
)
_COMMA = r",(?=\s)"
_CUT = re.compile(f"(?P<stop>{_STOP})|(?P<comma>{_COMMA})|(?P<join>{_JOIN})")


def clauses(text: str) -> list[str]:
    """
    Cut `text` into at most `MAX_CLAUSES` clauses, in order; joined with nothing lost but separators.

    A cut too many costs little, since the whole message is read as well; a cut too few hides a request.
    """
    folded = fold(text)
    starts = [0]
    ends: list[int] = []
    for cut in _CUT.finditer(folded):
        ends.append(cut.start())
        starts.append(cut.start() if cut.group("join") else cut.end())
    ends.append(len(text))
    pieces: list[str] = []
    for start, end in zip(starts, ends, strict=True):
        piece = text[start:end].strip(" ,.;!?\n-–—/+")
        if not piece:
            continue
        if pieces and (_word_count(piece) < MIN_WORDS or _word_count(pieces[-1]) < MIN_WORDS):
            pieces[-1] = f"{pieces[-1]} {piece}"
        else:
            pieces.append(piece)
    if len(pieces) > MAX_CLAUSES:
        pieces = [*pieces[: MAX_CLAUSES - 1], " ".join(pieces[MAX_CLAUSES - 1 :])]
    return pieces or [text]


def _word_count(text: str) -> int:
    return sum(1 for _ in words(text))
