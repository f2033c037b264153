"""The report on an incident as Markdown, for a Prefect artifact, a ticket or an e-mail."""

from functools import cache
from typing import TYPE_CHECKING, Any

from innkeeper.schemas.incident_report import IncidentReport
from innkeeper.templates.incidents.escaping import Markdown, code, code_block, escaped

if TYPE_CHECKING:
    from jinja2 import Environment


def render_report(report: IncidentReport) -> str:
    """
    Markdown of `report`, in its own language.

    Whatever a value holds is shown as it is: every value is escaped unless the template makes code of it.
    """
    template = _environment().get_template(f"report.{report.language}.md.j2")
    fields: dict[str, Any] = {name: getattr(report, name) for name in IncidentReport.model_fields}
    return template.render(fields).strip() + "\n"


@cache
def _environment() -> "Environment":
    """Made at first use: jinja2 takes 0.1 s to import."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.PackageLoader("innkeeper", "templates/incidents"),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701  `finalize` escapes every value, as Markdown and not only as HTML
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markdown) else escaped(value),
    )
    made.filters |= {"code": code, "code_block": code_block}
    return made
