"""One file of numpy arrays and JSON, written whole or not at all."""

import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from innkeeper.schemas.errors import InputInvalid

FORMAT = 1
_ABOUT = "about_json"


def write_snapshot(path: Path, arrays: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> None:
    """Write arrays and what is said about them beside `path` first, then move it there."""
    text = json.dumps({"format": FORMAT, **about}, ensure_ascii=False).encode()
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            np.savez(file, **{_ABOUT: np.frombuffer(text, dtype=np.uint8)}, **arrays)  # type: ignore[arg-type]  # its stub takes a flag among the names
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_snapshot(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """
    The reverse of `write_snapshot`.

    Raises:
        InputInvalid: The file is none of ours, damaged, or of another version; the message says what to do.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(arrays.pop(_ABOUT).tobytes())
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InputInvalid(
            f"{path} is not a search index, or is damaged ({error}); index the documents again."
        ) from error
    if about.get("format") != FORMAT:
        raise InputInvalid(f"{path} was written by another version of Innkeeper; index the documents again.")
    return arrays, about
