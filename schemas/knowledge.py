"""The hotel's documents as text: blocks in reading order, and the chunks that search finds."""

import datetime as dt
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from innkeeper.schemas.access import Role


class BlockKind(StrEnum):
    """What a piece of a document is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE_ROW = "table_row"
    CODE = "code"
    NOTE = "note"  # a speaker's note of a slide


class Block(BaseModel):
    """
    One piece of a document, in reading order.

    Attributes:
        text: Never empty; of a table row, its cells as `Header: value; …`.
        level: Of a heading, 1 to 6; of a list item, its depth from 1; else 0.
        page: Page or slide, from 1; none where the format has no pages.
        row: Of a table row, its line in the sheet, file or table, from 1.
        cells: Of a table row, header to value; a column without a header is `Column 3`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: BlockKind = BlockKind.PARAGRAPH
    text: str = Field(min_length=1)
    level: int = Field(default=0, ge=0)
    page: int | None = Field(default=None, ge=1)
    sheet: str | None = None
    row: int | None = Field(default=None, ge=1)
    cells: dict[str, str] = Field(default_factory=dict)


class DocumentMetadata(BaseModel):
    """What a document, its front matter or `manifest.yaml` says about it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str | None = None
    language: str | None = None
    section: str = Field(default="", description="The first folder: `sops`, `policies`, `faqs`, `services`, ….")
    audience: tuple[Role, ...] = Field(default=(), description="Who may read it; empty: everyone.")
    effective_date: dt.date | None = None
    review_date: dt.date | None = None
    supersedes: str | None = Field(default=None, description="The document or version that this one replaces.")
    superseded_by: str | None = None


class ParsedDocument(BaseModel):
    """A document as text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(description="Relative to the indexed folder, with `/`.")
    title: str
    language: str = Field(description="BCP 47 tag of most of it; `und` when unknown.")
    blocks: tuple[Block, ...]
    pages: int | None = Field(default=None, ge=0, description="Pages or slides; none where the format has none.")
    warnings: tuple[str, ...] = Field(default=(), description="What was left out or is doubtful, for the hotel.")
    metadata: DocumentMetadata = DocumentMetadata()
    content_sha256: str = Field(description="Of the file's bytes.")


class Chunk(BaseModel):
    """
    A piece of a document that search can find and an answer can cite.

    Attributes:
        id: UUID that depends on collection, document, index and content only.
        page, page_end: First and last page, from 1.
        row_start, row_end: First and last table row, where the chunk holds rows.
        index: Position in its document, from 0.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    document: str
    title: str
    text: str = Field(min_length=1)
    heading_path: tuple[str, ...] = ()
    page: int | None = None
    page_end: int | None = None
    sheet: str | None = None
    row_start: int | None = None
    row_end: int | None = None
    language: str = "und"
    section: str = ""
    audience: tuple[Role, ...] = ()
    effective_date: dt.date | None = None
    superseded_by: str | None = None
    index: int = Field(ge=0)
    content_sha256: str

    def search_text(self) -> str:
        """Title, headings and text: what is embedded and searched."""
        headings = [heading for heading in self.heading_path if heading != self.title]
        return "\n".join([self.title, *([" › ".join(headings)] if headings else []), self.text])
