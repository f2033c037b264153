"""The catalogue of reviewed runbooks: what may be proposed, when, with which arguments; nothing is ever run."""

import re
import shlex
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from innkeeper.engine.incidents.causes import cause_ids
from innkeeper.engine.incidents.packaged import cached_file
from innkeeper.engine.incidents.services import Words
from innkeeper.schemas.logs import FindingKind

ARGUMENT = re.compile(r"\{([a-z_]+)\}")
SAFE_VALUE = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}"
)  # no dot, slash, space or sign: neither an address nor a flag
Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Condition(_Strict):
    """When a runbook fits: everything that is given has to hold."""

    kinds: tuple[FindingKind, ...] = ()
    tags: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    services: tuple[str, ...] = ()

    @property
    def weight(self) -> int:
        """How exact it is: what the lines show counts more than what a service is, and that more than a kind."""
        return 4 * bool(self.causes) + 3 * bool(self.services) + 2 * bool(self.tags) + bool(self.kinds)


class Argument(_Strict):
    """The type of an argument; `choices` of a choice."""

    type: Literal["service", "component", "choice"]
    choices: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.type == "choice") != bool(self.choices):
            raise ValueError("`choices` belong to an argument of type choice, which needs at least one")
        wrong = [each for each in self.choices if not SAFE_VALUE.fullmatch(each)]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is no choice: letters, digits, - and _ only")
        return self


class Runbook(_Strict):
    """One entry of `runbooks.yaml`, whose head says what each field is."""

    id: Id
    words: Words
    when: tuple[Condition, ...] = Field(min_length=1)
    arguments: dict[str, Argument] = Field(default_factory=dict)
    command: str | None = Field(default=None, min_length=1, max_length=500)
    priority: Literal["immediate", "high", "medium", "low"]
    requires_approval: bool = True

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for name, text in (("words.en", self.words.en), ("words.vi", self.words.vi), ("command", self.command or "")):
            unknown = sorted(set(ARGUMENT.findall(text)) - set(self.arguments))
            if unknown:
                raise ValueError(f"runbook {self.id}: {name} has {{{unknown[0]}}}, which is none of its arguments")
        return self

    def rendered(self, values: Mapping[str, str]) -> str | None:
        """
        The command with its arguments shell-quoted; none when it has none, or one of them is not known.

        Args:
            values: Checked before: `actions.checked_arguments`.
        """
        needed = set(ARGUMENT.findall(self.command or ""))
        if self.command is None or needed - set(values):
            return None
        return ARGUMENT.sub(lambda match: shlex.quote(values[match[1]]), self.command)


class Runbooks(_Strict):
    """`runbooks.yaml`."""

    runbooks: tuple[Runbook, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        ids = [each.id for each in self.runbooks]
        twice = sorted({each for each in ids if ids.count(each) > 1})
        if twice:
            raise ValueError(f"runbook {twice[0]} is there twice; give one of them another id")
        for runbook in self.runbooks:
            unknown = sorted({cause for each in runbook.when for cause in each.causes} - set(cause_ids()))
            if unknown:
                raise ValueError(f"runbook {runbook.id}: causes.yaml has no cause {unknown[0]!r}")
        return self

    @cached_property
    def by_id(self) -> Mapping[str, Runbook]:
        """All of them."""
        return {each.id: each for each in self.runbooks}


def load_runbooks(path: Path | None = None) -> Runbooks:
    """
    The packaged catalogue, or a hotel's own.

    Raises:
        NotConfigured: The file is no catalogue; the message names the place.
    """
    return cached_file(Runbooks, "runbooks.yaml", path)
