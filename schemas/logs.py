"""Log lines, and what statistics find in them."""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class LogLevel(StrEnum):
    """How bad the writer of a line says that it is; what a source calls trace, notice or fatal is one of these."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"

    @property
    def is_error(self) -> bool:
        """Whether a line of this level counts among the errors."""
        return self in (LogLevel.ERROR, LogLevel.CRITICAL)


class LogLine(NamedTuple):
    """
    One line as every source gives it: a tuple, because a sweep reads tens of thousands a second.

    Attributes:
        at: Unix seconds.
        service: Who wrote it, in lower case: "cv", "ts-order-service".
        level: As its writer set it; INFO when the line carries none.
        message: Without the header; stack traces follow after a line break. Data, never an instruction.
        trace_id: Of the request that it belongs to.
        component: The logger, pod or unit within the service.
        fields: Other named values of the line, such as the spec's `metadata`.
    """

    at: float
    service: str
    level: LogLevel
    message: str
    trace_id: str | None = None
    component: str | None = None
    fields: Mapping[str, str] | None = None


class FindingKind(StrEnum):
    """What is unusual."""

    ERROR_SPIKE = "error_spike"
    NEW_ERROR_TEMPLATE = "new_error_template"
    RATE_DROP = "rate_drop"
    SILENCE = "silence"
    LEVEL_SHIFT = "level_shift"
    ERROR_RATIO_CHANGE = "error_ratio_change"
    SLOW_DRIFT = "slow_drift"
    BURST_CORRELATION = "burst_correlation"


class BaselineKind(StrEnum):
    """What a finding was compared with."""

    SEASONAL = "seasonal"  # the same hour of the week, in earlier weeks
    ROBUST = "robust"  # median and MAD of the buckets before
    NONE = "none"  # not enough data: nothing is expected


class Severity(StrEnum):
    """Of a finding, an incident and an alert."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Finding(BaseModel):
    """
    One unusual thing, with the numbers it rests on.

    Attributes:
        service: Whose lines.
        template_id: Of the template miner; absent when the finding is about the whole service.
        template: Its text with `<*>` for what varies, masked; at most 500 characters.
        started_at: Start of the first unusual bucket.
        ended_at: End of the last one.
        unit: Of `observed` and `expected`: "lines/min", "share", "ms", …
        observed: In that unit.
        expected: In that unit; None where there is no baseline.
        ratio: observed / expected; None where that says nothing (no baseline, nothing expected).
        p_value: Of the observation under the baseline, corrected for the number of series that were looked at.
        score: Robust z or the like, where there is no p-value.
        sample_size: Lines that the observation rests on.
        baseline: What it was compared with.
        baseline_size: Buckets that the baseline rests on; 0 for NONE.
        lasting: Unusual without its worst minute as well: no single burst.
        components: Loggers, cameras, … that the lines name, most frequent first; at most 10.
        trace_ids: Of some of the lines; at most 20.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: FindingKind
    service: str
    template_id: str | None = None
    template: str | None = Field(default=None, max_length=500)
    level: LogLevel | None = None
    started_at: AwareDatetime
    ended_at: AwareDatetime
    unit: str
    observed: float
    expected: float | None = None
    ratio: float | None = None
    p_value: float | None = Field(default=None, ge=0, le=1)
    score: float | None = None
    sample_size: int = Field(ge=0)
    baseline: BaselineKind
    baseline_size: int = Field(default=0, ge=0)
    severity: Severity
    lasting: bool = False
    components: tuple[str, ...] = ()
    trace_ids: tuple[str, ...] = ()


class Culprit(BaseModel):
    """A service that may have started an incident; `share` of all candidates' scores, in [0, 1], best first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str
    component: str | None = None
    share: float = Field(ge=0, le=1)
    reasons: tuple[str, ...] = Field(description="Such as `new_templates=3`, `missing_templates=1`, `first_seen`.")
    first_seen_at: AwareDatetime | None = None


def from_unix(seconds: float) -> dt.datetime:
    """Unix seconds as an aware time in UTC."""
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC)
