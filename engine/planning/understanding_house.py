"""Clauses about the house itself: a room's status, wake-up calls, the documents' index, deployments."""

import datetime as dt
import re

from innkeeper.engine.entities.source import Pattern
from innkeeper.engine.planning.cues import Cue
from innkeeper.engine.planning.understanding_bench import Bench
from innkeeper.engine.planning.understanding_clauses import Clause
from innkeeper.engine.planning.understanding_subjects import Subject
from innkeeper.engine.planning.understanding_times import moments
from innkeeper.engine.planning.understanding_words import Missing
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.hotel import RoomStatus

_STATUSES = {
    "out_of_order": RoomStatus.OUT_OF_ORDER, "inspected": RoomStatus.INSPECTED, "dirty": RoomStatus.DIRTY,
    "clean": RoomStatus.CLEAN, "occupied": RoomStatus.OCCUPIED,
}  # fmt: skip
_NOTE = Pattern(r"\b(?:because(?: of)?|due to|since|note:?|with the note|ghi chú:?|vì|do|tại)\s(?P<note>.+)$")
_FLOW = Pattern(
    r"\b(?:flow|deployment|workflow|pipeline|luồng|quy trình)\s(?:called |named |tên |là )?[\"'“]?(?P<behind>[\w./-]+)|"
    r"(?P<before>[\w./-]+)[\"'”]?\s(?:flow|deployment|workflow|pipeline)\b|\b(?P<path>[\w-]+/[\w-]+)\b"
)
_SHORT = 4
_NO_FLOW = {
    "the",
    "a",
    "this",
    "that",
    "for",
    "now",
    "please",
    "run",
    "trigger",
    "start",
    "chạy",
    "chay",
    "our",
    "new",
}


def marks_room(bench: Bench, clause: Clause) -> bool:
    """Whether a clause sets a room's status."""
    if "mark" not in clause.verbs:
        return False
    is_told = len(clause.tokens) <= _SHORT and any(told.has(*_STATUSES) for told in bench.background)
    return is_told or clause.has(*_STATUSES, "vacant", "ready", "status")


def mark(bench: Bench, clause: Clause, subject: Subject) -> None:
    """
    Set the status of a room, or of several, each to the one behind its number.

    Raises:
        Missing: The room or its status is not said.
    """
    cues = sorted(
        (cue for cue in clause.cues if cue.label in _STATUSES and cue.first >= clause.verb_at),
        key=lambda cue: cue.first,
    )
    found = [_STATUSES[cue.label] for cue in _apart(cues)]
    for told in reversed(bench.background):  # "room 803 turned out dirty, mark it"
        found = found or [_STATUSES[cue.label] for cue in told.cues if cue.label in _STATUSES][-1:]
    if not found and clause.has("ready"):
        found = [RoomStatus.CLEAN]
    if not found:
        raise Missing("status", tuple(each.value for each in RoomStatus))
    rooms = list(bench.rooms(subject))
    note = _NOTE.search(bench.words_of(clause).lower())
    text = bench.words_of(clause)
    said = text[note.start("note") :].strip(" .") if note else None
    spots = dict(zip(subject.rooms, subject.spots, strict=True))
    for room in rooms:
        behind = [
            _STATUSES[cue.label] for cue in cues if len(rooms) > 1 and cue.start > spots.get(str(room), len(text))
        ]
        status = behind[0] if behind else found[-1]
        _forget(bench, room)
        bench.add(ActionName.UPDATE_ROOM_STATUS, room_number=room, status=status.value, note=said)


def _forget(bench: Bench, room: object) -> None:
    """ "305 is done, set it to inspected": the later status is the one that is meant."""
    for step in list(bench.steps.made):
        is_same = step.action is ActionName.UPDATE_ROOM_STATUS and step.arguments.get("room_number") == room
        if is_same and not step.when and not bench.when:
            bench.steps.drop(step)


def _apart(cues: list[Cue]) -> list[Cue]:
    """Without those that begin inside another: "clean" of "not clean"."""
    kept: list[Cue] = []
    for cue in cues:
        if not (kept and cue.first <= kept[-1].last):
            kept.append(cue)
    return kept


def wake(bench: Bench, clause: Clause, subject: Subject) -> None:
    """
    Schedule a wake-up call for each room; several times go to several rooms in order.

    Raises:
        Missing: The room or the time is not said.
    """
    rooms = list(bench.rooms(subject))
    now = bench.instruction.now or _now(bench)
    times = moments(clause.piece, subject, now)
    if not times:
        raise Missing("time")
    several = len(times) == len(rooms)
    for place, room in enumerate(rooms):
        at = times[place] if several else times[0]
        bench.add(ActionName.SCHEDULE_WAKE_UP_CALL, room_number=room, at=at.isoformat())


def _now(bench: Bench) -> dt.datetime:
    """The clock's time on the hotel's day."""
    clock = dt.datetime.now(bench.router.zone)
    return dt.datetime.combine(bench.today, clock.time(), bench.router.zone)


def index(bench: Bench) -> None:
    """Index the hotel's documents."""
    bench.add(ActionName.INDEX_KNOWLEDGE_BASE)


def run(bench: Bench, clause: Clause) -> None:
    """
    Run a deployment.

    Raises:
        Missing: It is not named.
    """
    text = bench.words_of(clause)
    for match in _FLOW.finditer(text.lower()):
        group = next(name for name in ("behind", "before", "path") if match[name])
        name = text[match.start(group) : match.end(group)].strip(".")
        if name.lower() not in _NO_FLOW and re.search(r"[^\W\d]", name):
            bench.add(ActionName.RUN_FLOW, deployment=name)
            return
    name = re.sub(
        r"(?i)^(?:the|a|our)\s+|\s+(?:now|please|again)$", "", text[clause.tokens[clause.verb_at].end :].strip(" ,.")
    )
    if not name or clause.has("flow"):
        raise Missing("deployment")
    bench.add(ActionName.RUN_FLOW, deployment=name[:200])
