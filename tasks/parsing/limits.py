"""What a file may be before it is opened, and how much of it is read."""

import stat
import unicodedata
import zipfile
from pathlib import Path

from innkeeper.schemas.errors import DocumentUnreadable

MAX_FILE_BYTES = 50_000_000
MAX_PAGES = 2_000
MAX_CHARS = 5_000_000
MAX_BLOCKS = 200_000
MAX_SECONDS = 20.0
MAX_MEMORY_BYTES = 1 << 30
MAX_UNZIPPED_BYTES = 300_000_000
MAX_ZIP_RATIO = 150  # real office files stay below 40; counted only above a size that matters
MAX_ZIP_ENTRIES = 20_000
_RATIO_MATTERS_BYTES = 20_000_000
_HEAD_BYTES = 4_096
_BIDI = set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def check_file(path: Path, root: Path) -> tuple[Path, str]:
    """
    The real path of a file below `root`, and its name there: `policies/pets.md`.

    Raises:
        DocumentUnreadable: No regular file, outside `root` (also through a link), an odd name, or too large.
    """
    inside = path if path.is_absolute() or path.is_relative_to(root) else root / path
    if any(unicodedata.category(char) in {"Cc", "Cs"} or char in _BIDI for char in path.name):
        raise DocumentUnreadable(
            f"The name of the file {path.name!r} has control characters; rename it.", reason="unsafe"
        )
    try:
        real, info = inside.resolve(strict=True), inside.stat()
    except (OSError, RuntimeError, ValueError) as error:
        raise DocumentUnreadable(f"The file {path.name!r} cannot be opened: {_why(error)}.") from error
    if not real.is_relative_to(root.resolve()):
        raise DocumentUnreadable(
            f"{path.name!r} is a link that leads out of the documents folder; put the file itself there.",
            reason="unsafe",
        )
    if not stat.S_ISREG(info.st_mode):
        raise DocumentUnreadable(f"{path.name!r} is not a file.", reason="unsupported")
    if info.st_size > MAX_FILE_BYTES:
        raise DocumentUnreadable(
            f"The file {path.name!r} has {info.st_size // 1_000_000} MB; at most {MAX_FILE_BYTES // 1_000_000} MB are"
            " read. Split it, or make its pictures smaller.",
            reason="too_large",
        )
    return real, _relative(inside, root)


def check_zip(path: Path, name: str) -> None:
    """
    Make sure that an office file is what it says before a library opens it.

    Args:
        path: A docx, xlsx or pptx file.
        name: What to call it: `Word document`.

    Raises:
        DocumentUnreadable: Protected, damaged, unpacking to too much, or with XML entities.
    """
    with path.open("rb") as file:
        head = file.read(len(OLE_MAGIC))
        if head == OLE_MAGIC:
            rest = file.read()
            if "EncryptedPackage".encode("utf-16-le") in rest:
                raise DocumentUnreadable(
                    f"The {name} is protected with a password; save a copy without it.", reason="encrypted"
                )
            raise DocumentUnreadable(
                f"The {name} is in the format of Office 97-2003; save it in today's format.", reason="unsupported"
            )
    if not head:
        raise DocumentUnreadable(f"The {name} is empty: the file has no bytes.")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_entries(archive, name)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise DocumentUnreadable(
            f"The file is damaged or is no {name}; open it where it was written and save it again."
        ) from error


def _check_entries(archive: zipfile.ZipFile, name: str) -> None:
    entries = archive.infolist()
    unpacked, packed = sum(each.file_size for each in entries), sum(each.compress_size for each in entries)
    bomb = unpacked > _RATIO_MATTERS_BYTES and unpacked > MAX_ZIP_RATIO * max(1, packed)
    if bomb or unpacked > MAX_UNZIPPED_BYTES or len(entries) > MAX_ZIP_ENTRIES:
        raise DocumentUnreadable(
            f"The {name} unpacks to {unpacked // 1_000_000} MB, which no hotel document needs; it was not opened.",
            reason="unsafe",
        )
    for entry in entries:
        if entry.filename.endswith((".xml", ".rels")):
            with archive.open(entry) as part:
                if b"<!DOCTYPE" in part.read(_HEAD_BYTES).replace(b"\x00", b""):
                    raise DocumentUnreadable(
                        f"The {name} declares XML entities, which office programs never do; it was not opened.",
                        reason="unsafe",
                    )


def _relative(inside: Path, root: Path) -> str:
    for path, base in ((inside, root), (inside.resolve(), root.resolve())):
        if path.is_relative_to(base):
            return path.relative_to(base).as_posix()
    return inside.name


def _why(error: BaseException) -> str:
    if isinstance(error, FileNotFoundError):
        return "it does not exist"
    if isinstance(error, PermissionError):
        return "this program may not read it"
    return "its name or its folder is not valid"
