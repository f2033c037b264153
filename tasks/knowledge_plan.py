"""What a run has to do: the documents in the folder against those of the current version."""

import hashlib
import json
import os
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from innkeeper.schemas.errors import DocumentUnreadable, InputInvalid, NotConfigured
from innkeeper.schemas.knowledge import DocumentMetadata
from innkeeper.schemas.knowledge_index import (
    Change,
    DocumentRecord,
    DocumentStatus,
    IndexVersion,
    PlannedDocument,
)
from innkeeper.tasks.embedding import NamedEmbedder
from innkeeper.tasks.parsing.limits import check_file
from innkeeper.tasks.parsing.metadata import read_manifest
from innkeeper.tasks.parsing.reading import format_of

CHUNKER = "2"  # to be counted up when the same document would be read or cut differently
_NOT_DOCUMENTS = {"README.md", "manifest.yaml"}  # of the folder itself
_LEFT_BY_PROGRAMS = {"Thumbs.db", "desktop.ini", "manifest.yaml"}
_UNSAFE_NAME = "The name of the file or of its folder has control characters; rename it."


@dataclass(frozen=True)
class FoundFile:
    """A file of the folder: its content's hash, or why it was refused unread."""

    path: str
    sha256: str = ""
    size: int = 0
    reason: str = ""
    problem: str = ""


class Plan:
    """
    What to do, and what it is based on.

    A plain class: Prefect looks through the fields of dataclasses for results, which takes seconds for many documents.

    Attributes:
        documents: Every document of the folder and of the current version, by path.
        files: Those of the folder, by path.
        kept: Records of the current version that stay as they are.
        current: The version that is searched now.
        manifest: What `manifest.yaml` says, by path.
    """

    def __init__(
        self,
        root: Path,
        documents: Sequence[PlannedDocument],
        files: Mapping[str, FoundFile],
        kept: Mapping[str, DocumentRecord],
        current: IndexVersion | None,
        manifest: Mapping[str, DocumentMetadata],
    ) -> None:
        self.root = root
        self.documents = documents
        self.files = files
        self.kept = kept
        self.current = current
        self.manifest = dict(manifest)

    def of(self, *changes: Change) -> list[PlannedDocument]:
        """The documents with one of these changes."""
        return [each for each in self.documents if each.change in changes]

    @property
    def has_changes(self) -> bool:
        """Whether a new version is needed."""
        return self.current is None or len(self.of(Change.UNCHANGED)) < len(self.documents)


def documents_folder(given: Path | None, setting: Path | None) -> Path:
    """
    The folder to index: the given one, the setting's, or the sample hotel's.

    Raises:
        InputInvalid: It is no folder.
    """
    root = given or setting or (Path(str(files("innkeeper"))) / "knowledge_base" / "documents").resolve()
    root = root.expanduser().absolute()
    if not root.is_dir():
        name = "INNKEEPER_KNOWLEDGE_PATH" if given is None else "the folder"
        raise InputInvalid(f"{name}: there is no folder {str(root)!r}")
    try:
        os.listdir(root)  # noqa: PTH208  one call that fails where a walk would find nothing
    except PermissionError:
        raise NotConfigured(f"this program may not read the folder {str(root)!r}") from None
    return root


def scan(root: Path) -> Iterator[FoundFile]:
    """Every document below `root`, by path; hidden files and what programs leave behind are no documents."""
    for folder, folders, names in os.walk(root):  # does not follow links
        here = Path(folder)
        linked = [name for name in folders if (here / name).is_symlink() and not _leads_inside(here / name, root)]
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted([*names, *linked]):
            is_noise = name.startswith((".", "~$")) or name in _LEFT_BY_PROGRAMS
            if not is_noise and not (here == root and name in _NOT_DOCUMENTS):
                yield _found(here / name, root)


