"""Reading a hotel file from disk or standard input."""

import sys
from pathlib import Path

from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.hotel import HotelFile
from innkeeper.schemas.hotel_file import MAX_BYTES, parse_hotel_file

STANDARD_INPUT = "-"


def read_hotel_file(path: str) -> tuple[HotelFile, list[str]]:
    """
    The hotel file at `path`, or standard input for "-", and its unknown keys.

    Raises:
        InputInvalid: It cannot be read, is larger than 50 MB, or `schemas.hotel_file` finds something wrong with it.
    """
    if path == STANDARD_INPUT:
        return parse_hotel_file(sys.stdin.buffer.read(MAX_BYTES + 1), "standard input")
    return parse_hotel_file(_bytes(path), path)


def _bytes(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(MAX_BYTES + 1)  # one more than allowed shows that it is too large, whatever its size
    except FileNotFoundError:
        raise InputInvalid(f"there is no file {path}") from None
    except IsADirectoryError:
        raise InputInvalid(f"{path} is a directory; give a JSON file in it") from None
    except (OSError, ValueError) as error:
        raise InputInvalid(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
