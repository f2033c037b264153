"""A look at all templates of a hotel at once: what is wrong, and what was perhaps forgotten."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

from innkeeper.blocks.database.engine import Database
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.message_templates import TemplateCheck, TemplateInUse, TemplateOrigin, normalised
from innkeeper.schemas.messages import MessageKind, MessageLanguage
from innkeeper.tasks.messages.template_folder import place_of, read_folder, read_template_file
from innkeeper.tasks.messages.templates import OwnTemplate, own_templates, template_problems, templates_in_use
from innkeeper.templates.rendering import LANGUAGES, packaged_source


async def check_all(database: Database, folder: Path | None) -> list[TemplateCheck]:
    """
    Every template of the package, the folder and the database.

    Args:
        database: The hotel's.
        folder: `settings.templates_path`.

    Raises:
        NotConfigured: The folder cannot be read.
    """
    packaged = [
        TemplateCheck(
            place=f"package {kind}/{language}",
            problems=template_problems(packaged_source(kind, language), kind, language),
        )
        for kind in MessageKind
        for language in LANGUAGES
    ]
    own = [
        TemplateCheck(place=f"{each.origin} {each.kind}/{each.language}", problems=each.problems, notes=_notes(each))
        for each in await own_templates(database, folder)
    ]
    files = await asyncio.to_thread(read_folder, folder) if folder else []
    strangers = [TemplateCheck(place=f"folder {file.place}", problems=file.problems) for file in files if not file.kind]
    missing = [
        TemplateCheck(place=f"{kind}/{language}", notes=(note,))
        for kind, language, note in _half(await templates_in_use(database, folder))
    ]
    return packaged + own + strangers + missing


def check_file(path: Path, kind: MessageKind | None = None, language: MessageLanguage | None = None) -> TemplateCheck:
    """
    One file.

    Args:
        path: Of the template.
        kind: What its path says when absent, like `language`.
        language: Of the template.

    Raises:
        InputInvalid: The path names no kind or no language, or the file cannot be read.
    """
    try:
        named = (kind, language) if kind and language else None
        kind, language = named or place_of(_named(path, kind, language))
        problems = template_problems(read_template_file(path), kind, language)
    except ValueError as error:
        hint = "" if named else "; call it KIND/LANGUAGE.md.j2, or give --kind and --language"
        raise InputInvalid(f"{path}: {error}{hint}") from None
    return TemplateCheck(place=str(path), problems=problems)


def _named(path: Path, kind: MessageKind | None, language: MessageLanguage | None) -> Path:
    """`path` as it would be called if it were what the caller says."""
    named = path.absolute()
    if kind:
        named = named.parent.parent / str(kind) / named.name
    return named.with_name(f"{language}.md.j2") if language else named


def _notes(own: OwnTemplate) -> tuple[str, ...]:
    same = own.source == normalised(packaged_source(own.kind, own.language))
    return ("it is the same as the packaged one",) if same else ()


def _half(found: Sequence[TemplateInUse]) -> Iterator[tuple[MessageKind, MessageLanguage, str]]:
    """Kinds of which one language is the hotel's own, and another is not."""
    own = {(each.kind, each.language) for each in found if each.origin is not TemplateOrigin.PACKAGE}
    for each in found:
        others = [language for language in LANGUAGES if (each.kind, language) in own]
        if others and (each.kind, each.language) not in own:
            yield each.kind, each.language, f"is the packaged one, while {' and '.join(others)} is the hotel's own"
