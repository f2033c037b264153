"""
How severe a finding is: one rule per kind, of its numbers alone.

| kind | LOW | MEDIUM | HIGH | CRITICAL |
|---|---|---|---|---|
| error spike, error ratio | - | else | 20 errors, and x 10 or half of all lines | HIGH, x 10, a tenth critical |
| new error template | below 3 lines, or no more errors in all | else | 20 lines, half of all lines, 3 critical | - |
| rate drop | - | else | a tenth or less is left | - |
| silence | - | - | one service | all services |
| level shift | lines, ms below x 1.5 | else | ms x 2; errors as a spike |  - |
| slow drift | - | below x 2 | x 2 | - |
| burst correlation | - | - | 3 services | 5 services |

Without a baseline, an error spike is HIGH. A service map or a policy may raise it later; none is lowered because a
service is small.
"""

from innkeeper.schemas.logs import Severity

MUCH = 10.0
HALF = 0.5
MANY_LINES = 20
SOME_NEW_LINES = 3
WIDE, VERY_WIDE = 3, 5


def of_errors(ratio: float | None, errors: int, critical: int, lines: int) -> Severity:
    """Of a spike, or of a change of the share of errors; `lines` are all of the service's."""
    if ratio is None:
        return Severity.HIGH if errors >= HALF * lines else Severity.MEDIUM
    if errors < MANY_LINES or (ratio < MUCH and errors < HALF * lines):
        return Severity.MEDIUM
    return Severity.CRITICAL if ratio >= MUCH and critical * 10 >= errors else Severity.HIGH


def of_new_template(found: int, critical: int, lines: int, *, more_than_usual: bool) -> Severity:
    """Of a template's `found` lines, `critical` among them, in `lines` of its service."""
    if critical >= SOME_NEW_LINES:
        return Severity.HIGH
    if not more_than_usual or (found < SOME_NEW_LINES and not critical):
        return Severity.LOW
    return Severity.HIGH if found >= MANY_LINES or found >= HALF * lines else Severity.MEDIUM


def of_drop(ratio: float) -> Severity:
    """Of lines that are missing."""
    return Severity.HIGH if ratio <= 1 / MUCH else Severity.MEDIUM


def of_drift(ratio: float) -> Severity:
    """Of durations that grew to so many times what they were."""
    return Severity.HIGH if ratio >= 2 else Severity.MEDIUM


def of_burst(services: int) -> Severity:
    """Of services that are unusual together."""
    return Severity.CRITICAL if services >= VERY_WIDE else Severity.HIGH
