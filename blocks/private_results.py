"""Results that only this installation can read: answers of models may hold a guest's words."""

import asyncio
import glob
import os
import threading
from functools import cache
from pathlib import Path
from typing import Any, Literal

from cryptography.fernet import Fernet, InvalidToken
from prefect.filesystems import LocalFileSystem
from prefect.results import aget_default_result_storage
from prefect.serializers import Serializer

from innkeeper.blocks.settings import settings
from innkeeper.schemas.errors import NotConfigured


class PrivateText(Serializer):  # Prefect refuses `Serializer[…]` as a base
    """Writes text encrypted; the key is `INNKEEPER_RESULTS_KEY`, or a file in `INNKEEPER_HOME` made at first use."""

    type: Literal["innkeeper-private-text"] = "innkeeper-private-text"

    def dumps(self, obj: Any) -> bytes:
        """`obj`, which must be text, encrypted."""
        return _cipher().encrypt(str(obj).encode())

    def loads(self, blob: bytes) -> str:
        """The text; raises `NotConfigured` when another key wrote it."""
        try:
            return _cipher().decrypt(blob).decode()
        except InvalidToken:
            raise NotConfigured(
                "a stored answer was written with another key; set INNKEEPER_RESULTS_KEY to the same value everywhere"
            ) from None


async def forget_results(prefix: str) -> None:
    """Delete the stored results whose keys begin with `prefix`; other storage has its own expiry."""
    storage = await aget_default_result_storage()
    if isinstance(storage, LocalFileSystem) and storage.basepath:
        await asyncio.to_thread(_delete, Path(storage.basepath), prefix)


def _delete(folder: Path, prefix: str) -> None:
    for path in folder.expanduser().glob(f"{glob.escape(prefix)}*"):
        path.unlink(missing_ok=True)


@cache
def _cipher() -> Fernet:
    given = settings().results_key
    if given is not None:
        try:
            return Fernet(given.get_secret_value())
        except ValueError:
            raise NotConfigured(
                "INNKEEPER_RESULTS_KEY is no key; make one with"
                " python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
            ) from None
    return Fernet(_key_file(settings().home / "results.key"))


def _key_file(path: Path) -> bytes:
    """The key in `path`; of two that make it at once, one wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
    if not path.exists():
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(Fernet.generate_key())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()
