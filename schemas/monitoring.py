"""Log analysis as it is asked for and told: the specification's shapes, and the reports of sweeps."""

from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from innkeeper.schemas.incidents import Action, Impact, IncidentStatus
from innkeeper.schemas.logs import Culprit, Finding, FindingKind, Severity

MAX_POSTED_LINES = 5_000
MAX_LINE_CHARS = 8_000
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class PostedLine(BaseModel):
    """One line of a request, as the specification has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: Short
    level: Short = Field(description="debug, info, warning, error, critical, or another usual word.")
    message: str = Field(max_length=MAX_LINE_CHARS)
    timestamp: AwareDatetime
    metadata: dict[str, Any] = Field(default_factory=dict, max_length=40)


class AnalyzeRequest(BaseModel):
    """Lines to be looked at; those of the last `time_window_minutes` are judged, earlier ones are what is normal."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    logs: list[PostedLine] = Field(min_length=1, max_length=MAX_POSTED_LINES)
    time_window_minutes: int = Field(default=5, ge=1, le=24 * 60)
    language: Literal["en", "vi"] = "en"


class Chart(BaseModel):
    """Lines per minute from `since` on: error lines, or all lines where there are no errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: AwareDatetime
    lines: tuple[int, ...]


class Issue(BaseModel):
    """One thing that is wrong: the specification's fields, and the numbers that it rests on."""

    model_config = ConfigDict(frozen=True)

    type: FindingKind
    service: str
    severity: Severity
    status: IncidentStatus
    description: str
    affected_components: list[str]
    possible_causes: list[str]
    recommended_actions: list[Action]
    impact_assessment: Impact
    incident_id: str | None = None
    started_at: AwareDatetime
    last_seen_at: AwareDatetime
    findings: list[Finding] = Field(description="The statistics.")
    culprits: list[Culprit] = Field(default_factory=list, description="Who may have started it, the likeliest first.")
    chart: Chart | None = Field(default=None, description="Of the hour until it was found.")


class AnalysisReport(BaseModel):
    """
    What an analysis found.

    Attributes:
        alert_sent: Whether this analysis sent one: an incident that was told before is not told again.
        alert_channels: Where it went.
        incident_id: Of the first issue.
        notes: What an operator should know: not enough data, lines that could not be read.
    """

    model_config = ConfigDict(frozen=True)

    anomalies_detected: bool
    summary: str
    issues: list[Issue]
    alert_sent: bool = False
    alert_channels: list[str] = Field(default_factory=list)
    incident_id: str | None = None
    analysis_time_ms: float
    lines: int = Field(ge=0)
    notes: list[str] = Field(default_factory=list)
    model: str = Field(default="engine", description="Whose words they are.")


class ActiveAlertReport(BaseModel):
    """One incident that is not over."""

    model_config = ConfigDict(frozen=True)

    id: str
    incident_id: str
    severity: Severity
    service: str
    issue: str
    started_at: AwareDatetime
    status: Literal["investigating", "acknowledged"]


class MonitoringStatus(BaseModel):
    """How the watch over the logs is: `active`, `stale` (no sweep for too long), or `idle` (never swept)."""

    model_config = ConfigDict(frozen=True)

    status: Literal["active", "stale", "idle"]
    active_alerts: int
    alerts: list[ActiveAlertReport]
    services_monitored: list[str]
    last_analysis: AwareDatetime | None


class SweepReport(BaseModel):
    """
    What a sweep of one source came to.

    Attributes:
        windows: Judged ones; those that are too old to be reported are not among them.
        incidents: Ids of new and changed ones.
        alerts: Ids of those that were written.
        problems: What could not be read, without text of a line.
        lag_s: Seconds between the newest line and the reading.
        charts: Of the services in which something was found.
        more: There is more to read than one sweep takes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    lines: int = 0
    windows: int = 0
    findings: int = 0
    incidents: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    lag_s: float | None = None
    charts: dict[str, Chart] = Field(default_factory=dict)
    more: bool = False

    def plus(self, later: Self) -> Self:
        """Both parts of one sweep."""
        return self.model_copy(
            update={
                "lines": self.lines + later.lines,
                "windows": self.windows + later.windows,
                "findings": self.findings + later.findings,
                "incidents": tuple(dict.fromkeys((*self.incidents, *later.incidents))),
                "alerts": (*self.alerts, *later.alerts),
                "problems": tuple(dict.fromkeys((*self.problems, *later.problems)))[:20],
                "lag_s": later.lag_s if later.lag_s is not None else self.lag_s,
                "charts": self.charts | later.charts,
                "more": later.more,
            }
        )


class SweepsReport(BaseModel):
    """What a sweep of all sources came to; `failed` says of which source and why, `note` why nothing was swept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sweeps: tuple[SweepReport, ...] = ()
    failed: dict[str, str] = Field(default_factory=dict)
    alerts_sent: int = 0
    alerts_waiting: int = 0
    note: str | None = None


class SilentSweepReport(BaseModel):
    """What the dead man's switch came to: the sources it watches, and incidents that it opened, kept open or ended."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    watched: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    alerts_sent: int = 0
