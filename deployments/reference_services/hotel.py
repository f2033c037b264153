"""What both services read: the hotel file that `innkeeper hotel import` takes."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from fastapi import Header, HTTPException

from innkeeper.schemas.hotel import HotelFile


def read_hotel(path: Path) -> HotelFile:
    """The hotel in a JSON file; raises `ValidationError` when it is none."""
    return HotelFile.model_validate_json(path.read_bytes())


def keeper(key: str | None) -> Callable[[str | None], None]:
    """A dependency that lets in whoever sends `key` as `X-API-Key`; everyone, when there is no key."""

    def check(x_api_key: Annotated[str | None, Header()] = None) -> None:
        if key is not None and not secrets.compare_digest((x_api_key or "").encode(), key.encode()):
            raise HTTPException(401, "send the service's key as X-API-Key")

    return check
