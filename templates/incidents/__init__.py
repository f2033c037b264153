"""What staff read about incidents: the report as Markdown, one `report.<language>.md.j2` each."""

from innkeeper.templates.incidents.report import render_report

__all__ = ["render_report"]
