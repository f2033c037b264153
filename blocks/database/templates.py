"""A hotel's own templates, in the database: versions that are kept, and the one of each kind that is in use."""

import datetime as dt
import hashlib
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.audit import record
from innkeeper.blocks.database.template_models import ActiveTemplateRow, TemplateVersionRow
from innkeeper.schemas.errors import Conflict, NotFound
from innkeeper.schemas.message_templates import StoredTemplate, TemplateVersion
from innkeeper.schemas.messages import MessageKind, MessageLanguage

_VERSION_DIGITS = 12  # as `templates.rendering` has it
_Row, _Active = TemplateVersionRow, ActiveTemplateRow


async def save_template(
    session: AsyncSession,
    kind: MessageKind,
    language: MessageLanguage,
    source: str,
    *,
    comment: str,
    saved_by: str,
    now: dt.datetime,
    based_on: int | None = None,
) -> TemplateVersion:
    """
    Keep a new version and put it in use; the source that is in use already changes nothing.

    Args:
        session: From `Database.writing()`.
        kind: Of the template.
        language: Of the template.
        source: It has been checked, and is `normalised`.
        comment: What was changed and why.
        saved_by: As the audit log names a principal.
        now: Aware.
        based_on: The number that was in use when the change began, 0 for none; any when absent.

    Raises:
        Conflict: Another one is in use than `based_on`.
    """
    active = await _locked(session, kind, language)
    if based_on is not None and based_on != active:
        raise Conflict(
            f"{_name(kind, language)}: version {active} is in use, not {based_on}; look at it, then save again"
        )
    if active:
        found = await find_template(session, kind, language, active)
        if found.source == source:
            return found.version
    newest = select(func.max(_Row.number)).where(_Row.kind == kind.value, _Row.language == language)
    row = _Row(
        kind=kind.value,
        language=language,
        number=(await session.scalar(newest) or 0) + 1,
        replaced=active,
        source=source,
        template_version=hashlib.sha256(source.encode()).hexdigest()[:_VERSION_DIGITS],
        comment=comment,
        saved_by=saved_by,
        saved_at=now,
    )
    session.add(row)
    await session.flush()
    await _put_in_use(session, kind, language, row.number, action="template.save", by=saved_by)
    return _version(row, row.number)


async def roll_back_template(
    session: AsyncSession, kind: MessageKind, language: MessageLanguage, *, to: int | None = None, rolled_back_by: str
) -> int:
    """
    Put an earlier version in use.

    Args:
        session: From `Database.writing()`.
        kind: Of the template.
        language: Of the template.
        to: Its number, 0 for none at all; what the version in use replaced when absent.
        rolled_back_by: As the audit log names a principal.

    Returns:
        The number that is in use now; 0 when the folder's or the packaged template is.

    Raises:
        Conflict: `to` is absent and there is none in use.
        NotFound: There is no such version.
    """
    active = await _locked(session, kind, language)
    if to is None:
        if not active:
            raise Conflict(f"{_name(kind, language)}: no version of the database is in use; say to which one to go")
        to = (await find_template(session, kind, language, active)).version.replaced
    elif to:
        await find_template(session, kind, language, to)
    if to != active:
        await _put_in_use(session, kind, language, to, action="template.rollback", by=rolled_back_by)
    return to


async def find_template(
    session: AsyncSession, kind: MessageKind, language: MessageLanguage, number: int
) -> StoredTemplate:
    """A version with its source; raises `NotFound`."""
    query = _versions(_Row.kind == kind.value, _Row.language == language, _Row.number == number)
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound(f"{_name(kind, language)} has no version {number}; its history shows those that there are")
    return _stored(*row)


async def template_history(
    session: AsyncSession, kind: MessageKind, language: MessageLanguage
) -> list[TemplateVersion]:
    """All versions, newest first."""
    query = _versions(_Row.kind == kind.value, _Row.language == language).order_by(_Row.number.desc())
    return [_version(*row) for row in await session.execute(query)]


async def active_templates(session: AsyncSession) -> Sequence[StoredTemplate]:
    """What is in use, by kind and language."""
    query = _versions(_Row.number == _Active.number).order_by(_Row.kind, _Row.language)
    return [_stored(*row) for row in await session.execute(query)]


async def _locked(session: AsyncSession, kind: MessageKind, language: MessageLanguage) -> int:
    """The number in use; until the transaction ends, nobody else changes it or adds a version."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    await session.execute(
        dialect.insert(_Active).values(kind=kind.value, language=language, number=0).on_conflict_do_nothing()
    )
    row = select(_Active.number).where(_Active.kind == kind.value, _Active.language == language)
    return await session.scalar(row.with_for_update()) or 0


async def _put_in_use(
    session: AsyncSession, kind: MessageKind, language: MessageLanguage, number: int, *, action: str, by: str
) -> None:
    row = update(_Active).where(_Active.kind == kind.value, _Active.language == language)
    await session.execute(row.values(number=number))
    record(session, principal=by, action=action, subject=f"template:{kind}_{language}", details={"version": number})


def _versions(*conditions: ColumnElement[bool]) -> "Select[TemplateVersionRow, int]":
    """Versions, each with the number that is in use of its kind and language."""
    same = and_(_Active.kind == _Row.kind, _Active.language == _Row.language)
    return select(_Row, _Active.number).join(_Active, same, isouter=True).where(*conditions)


def _version(row: TemplateVersionRow, active: int | None) -> TemplateVersion:
    fields = {name: getattr(row, name) for name in TemplateVersion.model_fields if name != "is_active"}
    return TemplateVersion.model_validate({**fields, "is_active": row.number == active})


def _stored(row: TemplateVersionRow, active: int | None) -> StoredTemplate:
    return StoredTemplate(version=_version(row, active), source=row.source)


def _name(kind: MessageKind, language: MessageLanguage) -> str:
    return f"template {kind}/{language}"
