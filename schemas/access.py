"""Who may call Innkeeper."""

from enum import StrEnum


class Role(StrEnum):
    """What the holder of a key is to the hotel."""

    GUEST = "guest"
    HOUSEKEEPING = "housekeeping"
    RECEPTIONIST = "receptionist"
    MANAGER = "manager"
    SERVICE = "service"
