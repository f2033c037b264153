"""What was found in words: descriptions with their numbers, possible causes with their evidence, summaries."""

import datetime as dt
from collections.abc import Sequence

from innkeeper.engine.incidents.causes import causes_of
from innkeeper.engine.incidents.figures import amount, clock, probability, ratio, share, zone_name
from innkeeper.engine.incidents.hostile import one_line, service_name
from innkeeper.engine.incidents.services import ServiceMap
from innkeeper.engine.incidents.titles import has_phrase, say, severity_words, title_for
from innkeeper.engine.locale.formats import Language, list_text, number_text, sentence
from innkeeper.engine.locale.plural import counted
from innkeeper.schemas.incidents import Incident
from innkeeper.schemas.logs import BaselineKind, Finding, FindingKind

_ROUNDING = 0.01  # shares come with four decimals
_COUNTED_UP_TO = 50  # lines: "3 of 3", above "100%"
_SHARE = "share"
_TIMES = ("ms", "s", "min")
_MAX_NAMED = 5
TEMPLATE_CHARS = 160


def incident_title(incident: Incident, language: Language, services: ServiceMap | None = None) -> str:
    """What and where, on one line; with a map, by the service's name."""
    name = services.called(incident.service, language) if services else None
    return title_for(incident.kind, incident.service, language, name)


def describe(finding: Finding, language: Language, zone: dt.tzinfo = dt.UTC) -> str:
    """
    One finding with the numbers it rests on.

    "15% of lines are errors between 08:30 and 08:32 UTC; 2% were expected (×7.5, n=400, p<0.001)"; without a baseline
    "3 of 3 lines are errors between 08:30 and 08:32 UTC; there is no baseline yet".
    """
    observed = _observed(finding, language, zone)
    if finding.kind is FindingKind.BURST_CORRELATION:  # its services' own findings have the numbers
        return observed
    if finding.expected is None:
        compared = say("no_baseline", language)
    else:
        expected = quantity(finding.expected, finding.unit, language)
        compared = say("expected_were" if _is_many(finding) else "expected_was", language, expected=expected)
    told = f"{observed}; {compared}"
    numbers = statistics(finding, language)
    return f"{told} ({numbers})" if numbers else told


def describe_incident(incident: Incident, language: Language, zone: dt.tzinfo = dt.UTC) -> str:
    """The leading finding, and what its lines read."""
    first = leading_finding(incident)
    if first is None:
        return title_for(incident.kind, incident.service, language)
    template = template_words(first, language)
    return " ".join(map(sentence, filter(None, (describe(first, language, zone), template))))


def leading_finding(incident: Incident) -> Finding | None:
    """The one that the incident is named after, or the latest."""
    named = [each for each in incident.findings if (each.kind, each.service) == (incident.kind, incident.service)]
    return next(iter((*named, *incident.findings)), None)


def template_words(finding: Finding, language: Language) -> str:
    """What the lines read; empty where the finding is about the whole service."""
    if not finding.template:
        return ""
    return say("template", language, template=one_line(finding.template, TEMPLATE_CHARS))


def possible_causes(incident: Incident, language: Language) -> tuple[str, ...]:
    """What the lines show, each with its evidence; that they show none, where they do not."""
    shown = causes_of(incident.findings)
    if not shown:
        return (say("cause_unknown", language),)
    return tuple(
        say("cause_shown", language, cause=each.name.in_language(language), words=each.words) for each in shown
    )


def summarize(
    incidents: Sequence[Incident],
    language: Language,
    *,
    services: ServiceMap | None = None,
    zone: dt.tzinfo = dt.UTC,
    enough_data: bool = True,
) -> str:
    """
    All incidents of a sweep or of an analysis in a sentence or two.

    Args:
        incidents: The worst first.
        language: Of the summary.
        services: For their names.
        zone: Of the times.
        enough_data: False when nothing could be compared with a baseline.
    """
    if not incidents:
        return say("quiet" if enough_data else "not_enough", language)
    if len(incidents) == 1:
        (only,) = incidents
        title = incident_title(only, language, services)
        severity = severity_words(only.severity, language)
        return f"{severity}: {sentence(title)} {describe_incident(only, language, zone)}"
    titles = [f"{incident_title(each, language, services)} ({severity_words(each.severity, language).lower()})"
              for each in incidents[:_MAX_NAMED]]  # fmt: skip
    if len(incidents) > _MAX_NAMED:
        titles.append(say("and_more", language, count=str(len(incidents) - _MAX_NAMED)))
    return say("many_incidents", language, count=str(len(incidents)), titles="; ".join(titles))


