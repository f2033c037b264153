"""The index of the hotel's documents: what a run plans and reports, and what is known of each version."""

import datetime as dt
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from innkeeper.schemas.errors import PermanentError
from innkeeper.schemas.knowledge import DocumentMetadata

CollectionName = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$")]


class IndexBusy(PermanentError):
    """Another run is indexing the same collection; the message names it."""


class VersionState(StrEnum):
    """Where a version of an index is in its life."""

    BUILDING = "building"
    CURRENT = "current"  # the one that is searched; one per collection
    READY = "ready"  # was current, and can be again
    FAILED = "failed"  # its run died or gave up
    PRUNED = "pruned"  # removed to save room; only its row is left


class DocumentStatus(StrEnum):
    """What became of a document."""

    INDEXED = "indexed"
    QUARANTINED = "quarantined"


class Change(StrEnum):
    """What a run does with a document."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    UNCHANGED = "unchanged"


class DocumentRecord(BaseModel):
    """
    A document in a version of the index.

    Attributes:
        sha256: Of the file's bytes; empty when it was refused unread.
        fingerprint: Of all else that its chunks depend on: its manifest entry, the readers, the chunker.
        reason: Why it was set aside, for the hotel.
        problem: The same as a word: `encrypted`, `damaged`, ….
        stated: What the document or its manifest entry says about it.
        superseded_by: As stated here, or by the document that replaces this one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    sha256: str = ""
    fingerprint: str = ""
    size: int = Field(default=0, ge=0, description="In bytes.")
    title: str = ""
    language: str = ""
    section: str = ""
    pages: int | None = None
    chunks: int = Field(default=0, ge=0)
    warnings: tuple[str, ...] = ()
    status: DocumentStatus = DocumentStatus.INDEXED
    reason: str = ""
    problem: str = ""
    effective_date: dt.date | None = None
    review_date: dt.date | None = None
    superseded_by: str | None = None
    stated: DocumentMetadata = DocumentMetadata()

    @property
    def is_quarantined(self) -> bool:
        """Whether it was set aside."""
        return self.status is DocumentStatus.QUARANTINED


class IndexVersion(BaseModel):
    """
    A version of a collection's index.

    Attributes:
        store_name: Its name in the knowledge store and of its snapshot.
        embedder: As the setting names it; empty: by words alone.
        model, dimensions: Of the vectors.
        checked_at: When a run last found that nothing had changed since.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int
    collection: str
    store_name: str
    state: VersionState
    folder: str
    embedder: str
    model: str
    dimensions: int = Field(ge=0)
    run_id: str
    documents: int = Field(default=0, ge=0)
    quarantined: int = Field(default=0, ge=0)
    chunks: int = Field(default=0, ge=0)
    created_at: dt.datetime
    switched_at: dt.datetime | None = None
    checked_at: dt.datetime | None = None


class PlannedDocument(BaseModel):
    """What a run will do with a document, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    change: Change
    why: str = ""


class QuarantinedDocument(BaseModel):
    """A document that was set aside."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    reason: str


class IndexReport(BaseModel):
    """
    What a run of `index_knowledge_base` did, or would do.

    Attributes:
        version: The current version afterwards; none after a dry run on nothing.
        embedded, reused: Chunks whose vectors were made now, or taken from an earlier version.
        plan: All that is not unchanged.
        note: What was missing, for a person.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    collection: str
    folder: str
    dry_run: bool
    version: int | None
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    documents: int = 0
    chunks: int = 0
    embedded: int = 0
    reused: int = 0
    plan: tuple[PlannedDocument, ...] = ()
    quarantined: tuple[QuarantinedDocument, ...] = ()
    seconds: float = Field(default=0.0, ge=0)
    note: str = ""


class KnowledgeStatus(BaseModel):
    """What `kb status` shows; `stale` documents are past their review date."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    current: IndexVersion
    versions: tuple[IndexVersion, ...]
    running: str | None = None
    documents: tuple[DocumentRecord, ...]
    stale: tuple[DocumentRecord, ...]

    @property
    def quarantined(self) -> list[DocumentRecord]:
        """The documents that were set aside."""
        return [each for each in self.documents if each.is_quarantined]


class Statement(BaseModel):
    """A place in a document that states a number."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    document: str
    heading: str
    text: str
    values: tuple[str, ...]


class Contradiction(BaseModel):
    """Two documents in force that give different numbers for what seems to be the same."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str
    kind: str = Field(description="`duration`, `time`, `money`, `percent`, ….")
    score: float = Field(ge=0, le=1, description="How sure it is that both speak of the same.")
    first: Statement
    second: Statement
