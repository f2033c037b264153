"""`innkeeper templates`: the words of messages, as a hotel changes them."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from innkeeper.cli.outcome import AsJson, run
from innkeeper.cli.reading import read_object, read_text
from innkeeper.cli.template_texts import checks_text, history_text, list_text, preview_text, variables_text
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.message_templates import TemplateCheck, TemplateInUse, TemplateVersion
from innkeeper.schemas.messages import DraftRequest, MessageChannel, MessageKind, MessageLanguage, Tone

if TYPE_CHECKING:
    from innkeeper.blocks.database.engine import Database
    from innkeeper.templates.rendering import Rendered

app = typer.Typer(help="The templates of messages: look, try, check, change, go back.", no_args_is_help=True)

Kind = Annotated[MessageKind, typer.Argument(metavar="KIND", help="As `templates list` shows it.")]
Language = Annotated[MessageLanguage, typer.Option(help="Of the template.")]


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List every template, and whether it is the packaged one or the hotel's own."""
    run(
        _list,
        as_json=as_json,
        text=list_text,
        data=lambda found: {"templates": [each.model_dump(mode="json") for each in found]},
    )


@app.command("show")
def show_command(
    kind: Kind,
    language: Language,
    version: Annotated[int | None, typer.Option(min=1, help="One of the history.")] = None,
    packaged: Annotated[bool, typer.Option("--packaged", help="The one that comes with Innkeeper.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print a template, to begin a change with."""
    run(
        lambda: _show(kind, language, version, packaged),
        as_json=as_json,
        text=lambda found: str(found["source"]).rstrip("\n"),
        data=lambda found: found,
    )


@app.command("variables")
def variables_command(
    kind: Kind,
    language: Annotated[MessageLanguage, typer.Option(help="Of the samples.")] = "en",
    as_json: AsJson = False,
) -> None:
    """List what a template may show: the variables of the message, and what the hotel's profile says."""
    run(lambda: _variables(kind, language), as_json=as_json, text=variables_text, data=lambda found: found)


@app.command("preview")
def preview_command(
    kind: Kind,
    language: Language,
    tone: Annotated[Tone | None, typer.Option(help="In which words; the kind's own when not given.")] = None,
    channel: Annotated[MessageChannel | None, typer.Option(help="Only that form; both when not given.")] = None,
    variables: Annotated[
        str | None, typer.Option("--vars", metavar="FILE.json", help="The variables; a sample's when not given.")
    ] = None,
    file: Annotated[str | None, typer.Option(metavar="FILE", help="A template that is not saved yet.")] = None,
    html: Annotated[bool, typer.Option("--html", help="Print the HTML of the e-mail instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a message as a guest would read it."""

    async def work() -> "Rendered":
        given = {} if variables is None else read_object(variables, "the variables of the message")
        request = DraftRequest(kind=kind, variables=given, language=language, tone=tone)
        return await _preview(request, None if file is None else read_text(file))

    run(
        work,
        as_json=as_json,
        text=lambda made: made.html_body.rstrip("\n") if html else preview_text(made, channel),
        data=lambda made: {name: getattr(made, name) for name in _SHOWN},
    )


@app.command("check")
def check_command(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="KIND/LANGUAGE.md.j2")] = None,
    kind: Annotated[MessageKind | None, typer.Option(help="When the path does not say it.")] = None,
    language: Annotated[MessageLanguage | None, typer.Option(help="When the path does not say it.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Those of the folder, the database and the package.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with a template, or with all; the exit code is 1 when anything is."""
    found: list[TemplateCheck] = []

    async def work() -> list[TemplateCheck]:
        found.extend(await _check(file, kind, language, every))
        return found

    run(work, as_json=as_json, text=checks_text, data=lambda checks: {"checks": [each.model_dump() for each in checks]})
    if any(each.problems for each in found):
        raise typer.Exit(1)


@app.command("save")
def save_command(
    kind: Kind,
    language: Language,
    file: Annotated[str, typer.Option(metavar="FILE", help="The template, in UTF-8; - reads standard input.")],
    comment: Annotated[str, typer.Option(help="What was changed and why.")],
    as_json: AsJson = False,
) -> None:
    """Check a template, keep it as a new version and use it from now on."""
    run(
        lambda: _save(kind, language, file, comment),
        as_json=as_json,
        text=lambda saved: f"{kind}/{language} is at version {saved.number} ({saved.template_version}).",
        data=lambda saved: saved.model_dump(mode="json"),
    )


@app.command("history")
def history_command(kind: Kind, language: Language, as_json: AsJson = False) -> None:
    """List the saved versions, newest first; * is in use."""
    run(
        lambda: _history(kind, language),
        as_json=as_json,
        text=history_text,
        data=lambda found: {"versions": [each.model_dump(mode="json") for each in found]},
    )


@app.command("rollback")
def rollback_command(
    kind: Kind,
    language: Language,
    to: Annotated[int | None, typer.Option(min=0, help="A version; 0 for none of the database.")] = None,
    as_json: AsJson = False,
) -> None:
    """Use an earlier version again: the one that the current one replaced, or --to."""
    run(
        lambda: _roll_back(kind, language, to),
        as_json=as_json,
        text=lambda number: (
            f"{kind}/{language} is at version {number} again."
            if number
            else f"{kind}/{language}: the folder's or the packaged template is in use again."
        ),
        data=lambda number: {"kind": kind, "language": language, "number": number},
    )


_SHOWN = ("kind", "language", "tone", "subject", "body", "html_body", "chat", "template", "template_version")


async def _opened() -> "Database":
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.settings import settings

    database = Database(settings().database_url)
    await database.upgrade()
    return database


def _folder() -> Path | None:
    from innkeeper.blocks.settings import settings

    return settings().templates_path


async def _list() -> list[TemplateInUse]:
    from innkeeper.tasks.messages.templates import templates_in_use

    async with await _opened() as database:
        return await templates_in_use(database, _folder())


async def _show(kind: MessageKind, language: MessageLanguage, version: int | None, packaged: bool) -> dict[str, Any]:
    from innkeeper.blocks.database.templates import find_template
    from innkeeper.tasks.messages.templates import template_in_use
    from innkeeper.templates.rendering import packaged_source

    if packaged:
        return {"kind": kind, "language": language, "origin": "package", "source": packaged_source(kind, language)}
    async with await _opened() as database:
        if version is not None:
            async with database.reading() as session:
                stored = await find_template(session, kind, language, version)
            return stored.version.model_dump(mode="json") | {"source": stored.source}
        used, source = await template_in_use(database, _folder(), kind, language)
        return used.model_dump(mode="json") | {"source": source}


async def _variables(kind: MessageKind, language: MessageLanguage) -> dict[str, Any]:
    from innkeeper.schemas.hotel_profile import HotelProfile
    from innkeeper.schemas.message_contexts import CONTEXTS
    from innkeeper.schemas.message_samples import SAMPLE_PROFILE, SAMPLES

    sample, profile = SAMPLES[language][kind], SAMPLE_PROFILE.model_dump(mode="json")
    hotel = {name: value[language] if isinstance(value, dict) else value for name, value in profile.items()}
    variables = [
        {"name": name, "required": field.is_required(), "sample": sample.get(name)}
        for name, field in CONTEXTS[kind].model_fields.items()
    ]
    variables += [
        {"name": f"hotel.{name}", "required": field.is_required(), "sample": hotel[name]}
        for name, field in HotelProfile.model_fields.items()
    ]
    return {"variables": variables}


async def _preview(request: DraftRequest, source: str | None) -> "Rendered":
    from innkeeper.blocks.settings import settings
    from innkeeper.tasks.messages.templates import preview

    async with await _opened() as database:
        return await preview(database, _folder(), request, source=source, timezone=settings().hotel_timezone)


async def _check(
    file: Path | None, kind: MessageKind | None, language: MessageLanguage | None, every: bool
) -> list[TemplateCheck]:
    from innkeeper.tasks.messages.template_checks import check_all, check_file

    if file is not None and not every:
        return [check_file(file, kind, language)]
    if file is not None or not every:
        raise InputInvalid("give either a file or --all")
    async with await _opened() as database:
        return await check_all(database, _folder())


async def _save(kind: MessageKind, language: MessageLanguage, file: str, comment: str) -> TemplateVersion:
    from innkeeper.tasks.messages.templates import save_checked

    source = read_text(file)
    async with await _opened() as database:
        return await save_checked(database, kind, language, source, comment=comment, saved_by=_person())


async def _history(kind: MessageKind, language: MessageLanguage) -> list[TemplateVersion]:
    from innkeeper.blocks.database.templates import template_history

    async with await _opened() as database, database.reading() as session:
        return await template_history(session, kind, language)


async def _roll_back(kind: MessageKind, language: MessageLanguage, to: int | None) -> int:
    from innkeeper.tasks.messages.templates import roll_back

    async with await _opened() as database:
        return await roll_back(database, kind, language, to=to, rolled_back_by=_person())


def _person() -> str:
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user may have no name
        return "cli"
