"""Which facts of a text its evidence does not hold."""

import re

from innkeeper.engine.fact_guard.evidence import Evidence
from innkeeper.engine.fact_guard.finding import mentions
from innkeeper.engine.fact_guard.mentions import FactMention
from innkeeper.engine.text import clean

_BETWEEN = re.compile(r"[\s,()*–-]*(?:ngày|ngay|the)?\s*", re.IGNORECASE)


def unsupported(text: str, evidence: Evidence) -> list[FactMention]:
    """
    The facts that `text` states and `evidence` does not hold, in order; places count in `engine.text.clean(text)`.

    Values are compared, not spellings: "1,6 triệu đồng" is 1,600,000 VND, "12 trưa" is 12:00. A weekday beside a date
    has to be that date's.
    """
    text = clean(text)
    found = mentions(text, "answer")
    wrong = [mention for mention in found if not evidence.supports(mention)]
    wrong += [mention for mention in _wrong_weekdays(text, found, evidence) if mention not in wrong]
    return sorted(wrong, key=lambda mention: mention.start)


def _wrong_weekdays(text: str, found: list[FactMention], evidence: Evidence) -> list[FactMention]:
    dates = [mention for mention in found if mention.kind == "date"]
    wrong = []
    for weekday in (mention for mention in found if mention.kind == "weekday"):
        for date in dates:
            first, second = sorted((weekday, date), key=lambda mention: mention.start)
            if _BETWEEN.fullmatch(text, first.end, second.start):
                known = evidence.days.resolved(date.readings[0].value)
                if known and all(str(day.isoweekday()) != weekday.readings[0].value for day in known):
                    wrong.append(weekday)
    return wrong
