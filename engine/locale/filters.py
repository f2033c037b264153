"""
What templates may write behind `|`, per language.

`FILTERS` is given to `templates.rendering.load_templates`: templates know the names, this package the words.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import get_args

from innkeeper.engine.locale import formats, plural, salutation
from innkeeper.engine.locale.floor import floor_text
from innkeeper.engine.locale.formats import Language

Filter = Callable[..., str]
_BY_LANGUAGE: Mapping[str, Filter] = {
    "date": formats.short_date,
    "weekday": formats.weekday_name,
    "weekday_date": formats.weekday_date,
    "time": formats.clock_text,
    "money": formats.money_text,
    "percent": formats.percent_text,
    "items": formats.list_text,
    "counted": plural.counted,
    "minutes": plural.minutes_text,
    "floor": floor_text,
    "greeting": salutation.greeting,
    "addressed": salutation.addressed,
    "you": salutation.you,
}


def address(lines: str | Sequence[str]) -> str:
    """A postal address on one line; its parts stay in the order and the spelling in which the hotel gives them."""
    return lines if isinstance(lines, str) else ", ".join(lines)


def _filters(language: Language) -> Mapping[str, Filter]:
    bound = {name: partial(each, language=language) for name, each in _BY_LANGUAGE.items()}
    return MappingProxyType(bound | {"sentence": formats.sentence, "address": address})


FILTERS: Mapping[Language, Mapping[str, Filter]] = MappingProxyType(
    {language: _filters(language) for language in get_args(Language)}
)
