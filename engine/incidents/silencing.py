"""Whether an incident is found while somebody wants to hear nothing of it."""

import datetime as dt
from collections.abc import Sequence

from innkeeper.schemas.incidents import Incident, Silence
from innkeeper.schemas.logs import Finding


def is_silenced(incident: Incident, findings: Sequence[Finding], silences: Sequence[Silence], now: dt.datetime) -> bool:
    """
    Whether all of it is silenced now: by its fingerprint, or each finding by its service and kind.

    Args:
        incident: What the findings belong to.
        findings: Of this sweep; those of the incident when there are none.
        silences: Running or not; one starts at `starts_at` and is over at `ends_at`.
        now: The sweep's time.
    """
    running = [each for each in silences if each.starts_at <= now < each.ends_at]
    if any(each.fingerprint == incident.fingerprint and _fits_incident(each, incident) for each in running):
        return True
    judged = findings or incident.findings
    whole = [each for each in running if each.fingerprint is None]
    return bool(judged) and all(any(_covers(silence, each) for silence in whole) for each in judged)


def _fits_incident(silence: Silence, incident: Incident) -> bool:
    return silence.service in (None, incident.service) and silence.kind in (None, incident.kind)


def _covers(silence: Silence, finding: Finding) -> bool:
    return silence.service in (None, finding.service) and silence.kind in (None, finding.kind)
