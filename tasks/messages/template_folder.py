"""The folder of a hotel's own templates: `<kind>/<language>.md.j2`, read anew for every message."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from innkeeper.schemas.errors import NotConfigured
from innkeeper.schemas.message_templates import MAX_SOURCE_CHARS, SUFFIX, normalised
from innkeeper.schemas.messages import MessageKind, MessageLanguage
from innkeeper.templates.rendering import LANGUAGES

_MAX_BYTES = 4 * MAX_SOURCE_CHARS  # of UTF-8


@dataclass(frozen=True)
class FolderFile:
    """
    A file of the folder.

    Attributes:
        place: Its path inside of the folder.
        kind: None, like `language`, when the path names none.
        problems: Why it cannot be read, or is in the wrong place.
    """

    place: str
    kind: MessageKind | None = None
    language: MessageLanguage | None = None
    source: str = ""
    problems: tuple[str, ...] = ()


def read_folder(folder: Path) -> list[FolderFile]:
    """
    Every template of the folder, in the order of their paths, whether it can be used or not.

    Raises:
        NotConfigured: There is no such folder, or it cannot be read.
    """
    try:
        paths = sorted(folder.glob(f"*/*{SUFFIX}"))
        is_there = folder.is_dir()
    except OSError as error:
        raise _missing(folder, error.strerror or "it cannot be read") from None
    if not is_there:
        raise _missing(folder, "there is no such folder")
    return [_read(folder, path) for path in paths]


def read_template_file(path: Path) -> str:
    """
    The source in a file, `normalised`.

    Raises:
        ValueError: It is too long, no UTF-8, or cannot be read; says which.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror}") from None
    if len(data) > _MAX_BYTES:
        raise ValueError(f"it is longer than {MAX_SOURCE_CHARS} characters")
    try:
        return normalised(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8 (byte {error.start + 1})") from None


def place_of(path: Path) -> tuple[MessageKind, MessageLanguage]:
    """
    Kind and language that a path such as `apology/vi.md.j2` names.

    Raises:
        ValueError: It names none; says what is near.
    """
    kind, language = path.parent.name, path.name.removesuffix(SUFFIX)
    problems = list(_wrong_place(kind, language))
    if problems:
        raise ValueError("; ".join(problems))
    return MessageKind(kind), next(each for each in LANGUAGES if each == language)


def _read(folder: Path, path: Path) -> FolderFile:
    place = path.relative_to(folder).as_posix()
    try:
        kind, language = place_of(path)
    except ValueError as error:
        return FolderFile(place, problems=(str(error),))
    try:
        return FolderFile(place, kind, language, read_template_file(path))
    except ValueError as error:
        return FolderFile(place, kind, language, problems=(str(error),))


def _wrong_place(kind: str, language: str) -> Iterator[str]:
    if kind not in list(MessageKind):
        near = difflib.get_close_matches(kind, list(MessageKind), n=1)
        yield f"there is no kind {kind}" + (f" (did you mean {near[0]}?)" if near else "")
    if language not in LANGUAGES:
        yield f"there is no language {language}; there are {' and '.join(LANGUAGES)}"


def _missing(folder: Path, why: str) -> NotConfigured:
    return NotConfigured(f"INNKEEPER_TEMPLATES_PATH: {str(folder)!r} cannot be used: {why}")
