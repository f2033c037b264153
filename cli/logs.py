"""`innkeeper logs`: look at log files of the past, sweep what is new, see who started it, what lines are made of."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from innkeeper.cli.log_texts import analysis_text, culprits_text, sweep_text, templates_text
from innkeeper.cli.outcome import AsJson, run
from innkeeper.schemas.errors import NotConfigured
from innkeeper.schemas.monitoring import AnalysisReport, SweepsReport

if TYPE_CHECKING:
    from innkeeper.schemas.logs import Culprit
    from innkeeper.tasks.logs.templates import TemplateCounts

app = typer.Typer(help="Log files: analyze, sweep, culprits, templates.", no_args_is_help=True)

Files = Annotated[list[str], typer.Argument(metavar="FILE…", help="Files, folders or patterns; .gz too.")]
_TIMES = [
    "%Y-%m-%d",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S%z",
]


@app.command("analyze")
def analyze_command(
    files: Files,
    since: Annotated[
        dt.datetime | None,
        typer.Option(formats=_TIMES, help="Incidents from then on; earlier lines are what is normal."),
    ] = None,
    until: Annotated[dt.datetime | None, typer.Option(formats=_TIMES, help="Up to then.")] = None,
    language: Annotated[str, typer.Option(help="en or vi.")] = "en",
    report: Annotated[bool, typer.Option("--report", help="Print a Markdown report of each incident.")] = False,
    as_json: AsJson = False,
) -> None:
    """Report the incidents in log files, as sweeps would have found them; nothing is kept, and nobody is told."""
    _check_language(language)
    if since and until and until.replace(tzinfo=None) <= since.replace(tzinfo=None):
        raise typer.BadParameter("must be after --since", param_hint="--until")
    run(
        lambda: _analyze(files, since, until, language),
        as_json=as_json,
        text=lambda found: _reports(found, language) if report else analysis_text(found),
        data=lambda found: found.model_dump(mode="json"),
    )


@app.command("sweep")
def sweep_command(
    source: Annotated[list[str] | None, typer.Option(help="Only this source of INNKEEPER_LOG_SOURCES.")] = None,
    path: Annotated[list[str] | None, typer.Option(help="Sweep this file or folder instead of them.")] = None,
    watch: Annotated[
        float | None, typer.Option(min=1, max=86_400, metavar="SECONDS", help="Again and again, until Ctrl-C.")
    ] = None,
    language: Annotated[str, typer.Option(help="Of alerts: en or vi.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Read what is new in the logs, keep the incidents, and alert once for each; the next sweep goes on from there."""
    _check_language(language)
    if source and path:
        raise typer.BadParameter("give either --source or --path", param_hint="--path")
    while True:
        run(
            lambda: _sweep(source, path, language),
            as_json=as_json,
            text=sweep_text,
            data=lambda done: done.model_dump(mode="json"),
        )
        if watch is None or not _waited(watch):
            return


@app.command("culprits")
def culprits_command(
    files: Files,
    normal: Annotated[
        list[str], typer.Option(metavar="FILE", help="Lines of the same services when all was well; may be repeated.")
    ],
    since: Annotated[
        dt.datetime | None, typer.Option(formats=_TIMES, help="When it began, where that is known.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 5,
    as_json: AsJson = False,
) -> None:
    """Rank the services that most likely started what is wrong in these files, compared with normal ones."""
    run(
        lambda: _culprits(files, normal, since, limit),
        as_json=as_json,
        text=culprits_text,
        data=lambda found: {"culprits": [each.model_dump(mode="json") for each in found]},
    )


@app.command("templates")
def templates_command(
    files: Files,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Of the most frequent, and of the rarest.")] = 15,
    as_json: AsJson = False,
) -> None:
    """Show what the lines are made of: the most frequent templates, and the rarest; `<*>` is what varies."""
    run(
        lambda: _templates(files, limit),
        as_json=as_json,
        text=templates_text,
        data=lambda found: found.as_data(),
    )


async def _analyze(
    files: list[str], since: dt.datetime | None, until: dt.datetime | None, language: str
) -> AnalysisReport:
    from innkeeper.flows.analyze_logs import analyze_logs

    return await analyze_logs.fn(files, since, until, language)


def _reports(found: AnalysisReport, language: str) -> str:
    from innkeeper.blocks.settings import settings
    from innkeeper.tasks.logs.issues import issue_markdown
    from innkeeper.tasks.logs.rules import IncidentRules

    rules = IncidentRules.of(settings(), language="vi" if language == "vi" else "en")
    return "\n\n---\n\n".join(issue_markdown(each, rules) for each in found.issues) or found.summary


async def _sweep(sources: list[str] | None, paths: list[str] | None, language: str) -> SweepsReport:
    from innkeeper.blocks.settings import settings
    from innkeeper.flows.sweep_logs import sweep_logs

    if not paths and not settings().log_sources.strip(" ,"):
        raise NotConfigured(
            "no logs are set to be swept: give --path, or set INNKEEPER_LOG_SOURCES to files, folders, `prefect`, or"
            " blocks such as hotel-loki/main, with commas between"
        )
    return await sweep_logs.fn(sources, paths, language)


async def _culprits(files: list[str], normal: list[str], since: dt.datetime | None, limit: int) -> "list[Culprit]":
    from innkeeper.blocks.log_sources.past import PastLogs
    from innkeeper.blocks.settings import settings
    from innkeeper.engine.logs.parsing import parse_lines
    from innkeeper.tasks.logs.suspecting import suspects

    zone = settings().hotel_timezone
    began = None if since is None else (since if since.tzinfo else since.replace(tzinfo=settings().zone)).timestamp()
    with (
        PastLogs(files, parse=parse_lines, zone=zone) as unusual,
        PastLogs(normal, parse=parse_lines, zone=zone) as calm,
    ):
        return suspects(unusual.lines(), calm.lines(), since=began, limit=limit)


async def _templates(files: list[str], limit: int) -> "TemplateCounts":
    from innkeeper.blocks.log_sources.past import PastLogs
    from innkeeper.blocks.settings import settings
    from innkeeper.engine.logs.parsing import parse_lines
    from innkeeper.tasks.logs.templates import count_templates

    with PastLogs(files, parse=parse_lines, zone=settings().hotel_timezone) as logs:
        return count_templates(logs.lines(), limit)


def _check_language(language: str) -> None:
    if language not in ("en", "vi"):
        raise typer.BadParameter("en or vi", param_hint="--language")


def _waited(seconds: float) -> bool:
    """Wait for the next sweep; false when somebody has had enough."""
    import time

    try:
        time.sleep(seconds)
    except KeyboardInterrupt:
        return False
    return True
