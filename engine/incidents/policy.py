"""When an incident opens, grows, ends and is told again: the rules of `policy.yaml`, or of the hotel's own file."""

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from innkeeper.engine.incidents.packaged import cached_file
from innkeeper.schemas.logs import Finding, FindingKind, Severity

_SEVERITIES = tuple(Severity)
Minutes = Annotated[float, Field(gt=0, le=10_080)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OpeningRule(_Strict):
    """In how many sweeps a finding has to be seen; it fits findings that have its kind, severity, p-value and so on."""

    kinds: tuple[FindingKind, ...] = ()
    severity_at_least: Severity = Severity.LOW
    p_value_at_most: float | None = Field(default=None, gt=0, le=1)
    lasting: bool = False
    need: int = Field(ge=1, le=20)
    of: int = Field(ge=1, le=40)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.need > self.of:
            raise ValueError(f"need {self.need} of {self.of} sweeps can never happen; `of` is at least `need`")
        return self

    def fits(self, finding: Finding) -> bool:
        """Whether the rule is about this finding."""
        kind_fits = not self.kinds or finding.kind in self.kinds
        limit = self.p_value_at_most
        is_sure = limit is None or (finding.p_value is not None and finding.p_value <= limit)
        lasts = finding.lasting or not self.lasting
        return kind_fits and is_sure and lasts and rank(finding.severity) >= rank(self.severity_at_least)


class Correlation(_Strict):
    """When findings of two services are one incident."""

    same_minutes: Minutes = 5
    shared_traces: int = Field(default=2, ge=1)


class Wide(_Strict):
    """How many services make an incident more severe, and by how many steps."""

    services: int = Field(default=3, ge=2)
    steps: int = Field(default=1, ge=0, le=3)


class ResolveAfter(_Strict):
    """How long it has to be quiet; both have to be reached."""

    quiet_sweeps: int = Field(default=6, ge=1)
    minutes: float = Field(default=25, ge=0)


class EscalationStep(_Strict):
    """One level of the escalation; `after_minutes` counts from the opening."""

    after_minutes: Minutes


class IncidentPolicy(_Strict):
    """`policy.yaml`."""

    findings_from: Severity = Severity.LOW
    opening: tuple[OpeningRule, ...] = Field(min_length=1)
    correlation: Correlation = Correlation()
    wide: Wide = Wide()
    resolve_after: ResolveAfter = ResolveAfter()
    reopen_within_minutes: Annotated[float, Field(ge=0)] = 60
    escalation: dict[Severity, tuple[EscalationStep, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        last = self.opening[-1]
        if last.model_dump(exclude={"need", "of"}) != OpeningRule(need=1, of=1).model_dump(exclude={"need", "of"}):
            raise ValueError("opening: the last rule has to fit every finding: give it `need` and `of` alone")
        for severity, steps in self.escalation.items():
            if any(later.after_minutes <= sooner.after_minutes for sooner, later in pairwise(steps)):
                raise ValueError(f"escalation.{severity}: each step has to be later than the one before it")
        return self

    def opening_of(self, findings: Sequence[Finding]) -> OpeningRule:
        """The quickest rule for an incident with these findings."""
        return min((self._rule(each) for each in findings), key=lambda rule: (rule.need, -rule.of))

    def at_once(self) -> "IncidentPolicy":
        """The same policy for a window that is looked at only once: every finding that counts opens an incident."""
        return self.model_copy(update={"opening": (OpeningRule(need=1, of=1),)})

    def counts(self, findings: Sequence[Finding]) -> bool:
        """Whether one of them is severe enough to be about an incident."""
        return any(rank(each.severity) >= rank(self.findings_from) for each in findings)

    def wait_before(self, severity: Severity, level: int) -> dt.timedelta | None:
        """
        From reaching `level` until the next one; none when there is no next one.

        Args:
            level: Steps taken so far; 0 when it has just been opened.
        """
        steps = self.escalation.get(severity, ())
        if level >= len(steps):
            return None
        before = steps[level - 1].after_minutes if level else 0.0
        return dt.timedelta(minutes=steps[level].after_minutes - before)

    def _rule(self, finding: Finding) -> OpeningRule:
        return next(rule for rule in self.opening if rule.fits(finding))


def rank(severity: Severity) -> int:
    """0 for LOW to 3 for CRITICAL."""
    return _SEVERITIES.index(severity)


def raised(severity: Severity, steps: int) -> Severity:
    """`severity` so many steps worse; nothing is worse than CRITICAL."""
    return _SEVERITIES[min(rank(severity) + steps, len(_SEVERITIES) - 1)]


def load_policy(path: Path | None = None) -> IncidentPolicy:
    """
    The packaged policy, or a hotel's own.

    Raises:
        NotConfigured: The file is no policy; the message names the place.
    """
    return cached_file(IncidentPolicy, "policy.yaml", path)
