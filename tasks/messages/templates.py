"""A hotel's own templates: from the database or a folder, checked, and otherwise the packaged ones."""

import asyncio
import datetime as dt
import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.templates import active_templates, roll_back_template, save_template
from innkeeper.engine.locale import FILTERS
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.errors import InputInvalid, NotAllowed, NotConfigured
from innkeeper.schemas.hotel_profile import HotelProfile
from innkeeper.schemas.message_samples import SAMPLE_PROFILE, SAMPLES
from innkeeper.schemas.message_templates import (
    MAX_COMMENT_CHARS,
    StoredTemplate,
    TemplateInUse,
    TemplateOrigin,
    TemplateVersion,
    normalised,
)
from innkeeper.schemas.message_values import visible
from innkeeper.schemas.messages import DraftRequest, MessageKind, MessageLanguage
from innkeeper.tasks.messages.hotel import hotel_of_messages, packaged_templates
from innkeeper.tasks.messages.template_folder import FolderFile, read_folder
from innkeeper.tasks.messages.template_limits import limits_problems
from innkeeper.templates.rendering import (
    LANGUAGES,
    VERSION_DIGITS,
    Rendered,
    TemplateSet,
    check_template,
    packaged_source,
)

_EDITORS = frozenset({Role.MANAGER, Role.SERVICE})
_CHECKS_KEPT = 512  # sources whose problems are remembered
_SETS_KEPT = 8  # compiled template sets

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class OwnTemplate:
    """A template of the hotel's own; it is used when it has no problems and no other comes before it."""

    kind: MessageKind
    language: MessageLanguage
    origin: TemplateOrigin
    source: str
    problems: tuple[str, ...]
    saved: TemplateVersion | None = None


def check_may_edit(principal: Principal) -> None:
    """Raise `NotAllowed` unless the principal may change templates, or have one of its own tried."""
    if principal.role not in _EDITORS:
        raise NotAllowed("Only a manager or a service may change templates.")


@lru_cache(maxsize=_CHECKS_KEPT)
def template_problems(source: str, kind: MessageKind, language: MessageLanguage) -> tuple[str, ...]:
    """Everything that keeps a template from being used; some ten milliseconds, once for each source."""
    try:
        found = limits_problems(source) or check_template(source, kind, language, filters=FILTERS)
    except (RecursionError, SyntaxError):  # Jinja's parser is recursive, and what it writes is Python
        found = ["conditions or brackets are nested too deeply"]
    return tuple(found)


async def problems_of(source: str, kind: MessageKind, language: MessageLanguage) -> tuple[str, ...]:
    """`template_problems`, in a thread: a source that was never seen before takes its time."""
    return await asyncio.to_thread(template_problems, source, kind, language)


async def own_templates(database: Database, folder: Path | None) -> list[OwnTemplate]:
    """
    What the hotel has of its own, checked; what comes first wins.

    Args:
        database: The hotel's.
        folder: `settings.templates_path`.

    Raises:
        NotConfigured: The folder cannot be read.
        DatabaseUnavailable: The database does not answer.
    """
    async with database.reading() as session:
        stored = await active_templates(session)
    return await asyncio.to_thread(_own, stored, folder)  # a new source takes time to check, and files to read


async def hotel_templates(database: Database, folder: Path | None) -> TemplateSet:
    """
    The templates that messages are made from: of the database, else of the folder, else the packaged ones.

    One that has problems is left aside, with a warning in the log: a mistake in one file stops no message.

    Args:
        database: The hotel's.
        folder: `settings.templates_path`.
    """
    usable = _usable(await own_templates(database, folder))
    if not usable:
        return packaged_templates()
    return _loaded(tuple((str(own.kind), own.language, own.source) for own in usable))


async def templates_in_use(database: Database, folder: Path | None) -> list[TemplateInUse]:
    """Every kind and language, with where its template comes from."""
    return _in_use(await own_templates(database, folder))


async def template_in_use(
    database: Database, folder: Path | None, kind: MessageKind, language: MessageLanguage
) -> tuple[TemplateInUse, str]:
    """One of `templates_in_use`, and its source."""
    own = [each for each in await own_templates(database, folder) if (each.kind, each.language) == (kind, language)]
    found = next(each for each in _in_use(own) if (each.kind, each.language) == (kind, language))
    usable = _usable(own)
    return found, usable[0].source if usable else packaged_source(kind, language)


async def save_checked(
    database: Database,
    kind: MessageKind,
    language: MessageLanguage,
    source: str,
    *,
    comment: str,
    saved_by: str,
    based_on: int | None = None,
) -> TemplateVersion:
    """
    Save a template as a new version and use it from now on, in every process.

    Raises:
        InputInvalid: It has problems, each of which is in `problems`; nothing is saved.
        Conflict: Another version is in use than `based_on`.
    """
    comment = visible(comment)
    if not 0 < len(comment) <= MAX_COMMENT_CHARS:
        raise InputInvalid(f"the comment must say, in at most {MAX_COMMENT_CHARS} characters, what was changed and why")
    text = normalised(source)
    await _checked(text, kind, language, "cannot be saved")
    now = dt.datetime.now(dt.UTC)
    async with database.writing() as session:
        return await save_template(
            session, kind, language, text, comment=comment, saved_by=saved_by, now=now, based_on=based_on
        )


