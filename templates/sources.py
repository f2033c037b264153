"""Sources of the packaged templates."""

from functools import cache
from importlib.resources import files

_LETTER = "_letter"


@cache
def packaged_source(kind: str, language: str) -> str:
    """Source of the packaged template of a kind in a language."""
    place = files("innkeeper.templates").joinpath("messages", str(kind), f"{language}.md.j2")
    return place.read_text(encoding="utf-8")


def letter_source(language: str) -> str:
    """Source of the macros that all templates of a language share: `opening()`, `closing()`, `contact()`, …"""
    return packaged_source(_LETTER, language)