def quantity(value: float, unit: str, language: Language) -> str:
    """A value with its unit: "15%", "12 lines/min", "0,25 s"; an unknown unit stays as it is."""
    if unit == _SHARE:
        return share(value, language)
    name = say(f"unit_{unit}", language) if has_phrase(f"unit_{unit}") else one_line(unit, 20)
    return f"{amount(value, language)} {name}".rstrip()


def statistics(finding: Finding, language: Language) -> str:
    """ "×7.5, n=400, p<0.001": what there is of it."""
    parts = []
    if finding.ratio is not None:
        parts.append(ratio(finding.ratio, language))
    if finding.sample_size and not _is_counted(finding):
        parts.append(f"n={number_text(finding.sample_size, language)}")
    if finding.p_value is not None:
        parts.append(probability(finding.p_value, language))
    elif finding.score is not None:
        parts.append(f"z={amount(finding.score, language)}")
    return ", ".join(parts)


def baseline_words(finding: Finding, language: Language) -> str:
    """What it was compared with: "same hour of earlier weeks, 36 intervals"."""
    if finding.baseline is BaselineKind.NONE:
        return say("baseline_none", language)
    size = counted(finding.baseline_size, say("interval", language), say("intervals", language), language=language)
    return say(f"baseline_{finding.baseline}", language, size=size)


def period(start: dt.datetime, end: dt.datetime, language: Language, zone: dt.tzinfo = dt.UTC) -> str:
    """ "between 08:30 and 08:32 UTC", or "at 08:30 UTC"."""
    first, last = clock(start, zone), clock(end, zone)
    name = zone_name(start.astimezone(zone))
    if first == last:
        return say("at", language, start=first, zone=name)
    return say("between", language, start=first, end=last, zone=name)


def _observed(finding: Finding, language: Language, zone: dt.tzinfo) -> str:
    when = period(finding.started_at, finding.ended_at, language, zone)
    told = quantity(finding.observed, finding.unit, language)
    if finding.kind is FindingKind.BURST_CORRELATION:
        names = [service_name(each) for each in dict.fromkeys((finding.service, *finding.components))][:_MAX_NAMED]
        return say("together", language, services=list_text(names, language), period=when)
    if _is_counted(finding):
        count, total = str(round(finding.observed * finding.sample_size)), str(finding.sample_size)
        return say("share_counted", language, count=count, total=total, period=when)
    if finding.unit == _SHARE:
        return say("share", language, share=told, period=when)
    if finding.kind is FindingKind.NEW_ERROR_TEMPLATE:
        return say("new_errors", language, amount=told, period=when)
    if finding.unit in _TIMES:
        return say("measured", language, amount=told, period=when)
    if not finding.observed and finding.kind in (FindingKind.SILENCE, FindingKind.RATE_DROP):
        return say("nothing", language, period=when)
    return say("errors" if _is_of_errors(finding) else "lines", language, amount=told, period=when)


def _is_of_errors(finding: Finding) -> bool:
    """Whether the lines that were counted are errors; a finding about all lines has no level."""
    if finding.kind is FindingKind.LEVEL_SHIFT:
        return finding.level is not None and finding.level.is_error
    return finding.kind in (FindingKind.ERROR_SPIKE, FindingKind.ERROR_RATIO_CHANGE)


def _is_counted(finding: Finding) -> bool:
    """Whether a share is told as "3 of 3 lines": few lines, and a whole number of them."""
    lines = finding.observed * finding.sample_size
    few = finding.unit == _SHARE and 0 < finding.sample_size <= _COUNTED_UP_TO and 0 <= finding.observed <= 1
    return few and abs(lines - round(lines)) < _ROUNDING


def _is_many(finding: Finding) -> bool:
    """Whether English says "were": not of one thing, nor of an amount of time."""
    return finding.expected != 1 and finding.unit not in _TIMES
