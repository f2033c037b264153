"""The questions of `assistant_understanding_cases.tsv` and how a plan is compared with what is expected of it."""

import datetime as dt
from pathlib import Path
from typing import Any, NamedTuple

from innkeeper.engine.assistant.plan import Fact, Focus, HotelWords, Plan, PlannedCall
from innkeeper.engine.assistant.understanding import understand
from innkeeper.engine.entities.source import word_set

TODAY = dt.date(2025, 1, 17)  # a Friday
TOOLS = {
    "S": "get_room_status",
    "L": "lookup_booking",
    "P": "get_current_pricing",
    "F": "find_available_rooms",
    "K": "get_checkout_policy",
    "W": "who_to_contact",
}
FACTS = {fact.value for fact in Fact}
HOTELS = {
    "A": HotelWords(
        room_numbers=frozenset(f"{floor}0{door}" for floor in range(1, 10) for door in range(1, 9)),
        room_types=("standard", "deluxe", "suite", "villa"),
        guest_names=word_set(
            "tanaka|yamamoto|keiko|nguyen|van|an|tran|thi|bich|lan|mai|hoang|minh|le|oliver|bennett|daniel|whitaker|priya|"
            "raman|ngo|thanh|tung|hoa|pham|thu|ha|thomas|muller|michael|o'connor|park"
        ),
        booking_ids=frozenset({"bk-2025-0116-004", "bk-2025-001", "bk-1", "bk-2", "bk-3"}),
    ),
    "B": HotelWords(
        room_numbers=frozenset({f"B{door}" for door in range(1, 21)} | {"H1", "H2", "H3", "201", "205", "206", "301"}),
        room_types=("Garden Bungalow", "Premier Twin", "Family Loft", "Riverside Suite", "Heritage Double"),
        guest_names=word_set("dubois|camille|tran|quang|huy"),
        booking_ids=frozenset({"lod-77120"}),
    ),
    "C": HotelWords(
        room_numbers=frozenset(f"{floor}{door:02d}" for floor in (1, 2, 3) for door in range(1, 15)),
        room_types=("Hillside Double", "Forest Twin", "Lake Suite", "Family Lodge", "Treehouse"),
        guest_names=word_set(
            "lindqvist|grace|hall|jack|long|william|may|do|ly|gia|han|quang|huy|tran|mai|an|ho|ngoc|khoi|pham|thi|hoi"
        ),
        spelt_names=word_set(
            "lindqvist|grace|hall|jack|long|william|may|đỗ|lý|gia|hân|quang|huy|trần|mai|an|hồ|ngọc|khôi|phạm|thị|hội"
        ),
    ),
}
_FOCUS = {"room": "room_number", "booking": "booking_id", "guest": "guest_name", "type": "room_type", "q": "question"}


class Case(NamedTuple):
    """A line of the file."""

    name: str
    hotel: HotelWords
    focus: Focus
    question: str
    expected: str

    @property
    def is_held_out(self) -> bool:
        """The half that is not looked at while the rules are written."""
        return int(self.name[1:]) % 2 == 0


def read_cases() -> list[Case]:
    """All cases in order."""
    lines = Path(__file__).with_suffix(".tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return [
        Case(name, HOTELS[hotel], _focus(focus), question, expected) for name, hotel, focus, question, expected in rows
    ]


def planned(case: Case) -> Plan:
    """What is understood of a case."""
    return understand(case.question, today=TODAY, hotel=case.hotel, focus=case.focus)


def mistakes(case: Case, plan: Plan) -> list[str]:
    """What is wrong with a plan; nothing when it is as expected."""
    found: list[str] = []
    calls = list(plan.calls)
    document: str | None = None
    for wanted in case.expected.split(" ; "):
        kind, _, rest = wanted.partition(" ")
        if kind[0] in "DKW" and plan.document_question is None:
            found.append("no document question")
        if kind[0] == "D":
            document = kind[1:]
        elif kind == "?" and plan.clarification != rest:
            found.append(f"clarification {plan.clarification}")
        elif kind == "C" and plan.courtesy != rest:
            found.append(f"courtesy {plan.courtesy}")
        elif kind in TOOLS:
            match = next((call for call in calls if _fits(call, kind, rest)), None)
            if match is None:
                found.append(f"no {wanted}")
            else:
                calls.remove(match)
    found += [f"unasked {call}" for call in calls]
    question = plan.document_question or ""
    if document and (document[1:] in question) is not (document[0] == "~"):
        found.append(f"document question {question!r}")
    if case.expected[0] in "SLPF" and " ; D" not in case.expected and question:
        found.append(f"unasked document question {question!r}")
    return found


def _focus(written: str) -> Focus:
    values: dict[str, Any] = {}
    for pair in filter(None, written.split(";")):
        key, _, value = pair.partition("=")
        values[_FOCUS.get(key, key)] = value
    if "q" in written[:1]:
        values["tool"] = "search_knowledge_base"
    if "facts" in values:
        values["facts"] = tuple(Fact(fact) for fact in values["facts"].split(","))
    if "choices" in values:
        values["choices"] = tuple(values["choices"].split(","))
    if "date" in values:
        values |= {"date": dt.date.fromisoformat(values["date"]), "nights": int(values["nights"])}
    return Focus(**values)


def _fits(call: PlannedCall, kind: str, rest: str) -> bool:
    """`rest` is "name=value,… fact,…"; a room of `S` is its number alone; "@name" is taken from an earlier call."""
    if call.tool != TOOLS[kind]:
        return False
    wanted, _, facts = rest.rpartition(" ") if set(rest.split(" ")[-1].split(",")) <= FACTS else (rest, "", "")
    for taken in (word for word in wanted.split() if word.startswith("@")):
        wanted = wanted.replace(taken, "").strip()
        if taken[1:] not in call.takes:
            return False
    if kind == "S" and wanted:
        wanted = f"room_number={wanted}"
    pairs = dict(pair.split("=", 1) for pair in wanted.split(",") if pair)
    has_all = all(str(call.arguments.get(name)) == value for name, value in pairs.items())
    return has_all and {Fact(fact) for fact in facts.split(",") if fact} <= set(call.facts)
