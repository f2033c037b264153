"""Whether a step is the one that was expected: its action, its arguments, and the guest whom it reaches."""

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.assistant.scoring import plain, tells
from innkeeper.engine.planning.actions import ACTIONS
from innkeeper.engine.text import clean, fold
from innkeeper.schemas.actions import RiskTier

Row = dict[str, Any]
READS = frozenset(name.value for name, action in ACTIONS.items() if action.risk is RiskTier.READ)
EVERY_SIDE_EFFECT = "any"
# A kind that is implied by the action may be left out of its arguments.
_FIXED_KINDS = {"generate_apology": "apology", "generate_checkin_instructions": "checkin_instructions"}
_ROOM_WORD = re.compile(r"^(?:phòng|phong|room|rm|p|r|#)[\s.#-]*(?=\d)", re.IGNORECASE)


@dataclass(frozen=True)
class Stay:
    """A booking of the hotel file, by which a step may name its guest."""

    booking_id: str
    guest_name: str
    room_number: str | None
    email: str | None


def action_fits(wanted: Row, step: Row) -> bool:
    names = wanted["action"]
    return step["action"] in ([names] if isinstance(names, str) else names)


def step_fits(wanted: Row, step: Row, plan: Sequence[Row], stays: Mapping[str, Stay]) -> bool:
    """
    Whether `step` is what `wanted` describes; arguments that are not named there may be anything.

    Args:
        plan: All steps, for what a step takes from an earlier one.
        stays: By booking id.
    """
    if not action_fits(wanted, step):
        return False
    given = dict(step["arguments"])
    if step["action"] in _FIXED_KINDS:
        given["kind"] = _FIXED_KINDS[step["action"]]
    if _source(given.get("room_number")):
        given["room_number"] = _room_of(given["room_number"]["from_step"], plan, stays)
    fits = all(_argument_fits(name, value, given) for name, value in wanted.get("arguments", {}).items())
    return fits and ("to" not in wanted or reaches(stays[wanted["to"]], step, plan))


def reaches(stay: Stay, step: Row, plan: Sequence[Row]) -> bool:
    """Whether all that a step, and what it rests on, says of its guest is true of `stay`; and it says something."""
    said = list(_said_of_guest(step, plan, depth=4))
    ids = [value for name, value in said if name == "booking_id"]
    if ids:
        return all(fold(each) == fold(stay.booking_id) for each in ids)
    tests = {
        "room_number": lambda value: same_room(value, stay.room_number),
        "guest_name": lambda value: _name_fits(value, stay.guest_name),
        "email": lambda value: fold(value) == fold(stay.email or ""),
    }
    return bool(said) and all(tests[name](value) for name, value in said)


def _said_of_guest(step: Row, plan: Sequence[Row], depth: int) -> Iterator[tuple[str, str]]:
    arguments = step["arguments"]
    for name in ("booking_id", "room_number", "guest_name"):
        if isinstance(arguments.get(name), str) and arguments[name].strip():
            yield name, arguments[name]
    if isinstance(arguments.get("recipient"), str) and "@" in arguments["recipient"] and "draft" not in arguments:
        yield "email", arguments["recipient"]
    sources = [source for value in arguments.values() if (source := _source(value))]
    if isinstance(arguments.get("draft"), int):
        sources.append(arguments["draft"])
    for each in plan:
        if depth and each["step"] in sources:
            yield from _said_of_guest(each, plan, depth - 1)


def _source(value: object) -> int | None:
    """The step that an argument is taken from."""
    return value.get("from_step") if isinstance(value, dict) else None


def _room_of(source: int, plan: Sequence[Row], stays: Mapping[str, Stay]) -> str | None:
    """The room of the only booking that a step can have found."""
    found = {stay.room_number for step in plan if step["step"] == source for stay in stays.values()
             if reaches(stay, step, plan)}  # fmt: skip
    return found.pop() if len(found) == 1 else None


def same_room(first: object, second: object) -> bool:
    """ "P.305" and "305" are one room."""
    return _ROOM_WORD.sub("", str(first).strip()) == _ROOM_WORD.sub("", str(second).strip())


def _name_fits(said: str, name: str) -> bool:
    """Some word of the name was said, and nothing but its words and one title."""
    words, own = fold(clean(said)).split(), set(fold(clean(name)).split())
    return bool(own & set(words)) and len(set(words) - own) <= 1


def _argument_fits(name: str, wanted: object, given: Row) -> bool:
    value = given.get(name)
    if isinstance(wanted, list):
        return any(_argument_fits(name, each, given) for each in wanted)
    if wanted is None:
        return value is None
    if name == "items" and isinstance(wanted, dict):
        return all(_item_fits(spellings, quantity, given) for spellings, quantity in wanted.items())
    if isinstance(wanted, dict) and "tells" in wanted:
        return value is not None and tells(_text(value), wanted["tells"])
    if name == "room_number":
        return isinstance(value, str) and same_room(value, wanted)
    if name == "at":
        return _same_instant(str(wanted), str(value))
    return value is not None and fold(clean(str(value))) == fold(clean(str(wanted)))


def _item_fits(spellings: str, quantity: int, given: Row) -> bool:
    """Among the items, or with its quantity in the description; one piece need not be counted there."""
    names = spellings.split("|")
    for item, count in (given.get("items") or {}).items():
        if tells(item, names):
            return bool(count == quantity)
    description = _text(given.get("description", ""))
    return tells(description, names) and (quantity == 1 or str(quantity) in plain(description).split())


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _same_instant(first: str, second: str) -> bool:
    try:
        return dt.datetime.fromisoformat(first) == dt.datetime.fromisoformat(second)
    except (TypeError, ValueError):
        return False


def forbidden(entries: Sequence[str | Row], step: Row, plan: Sequence[Row], stays: Mapping[str, Stay]) -> bool:
    """Whether a step is one of `entries`: an action, an action with arguments, or every side effect ("any")."""
    for entry in entries:
        if entry == EVERY_SIDE_EFFECT and step["action"] not in READS:
            return True
        if step_fits({"action": entry} if isinstance(entry, str) else entry, step, plan, stays):
            return True
    return False


def best_match(wanted: Sequence[Row], plan: Sequence[Row], stays: Mapping[str, Stay]) -> dict[int, int]:
    """Places of `wanted` to places of `plan`, each step used once, as many as possible."""
    fitting = [[at for at, step in enumerate(plan) if step_fits(each, step, plan, stays)] for each in wanted]
    owner: dict[int, int] = {}

    def place(index: int, tried: set[int]) -> bool:
        for at in fitting[index]:
            if at in tried:
                continue
            tried.add(at)
            if at not in owner or place(owner[at], tried):
                owner[at] = index
                return True
        return False

    for index in range(len(wanted)):
        place(index, set())
    return {index: at for at, index in owner.items()}
