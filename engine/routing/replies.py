"""The suggested reply: in the guest's language, with no promise beyond the taxonomy's service level."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby

import yaml

from innkeeper.engine.routing.structured import BOOKABLE
from innkeeper.schemas.routing import Classification, Sentiment
from innkeeper.schemas.taxonomy import Priority, Taxonomy

_QUESTIONS = {"general_inquiry", "billing_inquiry", "recommendation", "order_status", "lost_and_found"}
_ITEMS = {"amenity_request", "food_order", "beverage_order"}
_BOOKINGS = BOOKABLE | {"booking_change", "room_change"}


def suggest_reply(
    classifications: Sequence[Classification],
    *,
    language: str,
    sentiment: Sentiment,
    adversarial: bool,
    unsure: bool,
    self_harm: bool,
    taxonomy: Taxonomy,
) -> str:
    """
    Compose a reply that a person may send as it is.

    Args:
        classifications: What was understood; empty when nobody has to act.
        language: `vi` gives Vietnamese, anything else English.
        sentiment: Praise is thanked for.
        adversarial: The message tried to manipulate; the reply repeats nothing of it.
        unsure: A person will look first, so nothing is promised.
        self_harm: The guest may harm themselves.
        taxonomy: Holds the labels and the minutes that may be promised.
    """
    say = _sentences()["vi" if language == "vi" else "en"]
    if self_harm:
        return say["self_harm"]
    if any(request.priority is Priority.CRITICAL for request in classifications):
        return say["emergency"]
    if adversarial:
        return say["refused"]
    if unsure:
        return f"{say['greeting']} {say['unsure']}"
    if not classifications:
        return say["thanks"] if sentiment is Sentiment.POSITIVE else say["nobody"]
    sentences = [say["greeting"]]
    keyed = [
        (_sentence_key(request), request.estimated_resolution_time_minutes, request.subcategory)
        for request in classifications
    ]
    for (key, minutes), group in groupby(sorted(keyed), key=lambda entry: entry[:2]):
        labels = [taxonomy.subcategory(name).label for _, _, name in group]
        joined = say["and"].join(label.get("vi" if language == "vi" else "en", label["en"]) for label in labels)
        sentences.append(say[key].format(labels=joined, minutes=minutes))
    return " ".join(sentences)


def _sentence_key(request: Classification) -> str:
    if request.structured_request.declined:
        return "declined"
    if request.category == "complaints":
        return "complaint"
    if request.category == "maintenance":
        return "fault"
    for key, names in (("question", _QUESTIONS), ("item_request", _ITEMS), ("booking", _BOOKINGS)):
        if request.subcategory in names:
            return key
    return "request"


@cache
def _sentences() -> dict[str, dict[str, str]]:
    return yaml.safe_load(files("innkeeper.engine.routing").joinpath("replies.yaml").read_text(encoding="utf-8"))  # type: ignore[no-any-return]  # our own file
