"""All facts that a text states."""

from functools import lru_cache

from innkeeper.engine.fact_guard.calendar import find_dates, find_weekdays
from innkeeper.engine.fact_guard.clock import find_times
from innkeeper.engine.fact_guard.identifiers import (
    find_codes,
    find_contacts,
    find_leftover_codes,
    find_phones,
    find_rooms,
)
from innkeeper.engine.fact_guard.mentions import FactMention, Voice
from innkeeper.engine.fact_guard.names import find_names
from innkeeper.engine.fact_guard.numerals import find_money, find_numbers, find_quantities
from innkeeper.engine.fact_guard.promises import find_promises
from innkeeper.engine.fact_guard.scanning import Scan

# The order decides who reads "17/01/2025 14:30" first; what one has read, the next does not see.
_FINDERS = (
    find_contacts, find_weekdays, find_codes, find_dates, find_phones, find_rooms, find_times, find_money,
    find_quantities, find_leftover_codes, find_numbers,
)  # fmt: skip


def facts_of(text: str) -> list[FactMention]:
    """
    The facts that `text` states, in order; English and Vietnamese are both read, whichever it is in.

    Places count in `engine.text.clean(text)`.
    """
    return mentions(text, "answer")


def mentions(text: str, voice: Voice) -> list[FactMention]:
    """Facts of an answer, or all that a source can be read to say."""
    scan = Scan(text, voice)
    for find in _FINDERS:
        find(scan)
    if voice == "answer":
        find_names(scan)
    find_promises(scan)
    return sorted(scan.found, key=lambda mention: (mention.start, mention.end))


@lru_cache(maxsize=1_024)
def document_mentions(text: str) -> tuple[FactMention, ...]:
    """`mentions` of a passage of the hotel's documents, which many answers rest on; never for guests' data."""
    return tuple(mentions(text, "document"))
