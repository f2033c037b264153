"""Which of the hotel's services fit a guest's stay: rules and scores, and never a service that the hotel has not."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import yaml

from innkeeper.engine.locale.formats import Language
from innkeeper.engine.sentences import split_sentences
from innkeeper.engine.text import clean, fold, words
from innkeeper.schemas.message_contexts import RecommendedService
from innkeeper.schemas.recommendations import HotelService, Stay, Theme
from innkeeper.schemas.tools import KnowledgePassage

USUAL_COUNT = 3
_LONG_STAY_NIGHTS, _EXPLORING_NIGHTS = 5, 2
_NAMED = 3.0  # the guest's own word is in the service's name or description
_MIN_WORD_CHARS = 4
_MAX_NAME_CHARS, _MAX_SENTENCE_CHARS = 60, 300
_ALREADY_ASKED = 0.0  # who asked for an airport transfer is not offered one
_HONEYMOON = re.compile(r"\bhoney ?moon|trang mat")
_ANNIVERSARY = re.compile(r"\banniversar|\bky niem ngay cuoi")
_BUSINESS = re.compile(r"\bbusiness trip|\bconference|\bcong tac|\bhoi nghi|\bhoa don (?:vat|do|cong ty)|\bvat invoice")


class Suitability(NamedTuple):
    """How much a theme counts for a stay, and why: a name of `reasons`."""

    weight: float
    reason: str


def recommend(
    services: Sequence[HotelService],
    stay: Stay,
    language: Language,
    *,
    you: str = "Quý khách",
    count: int = USUAL_COUNT,
) -> list[RecommendedService]:
    """
    Services that fit a stay, the most fitting first.

    Args:
        services: The hotel's, in its own order, which decides between equals.
        stay: What is known of it.
        language: Of names, descriptions and reasons; a service without a name in it is left out.
        you: How the guest is addressed, in Vietnamese.
        count: How many at most.

    Returns:
        Only services that the stay gives a reason for; where it gives none at all, the hotel's first ones, without one.
    """
    fitting = [each for each in services if each.name.get(language) and _is_possible(each, stay)]
    wishes = dict(_wishes(stay))
    liked = {word.text for interest in stay.interests for word in words(fold(clean(interest)))}
    liked = {word for word in liked if len(word) >= _MIN_WORD_CHARS}
    scored = [(_best(each, wishes, liked), place, each) for place, each in enumerate(fitting)]
    chosen = sorted((each for each in scored if each[0].weight > 0), key=lambda each: (-each[0].weight, each[1]))
    if not chosen and not wishes and not liked:
        chosen = scored
    return [_shown(each, best.reason, language, you) for best, _, each in chosen[:count]]


def services_of_passages(passages: Sequence[KnowledgePassage], language: Language) -> list[HotelService]:
    """
    Services that the hotel's documents describe, for a hotel whose profile lists none.

    A passage under a heading of its own that is about a theme is one service: the heading is its name, and its first
    sentence, word for word, the description. Prices and hours are left in the documents: a passage may hold several.

    Args:
        passages: As the knowledge base gave them, the most fitting first.
        language: Passages in another one are left out.
    """
    found: dict[str, HotelService] = {}
    for passage in passages:
        name = passage.heading_path[-1].strip() if passage.heading_path else ""
        first = next(iter(split_sentences(passage.text)), "").strip()
        if passage.language != language or not name or len(name) > _MAX_NAME_CHARS or name in found:
            continue
        if themes_of(f"{name} · {first}") and first != name and len(first) <= _MAX_SENTENCE_CHARS:
            found[name] = HotelService(name={language: name}, description={language: first} if first else None)
    return list(found.values())


def themes_of(text: str) -> frozenset[Theme]:
    """What a text in English or Vietnamese is about."""
    folded = fold(clean(text))
    return frozenset(theme for theme, words in _patterns().items() if words.search(folded))


def _wishes(stay: Stay) -> Iterator[tuple[Theme, Suitability]]:
    """Weights of themes, the weakest first: a later one takes the place of an earlier."""
    nights = stay.nights
    if nights is not None and nights >= _EXPLORING_NIGHTS:
        yield Theme.SIGHTS, Suitability(0.8, "explore")
    if nights is not None and nights >= _LONG_STAY_NIGHTS:
        yield Theme.CARE, Suitability(0.6, "long_stay")
    if stay.adults == 2 and stay.children == 0:
        yield Theme.ROMANCE, Suitability(0.7, "couple")
    if stay.children:
        yield Theme.FAMILY, Suitability(2.0, "family")
    asked = fold(clean(stay.special_requests or ""))
    for pattern, reason in ((_ANNIVERSARY, "anniversary"), (_HONEYMOON, "honeymoon")):
        if pattern.search(asked):
            yield Theme.WELLNESS, Suitability(1.0, reason)
            yield Theme.ROMANCE, Suitability(2.5, reason)
    if _BUSINESS.search(asked):
        yield Theme.BUSINESS, Suitability(1.5, "business")
    for theme in sorted(themes_of(" · ".join(stay.interests))):
        yield theme, Suitability(1.8, "asked")
    if Theme.TRANSPORT in themes_of(asked):
        yield Theme.TRANSPORT, Suitability(_ALREADY_ASKED, "asked")


def _best(service: HotelService, wishes: dict[Theme, Suitability], liked: set[str]) -> Suitability:
    """The weights of all that fits, with the reason of the strongest."""
    told = " · ".join([*service.name.values(), *(service.description or {}).values()])
    found = [wishes[theme] for theme in (service.themes or themes_of(told)) if theme in wishes]
    if liked & {word.text for word in words(fold(clean(told)))}:
        found.append(Suitability(_NAMED, "asked"))
    if not found:
        return Suitability(0.0, "")
    strongest = max(found)
    return Suitability(strongest.weight + 0.1 * sum(each.weight for each in found), strongest.reason)


def _is_possible(service: HotelService, stay: Stay) -> bool:
    if service.adults_only and stay.children:
        return False
    if service.children_only and not stay.children:
        return False
    ends_before = service.available_until and stay.check_in and service.available_until < stay.check_in
    begins_after = service.available_from and stay.check_out and service.available_from > stay.check_out
    return not (ends_before or begins_after)


def _shown(service: HotelService, reason: str, language: Language, you: str) -> RecommendedService:
    because = _data()["reasons"][reason][language].format(you=you) if reason else None
    return RecommendedService(
        name=service.name[language],
        description=(service.description or {}).get(language),
        reason=because,
        price=service.price,
        currency=service.currency,
        opens=service.opens,
        closes=service.closes,
        location=(service.location or {}).get(language),
    )


@cache
def _data() -> dict[str, Any]:
    text = files("innkeeper.engine").joinpath("recommendations.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data


@cache
def _patterns() -> dict[Theme, re.Pattern[str]]:
    return {Theme(name): re.compile(rf"(?<!\w)(?:{entry['words']})(?!\w)") for name, entry in _data()["themes"].items()}
