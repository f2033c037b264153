"""Labels of the instructions that the schemas or the hotel file do not bear out."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.execution.matching import EVERY_SIDE_EFFECT, Row, Stay
from evals.execution.scoring import combinations
from innkeeper.engine.planning.actions import ACTIONS
from innkeeper.engine.routing.taxonomy import load_taxonomy
from innkeeper.schemas.access import Role
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.messages import MessageKind
from innkeeper.schemas.plans import TaskStatus

_STATES = frozenset({"completed", "skipped"})


def read_stays(hotel_file: Path) -> dict[str, Stay]:
    """Bookings of a hotel file by their id."""
    rows = json.loads(hotel_file.read_text(encoding="utf-8"))["bookings"]
    return {
        row["booking_id"]: Stay(row["booking_id"], row["guest_name"], row.get("room_number"), row.get("email"))
        for row in rows
    }


def wrong_labels(rows: Sequence[Row], hotel: Mapping[str, Any]) -> list[str]:
    """What is wrong, one line each; empty when every label could be met."""
    bookings = {each["booking_id"] for each in hotel["bookings"]}
    rooms = {each["number"] for each in hotel["rooms"]}
    ids = [row["id"] for row in rows]
    problems = [f"{each}: twice" for each in sorted({each for each in ids if ids.count(each) > 1})]
    statuses = {each.value for each in TaskStatus}
    for row in rows:
        found = [f"no status {each}" for each in row["expect"]["status"] if each not in statuses]
        if row["role"] not in list(Role):
            found.append(f"no role {row['role']}")
        for wanted in _all_steps(row):
            found += _step_problems(wanted, bookings, rooms)
        problems += [f"{row['id']}: {each}" for each in dict.fromkeys(found)]
    return problems


def _all_steps(row: Row) -> Iterator[Row]:
    for combination in combinations(row["expect"]["actions"]):
        yield from combination
    for entry in row["expect"].get("forbidden_actions", ()):
        if entry != EVERY_SIDE_EFFECT:
            yield {"action": entry} if isinstance(entry, str) else entry


def _step_problems(wanted: Row, bookings: set[str], rooms: set[str]) -> Iterator[str]:
    for name in _listed(wanted["action"]):
        if name not in list(ActionName):
            yield f"no action {name}"
            continue
        fields = ACTIONS[ActionName(name)].arguments.model_fields
        yield from (f"{name} has no argument {each}" for each in wanted.get("arguments", {}) if each not in fields)
    arguments = wanted.get("arguments", {})
    if wanted.get("status", "completed") not in _STATES:
        yield f"no state {wanted['status']}"
    if "to" in wanted and wanted["to"] not in bookings:
        yield f"no booking {wanted['to']}"
    yield from (f"no room {each}" for each in _listed(arguments.get("room_number")) if each and each not in rooms)
    yield from (f"no kind {each}" for each in _listed(arguments.get("kind")) if each and each not in list(MessageKind))
    yield from _work_problems(arguments)


def _work_problems(arguments: Mapping[str, Any]) -> Iterator[str]:
    categories = load_taxonomy().categories
    subcategories = {each for category in categories.values() for each in category.subcategories}
    yield from (f"no category {each}" for each in _listed(arguments.get("category")) if each and each not in categories)
    wanted = _listed(arguments.get("subcategory"))
    yield from (f"no subcategory {each}" for each in wanted if each and each not in subcategories)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
