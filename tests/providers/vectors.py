"""Vectors of texts that share words are near each other; the same text always has the same vector."""

import math
import random
import re
import zlib
from functools import lru_cache

SPREAD = 12  # positions that one word touches


@lru_cache(maxsize=65_536)
def places_of(word: str, dimensions: int) -> tuple[tuple[int, float], ...]:
    dice = random.Random(zlib.crc32(word.encode()))  # the same in every process
    return tuple((dice.randrange(dimensions), dice.choice((-1.0, 1.0))) for _ in range(SPREAD))


def vector_of(text: str, dimensions: int) -> list[float]:
    """A vector of length 1."""
    vector = [0.0] * dimensions
    for word in re.findall(r"\w+", text.lower()) or [text]:
        for place, sign in places_of(word, dimensions):
            vector[place] += sign
    length = math.sqrt(sum(value * value for value in vector))
    if length == 0.0:
        vector[0] = length = 1.0
    return [value / length for value in vector]
