"""Incidents and silences on both databases: numbers without gaps, and who changes one at once is told."""

import asyncio
import datetime as dt

import pytest
from sqlalchemy import select

from innkeeper.blocks.database.alert_outbox import NewAlert, active_alerts, add_alerts, alerts_of
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.incidents import (
    StoredIncident,
    find_incident,
    list_incidents,
    open_incidents,
    save_incident,
    save_incidents,
)
from innkeeper.blocks.database.models import AuditEntry
from innkeeper.blocks.database.silences import active_silences, add_silence, end_silence, list_silences
from innkeeper.schemas.errors import Conflict, InputInvalid, NotFound
from innkeeper.schemas.incidents import Alert, AlertEvent, Incident, IncidentStatus
from innkeeper.schemas.logs import FindingKind, Severity

NOW = dt.datetime(2026, 1, 17, 8, 30, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(minutes=5)
PENDING, OPEN, RESOLVED = IncidentStatus.PENDING, IncidentStatus.OPEN, IncidentStatus.RESOLVED


def incident(name: str = "a", status: IncidentStatus = OPEN, **more: object) -> Incident:
    values: dict[str, object] = {
        "id": None,
        "fingerprint": name * 32,
        "kind": FindingKind.ERROR_SPIKE,
        "service": "cv",
        "severity": Severity.HIGH,
        "status": status,
        "title": f"cv: {name}",
        "started_at": NOW,
        "opened_at": None if status is PENDING else NOW,
        "last_seen_at": NOW,
    }
    return Incident.model_validate(values | more)


async def save(database: Database, *changed: Incident, known: list[StoredIncident] | None = None) -> list[Incident]:
    async with database.writing() as session:
        return await save_incidents(session, known or [], changed)


async def still_open(database: Database) -> list[StoredIncident]:
    async with database.reading() as session:
        return await open_incidents(session)


async def test_an_incident_comes_back_as_it_was_and_has_a_number(database: Database) -> None:
    given = incident(title="cv: \x00 \x1b[31m khuôn mặt %s {0}", service="cv\x00" + "x" * 300)
    (saved,) = await save(database, given)
    assert saved == given.model_copy(update={"id": "INC-2026-001"})
    async with database.reading() as session:
        assert (await find_incident(session, "INC-2026-001")).incident == saved
        assert await list_incidents(session, service=given.service) == [saved]
        with pytest.raises(NotFound, match="INC-2026-002"):
            await find_incident(session, "INC-2026-002")


async def test_a_pending_incident_gets_its_number_when_it_is_opened_and_none_when_it_never_is(
    database: Database,
) -> None:
    waiting = await save(database, incident("a", PENDING), incident("b", PENDING))
    assert [each.id for each in waiting] == [None, None]
    known = await still_open(database)
    changed = [incident("b"), incident("a", RESOLVED, opened_at=None)]
    opened, forgotten = await save(database, *changed, known=known)
    assert (opened.id, forgotten.id) == ("INC-2026-001", None)
    assert [each.incident for each in await still_open(database)] == [opened]


async def test_an_incident_that_opened_and_ended_since_the_last_sweep_has_a_number(database: Database) -> None:
    (ended,) = await save(database, incident("a", RESOLVED))
    async with database.reading() as session:
        assert (await find_incident(session, "INC-2026-001")).incident == ended
    assert await still_open(database) == []


async def test_of_two_who_change_an_incident_at_once_the_second_is_told(database: Database) -> None:
    await save(database, incident())
    (known,) = await still_open(database)

    async def change(status: IncidentStatus) -> Incident | Conflict:
        try:
            async with database.writing() as session:
                return await save_incident(session, known, known.incident.model_copy(update={"status": status}))
        except Conflict as error:
            return error

    results = await asyncio.gather(*(change(each) for each in (RESOLVED, IncidentStatus.ACKNOWLEDGED)))
    (winner,) = (each for each in results if isinstance(each, Incident))
    async with database.reading() as session:
        found = await find_incident(session, "INC-2026-001")
    assert found.incident == winner
    assert found.version == 2


async def test_numbers_have_no_gaps_also_when_many_open_at_once_and_some_fail(database: Database) -> None:
    async def open_one(place: int) -> str | None:
        async with database.writing() as session:
            saved = await save_incidents(session, [], [incident(fingerprint=f"{place:032x}")])
            if place % 3 == 0:
                await session.rollback()
        return saved[0].id if place % 3 else None

    ids = [each for each in await asyncio.gather(*(open_one(place) for place in range(12))) if each]
    assert sorted(ids) == [f"INC-2026-{number:03d}" for number in range(1, 9)]


async def test_numbers_begin_anew_each_year_of_the_hotel(database: Database) -> None:
    new_year = dt.datetime(2026, 12, 31, 20, tzinfo=dt.UTC)
    hanoi = dt.timezone(dt.timedelta(hours=7))
    async with database.writing() as session:
        saved = await save_incidents(session, [], [incident("a", opened_at=new_year), incident("b")], zone=hanoi)
    assert [each.id for each in saved] == ["INC-2027-001", "INC-2026-001"]


async def test_sweeps_that_open_the_same_incident_at_once_open_it_once(database: Database) -> None:
    async def open_it() -> str:
        try:
            return str((await save(database, incident()))[0].id)
        except Conflict:
            return "conflict"

    results = await asyncio.gather(*(open_it() for _ in range(4)))
    assert sorted(results) == ["INC-2026-001", "conflict", "conflict", "conflict"]


async def test_after_an_incident_is_resolved_the_same_may_be_opened_anew_or_again(database: Database) -> None:
    await save(database, incident())
    (known,) = await still_open(database)
    over = known.incident.model_copy(update={"status": RESOLVED, "resolved_at": LATER})
    await save(database, over, known=[known])
    assert await still_open(database) == []
    async with database.reading() as session:
        (recent,) = await open_incidents(session, resolved_since=NOW)
        assert await open_incidents(session, resolved_since=LATER + dt.timedelta(seconds=1)) == []
    (second,) = await save(database, incident())
    assert second.id == "INC-2026-002"
    with pytest.raises(Conflict):  # one fingerprint is one incident
        await save(database, recent.incident.model_copy(update={"status": OPEN}), known=[recent])


async def test_incidents_are_listed_latest_first_and_by_what_is_asked(database: Database) -> None:
    entries = [
        incident("a", last_seen_at=NOW),
        incident("b", last_seen_at=LATER, service="payments"),
        incident("c", IncidentStatus.SUPPRESSED),
        incident("d", PENDING),
    ]
    await save(database, *entries)
    async with database.reading() as session:
        assert [each.title for each in await list_incidents(session)] == ["cv: b", "cv: c", "cv: a"]
        assert [each.title for each in await list_incidents(session, status=PENDING)] == ["cv: d"]
        assert [each.title for each in await list_incidents(session, since=LATER)] == ["cv: b"]
        assert [each.title for each in await list_incidents(session, service="cv", limit=1)] == ["cv: c"]


def words(about: Incident, event: AlertEvent, alert_id: str) -> Alert:
    return Alert(
        id=alert_id,
        incident_id=str(about.id),
        event=event,
        deduplication_key=str(about.id),
        severity=about.severity,
        service=about.service,
        kind=about.kind,
        summary=about.title,
        text="\x00",
        occurred_at=NOW,
    )


async def test_active_alerts_are_open_incidents_with_the_first_that_was_told(database: Database) -> None:
    saved = await save(database, incident("a"), incident("b"), incident("c", RESOLVED), incident("d", PENDING))
    async with database.writing() as session:
        new = [NewAlert(saved[0], AlertEvent.OPENED), NewAlert(saved[0], AlertEvent.ESCALATED)]
        alerts = await add_alerts(session, new, compose=words, targets=[], now=NOW)
        with pytest.raises(InputInvalid, match="pending"):
            await add_alerts(session, [NewAlert(saved[3], AlertEvent.OPENED)], compose=words, targets=[], now=NOW)
    async with database.reading() as session:
        active = await active_alerts(session)
        assert [(each.alert_id, each.incident) for each in active] == [("ALERT-001", saved[0]), (None, saved[1])]
        assert await alerts_of(session, "INC-2026-001") == alerts


async def test_a_silence_holds_from_its_start_to_its_end_and_can_be_ended(database: Database) -> None:
    async with database.writing() as session:
        kept = await add_silence(
            session, starts_at=NOW, ends_at=LATER, reason="new cameras", created_by="key:3", service="cv"
        )
        planned = await add_silence(
            session, starts_at=LATER, ends_at=LATER + dt.timedelta(hours=1), reason="upgrade", created_by="key:3"
        )
    async with database.reading() as session:
        assert await active_silences(session, NOW) == [kept]
        assert await active_silences(session, LATER) == [planned]
        assert await active_silences(session, NOW - dt.timedelta(seconds=1)) == []
        assert await list_silences(session, ends_after=NOW) == [kept, planned]
    async with database.writing() as session:
        ended = await end_silence(session, kept.id, ended_by="key:4", now=NOW + dt.timedelta(minutes=1))
        await end_silence(session, planned.id, ended_by="key:4", now=NOW + dt.timedelta(minutes=1))
        assert await end_silence(session, kept.id, ended_by="key:5", now=LATER) == ended
        with pytest.raises(NotFound):
            await end_silence(session, "sil_none", ended_by="key:4", now=NOW)
    async with database.reading() as session:
        assert await active_silences(session, NOW + dt.timedelta(minutes=2)) == []
        assert await active_silences(session, LATER) == []
        actions = (await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))).all()
    assert list(actions) == ["silence.add", "silence.add", "silence.end", "silence.end"]


async def test_a_silence_that_ends_before_it_starts_is_refused(database: Database) -> None:
    async with database.writing() as session:
        for wrong in ({"ends_at": NOW}, {"reason": "x" * 501}, {"reason": ""}):
            values = {"starts_at": NOW, "ends_at": LATER, "reason": "r", "created_by": "key:3"} | wrong
            with pytest.raises(InputInvalid):
                await add_silence(session, **values)  # type: ignore[arg-type] # one wrong value each
