"""What a run that indexes shows in Prefect: progress, plan, report and events; outside a run, nothing."""

from collections.abc import Iterable, Sequence
from time import monotonic
from typing import Any
from uuid import UUID

from prefect.artifacts import acreate_progress_artifact, aupdate_progress_artifact
from prefect.context import FlowRunContext
from prefect.events import emit_event

from innkeeper.schemas.knowledge_index import Change, Contradiction, DocumentRecord, IndexReport, PlannedDocument
from innkeeper.tasks.publishing import publish_table

_SHOWN_EVERY_S = 1.0
_READING_SHARE = 0.1  # of the time; embedding takes the rest


class Progress:
    """How far a run is: documents read, chunks embedded, rate and time left, as one artifact of the flow run."""

    def __init__(self, documents: int) -> None:
        self._documents = documents
        self._read = self._found = self._embedded = 0
        self._started = self._shown = monotonic()
        self._artifact: UUID | None = None

    async def read(self, chunks: int) -> None:
        """Note a document that was read, and how many chunks it has."""
        self._read += 1
        self._found += chunks
        await self._show()

    async def embedded(self, chunks: int) -> None:
        """Note chunks that have their vectors."""
        self._embedded += chunks
        await self._show()

    async def finished(self) -> None:
        """Show the end."""
        await self._show(is_last=True)

    def describe(self) -> tuple[float, str]:
        """Per cent done, and counts, rate and time left for a person."""
        read = self._read / self._documents if self._documents else 1.0
        expected = self._found / read if read else 0.0
        done = self._embedded / expected if expected else read
        elapsed = max(monotonic() - self._started, 1e-6)
        rate = self._embedded / elapsed
        left = (expected - self._embedded) / rate if rate else 0.0
        text = (
            f"{self._read} of {self._documents} documents read, {self._embedded} of {round(expected)} chunks embedded;"
            f" {rate:.1f} chunks a second, about {left:.0f} s left"
        )
        return 100 * min(1.0, _READING_SHARE * read + (1 - _READING_SHARE) * done), text

    async def _show(self, *, is_last: bool = False) -> None:
        now = monotonic()
        if FlowRunContext.get() is None or not (
            is_last or self._artifact is None or now - self._shown > _SHOWN_EVERY_S
        ):
            return
        self._shown = now
        percent, text = self.describe()
        if self._artifact is None:
            made = await acreate_progress_artifact(progress=percent, key="indexing", description=text)
            self._artifact = made if isinstance(made, UUID) else UUID(str(made))
        else:
            await aupdate_progress_artifact(artifact_id=self._artifact, progress=percent, description=text)


async def publish_plan(documents: Sequence[PlannedDocument], collection: str) -> None:
    """Show what a run will do."""
    counts = {change: sum(each.change is change for each in documents) for change in Change}
    said = ", ".join(f"{count} {change.value}" for change, count in counts.items())
    await publish_table("index-plan", plan_rows(documents), f"Plan for {collection!r}: {said}")


def plan_rows(documents: Iterable[PlannedDocument]) -> list[dict[str, Any]]:
    """One row per document that is not left as it is."""
    return [
        {"document": each.path, "change": each.change.value, "why": each.why}
        for each in documents
        if each.change is not Change.UNCHANGED
    ]


async def publish_report(report: IndexReport, records: Iterable[DocumentRecord]) -> None:
    """Show what became of each document."""
    said = f"{report.collection!r}, version {report.version}: {report.documents} documents, {report.chunks} chunks"
    if report.quarantined:
        said += f", {len(report.quarantined)} set aside"
    await publish_table("index-report", report_rows(records), said)


def report_rows(records: Iterable[DocumentRecord]) -> list[dict[str, Any]]:
    """One row per document, those that were set aside first."""
    return [
        {
            "document": record.path,
            "status": record.status.value,
            "pages": "" if record.pages is None else record.pages,
            "chunks": record.chunks,
            "language": record.language,
            "warnings": " ".join(record.warnings) or record.reason,
        }
        for record in sorted(records, key=lambda record: (not record.is_quarantined, record.path))
    ]


async def publish_contradictions(found: Sequence[Contradiction]) -> None:
    """Show which documents in force disagree."""
    await publish_table("contradictions", contradiction_rows(found), f"{len(found)} possible contradictions")


def contradiction_rows(found: Iterable[Contradiction]) -> list[dict[str, Any]]:
    """One row per pair of statements."""
    return [
        {
            "subject": each.subject,
            "kind": each.kind,
            "document": each.first.document,
            "says": each.first.text,
            "other document": each.second.document,
            "other says": each.second.text,
        }
        for each in found
    ]


def emit_indexed(report: IndexReport) -> None:
    """Announce a new version, and each document that was newly set aside, for an automation that tells a person."""
    if FlowRunContext.get() is None:
        return
    resource = {"prefect.resource.id": f"innkeeper.knowledge.{report.collection}"}
    counts = report.model_dump(mode="json", exclude={"plan", "quarantined"})
    emit_event(event="innkeeper.knowledge.indexed", resource=resource, payload=counts)
    for each in report.quarantined:
        emit_event(
            event="innkeeper.document.quarantined",
            resource={"prefect.resource.id": f"innkeeper.document.{report.collection}.{each.path}"},
            payload={"document": each.path, "reason": each.reason},
        )