def _leads_inside(link: Path, root: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return True  # it leads nowhere


def _found(path: Path, root: Path) -> FoundFile:
    name = path.relative_to(root).as_posix()
    shown = _printable(name)
    if shown != name:
        return FoundFile(shown, reason=_UNSAFE_NAME, problem="unsafe")
    try:
        real, _ = check_file(path, root)
        format_of(shown)
        with real.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return FoundFile(shown, digest, real.stat().st_size)
    except DocumentUnreadable as error:
        return FoundFile(shown, reason=str(error), problem=error.reason)
    except OSError as error:
        return FoundFile(shown, reason=f"The file cannot be opened: {error.strerror}.", problem="damaged")


def _printable(path: str) -> str:
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in {"Cc", "Cs"} else char for char in path
    )


def compare(
    root: Path,
    current: IndexVersion | None,
    records: Sequence[DocumentRecord],
    embedder: NamedEmbedder,
    *,
    prune: bool,
) -> Plan:
    """
    The plan that makes an index say what the folder says.

    Args:
        records: The documents of `current`.
        prune: Whether documents that the folder no longer has leave the index.

    Raises:
        InputInvalid: `manifest.yaml` cannot be read, or the folder has no documents.
    """
    manifest = read_manifest(root)
    files = {found.path: found for found in scan(root)}
    if not files and prune:  # a share that is not mounted must not empty the index
        raise InputInvalid(f"there are no documents in {str(root)!r}, so the index was left as it is; is it mounted?")
    known = {record.path: record for record in records}
    same_vectors = current is not None and (current.model, current.dimensions) == (embedder.model, embedder.dimensions)
    planned = [_planned(found, known.get(found.path), manifest, same_vectors=same_vectors) for found in files.values()]
    for path in sorted(known.keys() - files.keys()):
        change = Change.REMOVED if prune else Change.UNCHANGED
        planned.append(PlannedDocument(path=path, change=change, why="no longer in the folder" if prune else ""))
    if not prune and not same_vectors and current is not None and known.keys() - files.keys():
        raise InputInvalid("with another embedder every document is read anew, so none can be kept that is not there")
    kept = {each.path: known[each.path] for each in planned if each.change is Change.UNCHANGED}
    return Plan(root, sorted(planned, key=lambda each: each.path), files, kept, current, manifest)


def _planned(
    found: FoundFile, known: DocumentRecord | None, manifest: Mapping[str, DocumentMetadata], *, same_vectors: bool
) -> PlannedDocument:
    if known is None:
        return PlannedDocument(path=found.path, change=Change.ADDED)
    why = ""
    if known.sha256 != found.sha256 or known.problem == "too_slow" or (found.reason and known.reason != found.reason):
        why = "content"
    elif not found.reason and known.fingerprint != fingerprint(found.path, manifest):
        why = "manifest entry, or a newer reader"
    elif not same_vectors and not known.is_quarantined:
        why = "embedder"
    return PlannedDocument(path=found.path, change=Change.CHANGED if why else Change.UNCHANGED, why=why)


def fingerprint(path: str, manifest: Mapping[str, DocumentMetadata]) -> str:
    """What a document's chunks depend on besides its content: its manifest entry, how it is read and cut."""
    known = manifest.get(path)
    entry = known.model_dump(mode="json", exclude_unset=True) if known else {}
    return hashlib.sha256(json.dumps([CHUNKER, entry], sort_keys=True).encode()).hexdigest()


def refused(found: FoundFile) -> DocumentRecord:
    """The record of a file that was refused unread."""
    return quarantined(found, found.reason, found.problem, "")


def quarantined(found: FoundFile, reason: str, problem: str, print_: str) -> DocumentRecord:
    """The record of a document that was set aside."""
    return DocumentRecord(
        path=found.path,
        sha256=found.sha256,
        fingerprint=print_,
        size=found.size,
        status=DocumentStatus.QUARANTINED,
        reason=reason,
        problem=problem,
    )
