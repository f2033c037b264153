"""Steps that tell prices and free rooms."""

import datetime as dt

from innkeeper.engine.planning.understanding_bench import Bench
from innkeeper.engine.planning.understanding_steps import Made
from innkeeper.engine.planning.understanding_subjects import Subject
from innkeeper.engine.planning.understanding_words import Missing
from innkeeper.schemas.actions import ActionName


def pricing(bench: Bench, subject: Subject, room_type: str | None = None) -> Made:
    """
    The step that tells a price.

    Raises:
        Missing: Of which room type is not said, or the day does not exist.
    """
    name = room_type or (subject.types[0] if subject.types else bench.focus.room_type)
    if name is None:
        raise Missing("room_type", bench.words.room_types)
    start, _, nights = _stay(bench, subject)
    return bench.read(ActionName.GET_CURRENT_PRICING, room_type=name, date=_day(start), nights=nights)


def availability(bench: Bench, subject: Subject, room_type: str | None = None) -> Made:
    """The step that tells which rooms are free; raises as `pricing` does where the day does not exist."""
    name = room_type or (subject.types[0] if subject.types else bench.focus.room_type)
    start, end, _ = _stay(bench, subject)
    return bench.read(
        ActionName.FIND_AVAILABLE_ROOMS, check_in_date=_day(start), check_out_date=_day(end), room_type=name
    )


def _stay(bench: Bench, subject: Subject) -> tuple[dt.date | None, dt.date | None, int | None]:
    stay = subject.stay if subject.stay.is_named or subject.stay.is_impossible else bench.focus.stay
    if stay is None:
        return None, None, None
    if stay.is_impossible:
        raise Missing("date")
    start = stay.start or (bench.today if stay.nights else None)
    end = stay.end or (start + dt.timedelta(stay.nights) if start and stay.nights else None)
    return start, end, stay.nights


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
