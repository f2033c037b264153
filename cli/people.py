"""Who uses a command: the person at this machine, in the role that they take."""

from innkeeper.cli.outcome import person
from innkeeper.schemas.access import Principal, Role


def local_principal(role: Role, guest: str | None = None) -> Principal:
    """
    The person at this machine, in a role; two roles are two principals, so that a manager may decide what the
    front desk of the same machine asked for.

    Args:
        role: In which to act.
        guest: Of a guest: by what they are known.
    """
    name = person()
    return Principal(key_id=f"{name}/{role.value}", name=name, role=role, guest=guest if role is Role.GUEST else None)
