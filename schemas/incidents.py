"""Incidents: one for everything with one cause, from its first finding until it is quiet again; and their alerts."""

from enum import StrEnum
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from innkeeper.schemas.logs import Culprit, Finding, FindingKind, Severity


class IncidentStatus(StrEnum):
    """Where an incident is in its life; PENDING ones have not yet been seen often enough to be opened."""

    PENDING = "pending"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    SUPPRESSED = "suppressed"  # found while silenced or in a maintenance window: kept, not told


class Action(BaseModel):
    """
    A step of a reviewed runbook, for a person to take.

    Attributes:
        runbook_id: Of the catalogue, "restart-service".
        action: In words.
        priority: As the specification has it.
        arguments: Checked against the runbook's types.
        command: Rendered from the runbook's own template; never run by Innkeeper. None where there is none.
        requires_approval: Whether somebody has to agree before it is carried out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    runbook_id: str
    action: str
    priority: Literal["immediate", "high", "medium", "low"]
    arguments: dict[str, str] = Field(default_factory=dict)
    command: str | None = None
    requires_approval: bool = True


class Impact(BaseModel):
    """What an incident means in the hotel, computed from the service map and the hotel's own data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    affected_users: str
    business_impact: str
    estimated_affected_count: int | None = Field(default=None, ge=0, description="None when it cannot be known.")


class Incident(BaseModel):
    """
    One incident.

    Attributes:
        id: "INC-2026-001": numbered from 001 in each year; None while it is pending.
        fingerprint: 32 hex digits: two incidents with one fingerprint are one incident.
        kind: Of its leading finding.
        occurrences: Sweeps in which it was found.
        quiet_sweeps: Sweeps since it was last found.
        title: One line, in English: what and where.
        findings: Latest first; at most 20.
        acknowledged_by, resolved_by: As the audit log names a principal; "quiet" when it resolved by itself.
        reopened: How often it came back after it was resolved.
        escalation_level: Steps of the escalation policy that have been taken.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str | None
    fingerprint: str
    kind: FindingKind
    service: str
    affected_components: tuple[str, ...] = ()
    severity: Severity
    status: IncidentStatus
    title: str
    started_at: AwareDatetime
    opened_at: AwareDatetime | None = None
    last_seen_at: AwareDatetime
    acknowledged_at: AwareDatetime | None = None
    acknowledged_by: str | None = None
    resolved_at: AwareDatetime | None = None
    resolved_by: str | None = None
    occurrences: int = Field(default=1, ge=1)
    quiet_sweeps: int = Field(default=0, ge=0)
    reopened: int = Field(default=0, ge=0)
    escalation_level: int = Field(default=0, ge=0)
    next_escalation_at: AwareDatetime | None = None
    findings: tuple[Finding, ...] = ()
    culprits: tuple[Culprit, ...] = ()
    actions: tuple[Action, ...] = ()
    impact: Impact | None = None


class AlertEvent(StrEnum):
    """What an alert tells."""

    OPENED = "opened"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    REOPENED = "reopened"


class Alert(BaseModel):
    """
    One message about one incident, for all targets.

    Attributes:
        id: "ALERT-001", numbered without end.
        deduplication_key: The incident's id: a target shows one thread, or one page, per key.
        summary: One line of at most 1,024 characters.
        text: Plain text of at most 3,000 characters, with the numbers.
        details: Plain values for machines: observed, expected, template, …
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    incident_id: str
    event: AlertEvent
    deduplication_key: str = Field(max_length=255)
    severity: Severity
    service: str
    component: str | None = None
    kind: FindingKind
    summary: str = Field(max_length=1_024)
    text: str = Field(max_length=3_000)
    occurred_at: AwareDatetime
    details: dict[str, Any] = Field(default_factory=dict)


class Silence(BaseModel):
    """
    A time in which matching incidents are kept but not told; a maintenance window is a silence made beforehand.

    Attributes:
        service: None for all.
        kind: None for all.
        reason: For whoever wonders.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    service: str | None = None
    kind: FindingKind | None = None
    fingerprint: str | None = None
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    reason: str = Field(min_length=1, max_length=500)
    created_by: str
