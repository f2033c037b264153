"""What a hotel can be asked for, who does it, how fast: the shape of `engine/routing/taxonomy.yaml`."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Minutes = Annotated[int, Field(ge=1, le=10_080)]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Priority(StrEnum):
    """How soon a request must be looked at, least urgent first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low to 3 for critical."""
        return list(Priority).index(self)

    @property
    def urgency(self) -> str:
        """The specification's `urgency`, which knows `normal` where a priority is `medium`."""
        return "normal" if self is Priority.MEDIUM else self.value


class Subcategory(BaseModel):
    """One kind of request."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    workflow_id: str = Field(pattern=r"^WF_[A-Z_]+_\d{3}$", description="Names the fulfilment workflow.")
    sla_minutes: Minutes = Field(description="What may be promised to a guest: minutes until it is done.")
    default_priority: Priority = Priority.MEDIUM
    request_type: Slug | None = Field(
        default=None, description="`structured_request.type`; the subcategory when absent."
    )
    team: Slug | None = Field(default=None, description="When another team than the category's does it.")
    issue: Slug | None = Field(
        default=None, description="What is wrong, when the message does not say it more exactly."
    )
    label: dict[str, str] = Field(description="What a guest would call it, per language: it completes a reply.")


class Category(BaseModel):
    """One department's work."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    team: Slug
    aliases: tuple[Slug, ...] = ()
    subcategories: dict[Slug, Subcategory]


class Taxonomy(BaseModel):
    """Every category and subcategory, with teams, workflows and service levels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    deployment: str = Field(
        default="fulfil-work-orders/production",
        pattern=r"^[^/]+/[^/]+$",
        description="The Prefect deployment that fulfils work orders; it is given the team and the batch.",
    )
    categories: dict[Slug, Category]

    @model_validator(mode="after")
    def _has_english_labels(self) -> Self:
        missing = [
            name
            for category in self.categories.values()
            for name, entry in category.subcategories.items()
            if "en" not in entry.label
        ]
        if missing:
            raise ValueError(f"no English label (`label.en`) for {', '.join(missing)}")
        return self

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        seen: dict[str, str] = {}
        workflows: dict[str, str] = {}
        for category_name, category in self.categories.items():
            for name, subcategory in category.subcategories.items():
                if name in seen:
                    raise ValueError(f"subcategory {name!r} stands under {seen[name]!r} and {category_name!r}")
                if subcategory.workflow_id in workflows:
                    raise ValueError(
                        f"{subcategory.workflow_id} belongs to both {workflows[subcategory.workflow_id]!r} and {name!r}"
                    )
                seen[name], workflows[subcategory.workflow_id] = category_name, name
        return self

    def category_of(self, subcategory: str) -> str:
        """The category that holds `subcategory`; raise `KeyError` when none does."""
        for name, category in self.categories.items():
            if subcategory in category.subcategories:
                return name
        raise KeyError(subcategory)

    def subcategory(self, name: str) -> Subcategory:
        """The entry of subcategory `name`; raise `KeyError` when there is none."""
        return self.categories[self.category_of(name)].subcategories[name]

    def team_of(self, subcategory: str) -> str:
        """The team that does `subcategory`."""
        return self.subcategory(subcategory).team or self.categories[self.category_of(subcategory)].team

    @property
    def subcategories(self) -> tuple[str, ...]:
        """All subcategory names, in the file's order."""
        return tuple(name for category in self.categories.values() for name in category.subcategories)

    @property
    def teams(self) -> tuple[str, ...]:
        """All teams, each once, in the file's order."""
        return tuple(dict.fromkeys(self.team_of(name) for name in self.subcategories))
