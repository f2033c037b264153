"""Templates of messages as a hotel manages them: where each comes from, its versions, who saved them and why."""

import datetime as dt
import unicodedata
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from innkeeper.schemas.messages import MessageKind, MessageLanguage

MAX_COMMENT_CHARS = 200
MAX_SOURCE_CHARS = 20_000  # the longest packaged one has 3,000
SUFFIX = ".md.j2"


class TemplateOrigin(StrEnum):
    """Where the template in use comes from; an earlier one wins over a later one."""

    DATABASE = "database"
    FOLDER = "folder"
    PACKAGE = "package"


def normalised(source: str) -> str:
    """A template's source with composed accents and LF line ends: one text has one version."""
    text = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text).rstrip("\n") + "\n"


class TemplateVersion(BaseModel):
    """
    One saved version; it is never changed afterwards.

    Attributes:
        number: 1, 2, … of its kind and language.
        replaced: The number that was in use when it was saved; 0 when the database had none in use.
        template_version: First 12 hex digits of the source's SHA-256, as messages carry it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: MessageKind
    language: MessageLanguage
    number: int = Field(ge=1)
    replaced: int = Field(ge=0)
    template_version: str
    comment: str
    saved_by: str
    saved_at: dt.datetime
    is_active: bool


class StoredTemplate(BaseModel):
    """A version with its source."""

    model_config = ConfigDict(frozen=True)

    version: TemplateVersion
    source: str


class TemplateInUse(BaseModel):
    """
    The template that messages of a kind and language are made from.

    Attributes:
        saved: The version, when it comes from the database.
        problems: Why an own template that would come first is left aside; `database: …` or `folder: …`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: MessageKind
    language: MessageLanguage
    origin: TemplateOrigin
    template_version: str
    saved: TemplateVersion | None = None
    problems: tuple[str, ...] = ()


class TemplateCheck(BaseModel):
    """
    What is wrong with one template.

    Attributes:
        place: "folder apology/vi", a path, …
        problems: What keeps it from being used; nothing does when there are none.
        notes: What was perhaps forgotten.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: str
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
