"""Words for the state of a room."""

from collections.abc import Sequence

from innkeeper.engine.assistant.formats import Language, quoted, sentence
from innkeeper.engine.assistant.phrases_sentences import say, whole
from innkeeper.engine.assistant.plan import Fact
from innkeeper.engine.assistant.told import Told
from innkeeper.schemas.hotel import RoomStatus
from innkeeper.schemas.tools import RoomFacts

_NOTE_WORDS = 24
# A room in one of these states cannot be ready, whatever its flag says.
_NEVER_READY = frozenset({RoomStatus.DIRTY, RoomStatus.OCCUPIED, RoomStatus.OUT_OF_ORDER})
_STATE = frozenset({Fact.ROOM_STATUS, Fact.READY})
_ASKED = (*_STATE, Fact.ROOM_NOTE, Fact.ROOM_TYPE, Fact.FLOOR)
_FIELDS = {Fact.ROOM_NOTE: "note", Fact.ROOM_TYPE: "room_type", Fact.FLOOR: "floor"}


def tell_room(room: RoomFacts, facts: Sequence[Fact], language: Language, *, answers: bool = True) -> Told:
    """
    What is asked of a room.

    Args:
        room: What the tool gave.
        facts: Most wanted first; its state when none of them is one of a room.
        language: Of the text.
        answers: The text opens the answer, so that a yes or no may begin it.
    """
    told = Told(doubt=room.ready_for_guest and room.status in _NEVER_READY)
    asked = [fact for fact in facts if fact in _ASKED] or [Fact.ROOM_STATUS]
    state_told = False
    for fact in asked:
        if fact in _STATE:
            if not state_told:  # "is it ready" and "in what state is it" have one answer
                told.sentences += _state(room, fact, language, answers=answers and fact is asked[0])
            state_told = True
        elif _FIELDS[fact] in room.withheld:
            told.withheld.append(_FIELDS[fact])
        else:
            _tell_field(told, room, fact, language)
    note_told = Fact.ROOM_NOTE in asked or not state_told or room.ready_for_guest
    if room.note and not note_told:  # why it is not ready
        told.sentences.append(whole("note", language, note=quoted(room.note, _NOTE_WORDS)))
    if told.withheld and not told.sentences:
        told.context += _state(room, Fact.ROOM_STATUS, language, answers=False)
    return told


def _state(room: RoomFacts, fact: Fact, language: Language, *, answers: bool) -> list[str]:
    number = room.room_number
    if room.ready_for_guest and room.status in _NEVER_READY:
        reason = say(f"reason_{room.status}", language)
        return [whole("ready_doubt", language, room=number, reason=reason)]
    if fact is Fact.READY:
        return [sentence(_readiness(room, language, answers=answers))]
    if room.ready_for_guest:
        key = "status_ready"
    elif room.status is RoomStatus.DIRTY:
        key = "status_not_ready"
    else:
        key = "status" if room.status in _NEVER_READY else "status_but_not_ready"
    return [whole(key, language, room=number, state=say(f"state_{room.status}", language))]


def _readiness(room: RoomFacts, language: Language, *, answers: bool) -> str:
    number = room.room_number
    if room.status is RoomStatus.OUT_OF_ORDER:
        text, opening = say("ready_out", language, room=number), "no"
    elif room.ready_for_guest:
        text = say("ready_yes", language, room=number, reason=say(f"reason_{room.status}", language))
        opening = "yes"
    else:
        unready = "" if room.status in _NEVER_READY else "_not"
        text = say("ready_no", language, room=number, reason=say(f"reason_{room.status}{unready}", language))
        opening = "not_yet"
    return say(opening, language, rest=text) if answers else text


def _tell_field(told: Told, room: RoomFacts, fact: Fact, language: Language) -> None:
    number = room.room_number
    if fact is Fact.ROOM_NOTE and room.note is None:
        told.sentences.append(whole("note_none", language, room=number))  # known: there is none
    elif fact is Fact.ROOM_NOTE:
        if room.status is RoomStatus.OUT_OF_ORDER and not told.sentences:
            told.sentences += _state(room, Fact.ROOM_STATUS, language, answers=False)
        told.sentences.append(whole("note_of", language, room=number, note=quoted(room.note or "", _NOTE_WORDS)))
    elif fact is Fact.ROOM_TYPE and room.room_type:
        told.sentences.append(whole("type_of", language, room=number, type=room.room_type))
    elif fact is Fact.FLOOR and room.floor is not None:
        told.sentences.append(whole("floor_of", language, room=number, floor=room.floor))
    else:
        label = say(f"label_{_FIELDS[fact]}", language)
        told.missing.append(whole("room_field_none", language, room=number, label=label))