async def roll_back(
    database: Database,
    kind: MessageKind,
    language: MessageLanguage,
    *,
    to: int | None = None,
    rolled_back_by: str,
) -> int:
    """As `roll_back_template`, in a transaction of its own."""
    async with database.writing() as session:
        return await roll_back_template(session, kind, language, to=to, rolled_back_by=rolled_back_by)


async def preview(
    database: Database, folder: Path | None, request: DraftRequest, *, source: str | None = None, timezone: str
) -> Rendered:
    """
    A message as it would be, of the hotel that is in use; nothing is kept, and no model is asked.

    Args:
        database: The hotel's.
        folder: `settings.templates_path`.
        request: Without variables, a sample message of its kind.
        source: A template to try; the one in use when absent.
        timezone: Of a hotel whose file names none.

    Raises:
        InputInvalid: The template, or a variable, cannot be used.
    """
    if source is None:
        templates = await hotel_templates(database, folder)
    else:
        text = normalised(source)
        await _checked(text, request.kind, request.language, "cannot be shown")
        templates = _loaded(((str(request.kind), request.language, text),))
    if not request.variables:
        request = request.model_copy(update={"variables": dict(SAMPLES[request.language][request.kind])})
    return templates.render(request, await _profile(database, timezone), now=dt.datetime.now(dt.UTC))


async def _checked(source: str, kind: MessageKind, language: MessageLanguage, cannot: str) -> None:
    problems = list(await problems_of(source, kind, language))
    if problems:
        raise InputInvalid(f"The template {kind}/{language} {cannot}: {'; '.join(problems)}", problems=problems)


async def _profile(database: Database, timezone: str) -> HotelProfile:
    try:
        return (await hotel_of_messages(database, timezone)).profile
    except NotConfigured:  # no hotel has been imported yet
        return SAMPLE_PROFILE


@lru_cache(maxsize=_SETS_KEPT)
def _loaded(own: tuple[tuple[str, str, str], ...]) -> TemplateSet:
    """The packaged templates and, in the place of some, sources that have been checked."""
    sources = {(kind, language): source for kind, language, source in own}
    return TemplateSet({**packaged_templates().sources, **sources}, FILTERS)


def _own(stored: Sequence[StoredTemplate], folder: Path | None) -> list[OwnTemplate]:
    found = [_of_database(each) for each in stored]
    files = read_folder(folder) if folder else []
    return found + [own for file in files if (own := _of_folder(file)) is not None]


def _of_database(stored: StoredTemplate) -> OwnTemplate:
    kind, language = stored.version.kind, stored.version.language
    problems = template_problems(stored.source, kind, language)
    return OwnTemplate(kind, language, TemplateOrigin.DATABASE, stored.source, problems, stored.version)


def _of_folder(file: FolderFile) -> OwnTemplate | None:
    if file.kind is None or file.language is None:
        return None  # `read_folder` says why; `innkeeper templates check --all` shows it
    problems = file.problems or template_problems(file.source, file.kind, file.language)
    return OwnTemplate(file.kind, file.language, TemplateOrigin.FOLDER, file.source, problems)


def _usable(own: Sequence[OwnTemplate]) -> list[OwnTemplate]:
    """The first good one of each kind and language."""
    found: dict[tuple[str, str], OwnTemplate] = {}
    for each in own:
        key = (str(each.kind), each.language)
        if each.problems:
            _warn(each.origin, *key, each.problems)
        elif key not in found:
            found[key] = each
    return list(found.values())


@lru_cache(maxsize=_CHECKS_KEPT)  # once, and not for every message
def _warn(origin: TemplateOrigin, kind: str, language: str, problems: tuple[str, ...]) -> None:
    _logger.warning("the template %s/%s of the %s is left aside: %s", kind, language, origin, "; ".join(problems))


def _in_use(own: Sequence[OwnTemplate]) -> list[TemplateInUse]:
    first = {(each.kind, each.language): each for each in _usable(own)}
    return [_line(kind, language, first.get((kind, language)), own) for kind in MessageKind for language in LANGUAGES]


def _line(
    kind: MessageKind, language: MessageLanguage, used: OwnTemplate | None, own: Sequence[OwnTemplate]
) -> TemplateInUse:
    aside = [each for each in own if (each.kind, each.language) == (kind, language) and each.problems]
    source = used.source if used else packaged_source(kind, language)
    return TemplateInUse(
        kind=kind,
        language=language,
        origin=used.origin if used else TemplateOrigin.PACKAGE,
        template_version=hashlib.sha256(source.encode()).hexdigest()[:VERSION_DIGITS],
        saved=used.saved if used else None,
        problems=tuple(_problems(aside)),
    )


def _problems(aside: Sequence[OwnTemplate]) -> Iterator[str]:
    for each in aside:
        yield from (f"{each.origin}: {problem}" for problem in each.problems)
