"""Who may call Innkeeper, and as whom."""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field


class Role(StrEnum):
    """What the holder of a key is to the hotel."""

    GUEST = "guest"
    HOUSEKEEPING = "housekeeping"
    RECEPTIONIST = "receptionist"
    MANAGER = "manager"
    SERVICE = "service"


# A role may be laid down for a lower one, never taken up.
_BELOW: dict[Role, frozenset[Role]] = {
    Role.GUEST: frozenset(),
    Role.HOUSEKEEPING: frozenset({Role.GUEST}),
    Role.RECEPTIONIST: frozenset({Role.GUEST, Role.HOUSEKEEPING}),
    Role.SERVICE: frozenset({Role.GUEST, Role.HOUSEKEEPING, Role.RECEPTIONIST}),
    Role.MANAGER: frozenset({Role.GUEST, Role.HOUSEKEEPING, Role.RECEPTIONIST, Role.SERVICE}),
}


class Principal(BaseModel):
    """
    Whom a key belongs to.

    Attributes:
        guest: By what a guest is known: a booking id, e-mail address or phone number; only of `Role.GUEST`.
    """

    model_config = ConfigDict(frozen=True)

    key_id: str
    name: str
    role: Role
    guest: str | None = Field(default=None, max_length=254)

    @property
    def is_staff(self) -> bool:
        """Anyone but a guest."""
        return self.role is not Role.GUEST

    def acting_as(self, role: Role | None, guest: str | None = None) -> Self:
        """
        This principal in a lower role; a higher one is not given, and changes nothing.

        Args:
            role: The role that the client asks for.
            guest: For whom staff or another service ask; a guest cannot choose to be another one.
        """
        if self.role is Role.GUEST or role is None or role not in _BELOW[self.role]:
            return self
        return self.model_copy(update={"role": role, "guest": guest if role is Role.GUEST else None})

    def may_be(self, other: "Principal") -> bool:
        """Whether `other` is this principal, or this one in a lower role: what is theirs is then this one's, too."""
        as_other = self.acting_as(other.role, other.guest)
        return (as_other.key_id, as_other.role, as_other.guest) == (other.key_id, other.role, other.guest)
