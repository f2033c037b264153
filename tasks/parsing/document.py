"""A file of the documents folder as text, or a reason that a hotel manager understands."""

from pathlib import Path

from innkeeper.engine.language import UNDETERMINED, detect_language
from innkeeper.schemas.knowledge import DocumentMetadata, ParsedDocument
from innkeeper.tasks.parsing.limits import check_file
from innkeeper.tasks.parsing.reading import format_of
from innkeeper.tasks.parsing.worker import ReadingProcess, shared_process

_LANGUAGE_CHARS = 20_000


def parse_document(
    path: Path,
    root: Path,
    *,
    manifest: dict[str, DocumentMetadata] | None = None,
    process: ReadingProcess | None = None,
) -> ParsedDocument:
    """
    Read a document: md, txt, html, docx, pdf, xlsx, csv, pptx or eml.

    Args:
        path: The file; a relative path begins with `root` or is taken below it.
        root: The documents folder; nothing outside it is read.
        manifest: Of `read_manifest(root)`: what the hotel says about its files, by relative path.
        process: Where to read; the program's one reading process by default.

    Raises:
        DocumentUnreadable: For a reason that its message tells a hotel manager.
    """
    real, relative = check_file(path, root)
    format_of(relative)
    known = (manifest or {}).get(relative)
    document = (process or shared_process()).read(real, relative, known)
    if document.language != UNDETERMINED:
        return document
    text = "\n".join(block.text for block in document.blocks[:400])[:_LANGUAGE_CHARS]
    return document.model_copy(update={"language": detect_language(text)})
