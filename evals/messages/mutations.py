"""
Wrong facts in written messages: `python -m evals.messages.mutations [--rounds N] [--gate]`.

Each message (every kind, language and tone, with invented guests) is changed in one place: a digit, the name, a date,
the currency, or a promise that is added. The share that is noticed is reported twice: by all that guards a message, and
by the fact guard alone, which does not know which values the template showed. Unchanged messages must raise no alarm.
"""

import argparse
import datetime as dt
import itertools
import json
import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from innkeeper.engine.fact_guard import Evidence, unsupported
from innkeeper.engine.locale import FILTERS
from innkeeper.engine.message_facts import MessageFacts
from innkeeper.schemas.message_samples import SAMPLE_PROFILE, SAMPLES
from innkeeper.schemas.messages import DraftRequest, MessageKind, Tone
from innkeeper.templates.rendering import LANGUAGES, Rendered, load_templates

GATE = 0.99
NOW = dt.datetime(2025, 1, 20, tzinfo=dt.UTC)
NAMES = (
    "Nguyễn Thị Lan", "Trần Văn Minh", "Lê Thu Hà", "Võ Thanh Tùng", "Lucía Fernández", "Thomas Müller",
    "Grace Okafor", "Kenji Tanaka", "Olivia Bennett", "Jean-Pierre Dubois", "Anna van der Berg",
)  # fmt: skip
PROMISES = {
    "en": ("Breakfast is free of charge.", "We will refund your deposit.", "You get a 20% discount.",
           "We have upgraded your room.", "A voucher is waiting for you.", "We guarantee a sea view."),
    "vi": ("Bữa sáng được miễn phí.", "Chúng tôi sẽ hoàn tiền đặt cọc.", "Quý khách được giảm giá 20%.",
           "Phòng đã được nâng hạng.", "Chúng tôi xin tặng phiếu quà.", "Chúng tôi cam kết phòng hướng biển."),
}  # fmt: skip
_DATES = re.compile(r"\d{2}/\d{2}/\d{4}|(?:January|February|March|April|May|June|July|August|September|October|"
                    r"November|December) \d{1,2}, \d{4}")  # fmt: skip
_CURRENCIES = ("VND", "USD", "EUR")
Mutate = Callable[[Rendered, str, random.Random], str | None]


def other_digit(message: Rendered, guest: str, place: random.Random) -> str | None:
    places = [match.start() for match in re.finditer(r"\d", message.body)]
    if not places:
        return None
    at = place.choice(places)
    digit = str((int(message.body[at]) + place.randint(1, 9)) % 10)
    return message.body[:at] + digit + message.body[at + 1 :]


def other_name(message: Rendered, guest: str, place: random.Random) -> str | None:
    shown = next((text for name, text in message.locked.values() if name == "guest_name"), guest)
    other = place.choice([each for each in NAMES if not set(each.split()) & set(guest.split())])
    return message.body.replace(shown, other if shown == guest else other.split()[-1], 1)


def other_date(message: Rendered, guest: str, place: random.Random) -> str | None:
    dates = list(_DATES.finditer(message.body))
    if not dates:
        return None
    found = place.choice(dates)
    day = dt.date(2025, 1, 1) + dt.timedelta(place.randint(0, 700))
    written = FILTERS[message.language]["date"](day)
    return message.body[: found.start()] + written + message.body[found.end() :]


def other_currency(message: Rendered, guest: str, place: random.Random) -> str | None:
    found = re.search(r"\b(?:VND|USD|EUR)\b", message.body)
    if not found:
        return None
    other = place.choice([each for each in _CURRENCIES if each != found.group()])
    return message.body[: found.start()] + other + message.body[found.end() :]


def new_promise(message: Rendered, guest: str, place: random.Random) -> str | None:
    paragraphs = message.body.split("\n\n")
    paragraphs.insert(place.randrange(1, len(paragraphs)), place.choice(PROMISES[message.language]))
    return "\n\n".join(paragraphs)


MUTATIONS: Mapping[str, Mutate] = {
    "digit": other_digit, "name": other_name, "date": other_date, "currency": other_currency, "promise": new_promise,
}  # fmt: skip


def messages(rounds: int, place: random.Random) -> Iterator[tuple[Rendered, str]]:
    """Messages of every kind, language and tone, with the guest's name."""
    templates = load_templates(filters=FILTERS)
    for _, language, kind, tone in itertools.product(range(rounds), LANGUAGES, MessageKind, Tone):
        guest = place.choice(NAMES)
        variables: dict[str, Any] = {**SAMPLES[language][kind], "guest_name": guest}
        variables["guest_title"] = place.choice([None, "mr", "ms", "chi", "anh"])
        if place.random() < 0.5:
            variables.pop("room_number", None)
        request = DraftRequest(kind=kind, variables=variables, language=language, tone=tone)
        yield templates.render(request, SAMPLE_PROFILE, now=NOW), guest


def alone(message: Rendered, changed: str) -> bool:
    """Whether the fact guard notices by itself."""
    evidence = Evidence()
    evidence.add_text(message.body)
    return bool(unsupported(changed, evidence))


def measure(rounds: int, seed: int = 1) -> dict[str, Any]:
    """Shares by kind of mutation, alarms on unchanged messages, and what the guard takes."""
    place = random.Random(seed)  # noqa: S311  the same cases each time
    asked, caught, by_facts = Counter[str](), Counter[str](), Counter[str]()
    alarms, count, times, missed = 0, 0, [], []
    for message, guest in messages(rounds, place):
        values = [text for _, text in message.locked.values()]
        count += 1
        alarms += bool(MessageFacts(message.body, values).problems(message.body)) or alone(message, message.body)
        for name, mutate in MUTATIONS.items():
            changed = mutate(message, guest, place)
            if changed is None or changed == message.body:
                continue
            asked[name] += 1
            started = time.perf_counter()
            found = bool(MessageFacts(message.body, values).problems(changed))
            times.append((time.perf_counter() - started) * 1000)
            caught[name] += found
            by_facts[name] += alone(message, changed)
            if not found:
                missed.append(f"{name}: {message.template}")
    rows = {name: {"n": asked[name], "caught": round(caught[name] / asked[name], 4),
                   "fact guard alone": round(by_facts[name] / asked[name], 4)} for name in asked}  # fmt: skip
    return {
        "messages": count,
        "false alarms": alarms,
        "caught": round(caught.total() / asked.total(), 4),
        "fact guard alone": round(by_facts.total() / asked.total(), 4),
        "guard p50 ms": round(statistics.median(times), 2),
        "by mutation": rows,
        "missed": missed[:10],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--gate", action="store_true", help=f"fail below {GATE}, or at any false alarm")
    arguments = parser.parse_args()
    result = measure(arguments.rounds)
    print(json.dumps(result, ensure_ascii=False, indent=1))
    if arguments.gate and (result["false alarms"] or result["caught"] < GATE):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
