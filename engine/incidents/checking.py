"""A model's words about an incident: whether everything that they state is in the statistics, else the engine's own."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from innkeeper.engine.fact_guard import Evidence, unsupported
from innkeeper.engine.incidents.figures import zone_name
from innkeeper.engine.incidents.hostile import one_line, service_name
from innkeeper.engine.incidents.services import ServiceMap
from innkeeper.engine.incidents.statistics import statistics_of
from innkeeper.engine.incidents.wording import describe_incident, possible_causes, summarize
from innkeeper.engine.locale.formats import Language
from innkeeper.engine.text import clean
from innkeeper.schemas.incidents import Incident

_NUMBER = re.compile(r"(?<![\w.,:])[-+×x]?\d[\d.,:]*(?:\s?%)?")
_COMMAND = re.compile(
    r"`|\$\(|&&|\|\||(?<!\w)(?:sudo|kubectl|docker|systemctl|curl|wget|ssh|scp|chmod|chown|rm|kill|pkill|bash|sh|psql"
    r"|powershell|cmd\.exe|eval|nvidia-smi|reboot|shutdown|apt|pip|npm|nc|helm|iptables)(?=\s+[-/\w]|\s*$)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"\w{0,20}\[?:\]?//\S{0,200}|\bwww\.\S{1,200}|\S@\w|\b[a-z0-9-]{1,63}\.(?:com|net|org|io|vn|info|dev|app)\b",
    re.IGNORECASE,
)
_COMPUTED = re.compile(
    r"\b(?:doubled?|tripled?|twice|thrice|half|halved|quadrupled?|dozens?|hundreds?|thousands?|millions?)\b"
    r"|gấp (?:đôi|ba|bốn|năm|sáu|bảy|tám|chín|mười)|một nửa|hàng (?:chục|trăm|nghìn|ngàn|triệu)",
    re.IGNORECASE,
)
_PEOPLE = re.compile(
    r"(\d[\d.,]{0,12}) (?:of the |hotel |trên |số )?(?:guests?|people|persons?|rooms?|staff|customers|users|employees"
    r"|khách|người|phòng|nhân viên)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[\w-]+")


class CheckedWords(NamedTuple):
    """Words of an incident; `problems` says why a model's were not used, empty when they were, or none were given."""

    summary: str
    description: str
    possible_causes: tuple[str, ...]
    problems: tuple[str, ...] = ()


def unsupported_numbers(
    text: str,
    incident: Incident,
    *,
    services: ServiceMap | None = None,
    language: Language = "en",
    zone: dt.tzinfo = dt.UTC,
) -> list[str]:
    """
    What a text states and the incident's statistics do not hold, as it is written, in order; empty when all is well.

    Numbers, percentages and times; amounts in words ("doubled"); services of the map that have no part in it;
    commands and addresses of any kind.

    Args:
        text: At most some thousand characters.
        incident: With its findings and culprits.
        services: Whose names are looked for.
        language: In which the statistics were given to the model.
        zone: Of the times.
    """
    names = (zone_name(incident.started_at.astimezone(zone)), *incident.affected_components)
    text, known = (_without(each, names) for each in (clean(text), _known(incident, language, zone)))
    wrong = [match[0] for pattern in (_COMMAND, _ADDRESS) for match in pattern.finditer(text)]
    numbers = {_affected(incident), *(_value(each) for each in _NUMBER.findall(known))}
    wrong += [each for each in _NUMBER.findall(text) if _value(each) not in numbers]
    wrong += [match[0] for match in _PEOPLE.finditer(text) if _value(match[1]) != _affected(incident)]
    wrong += [match[0] for match in _COMPUTED.finditer(text) if match[0].lower() not in known.lower()]
    evidence = Evidence()
    evidence.add_text(known)
    spelled = [
        each.text for each in unsupported(text, evidence) if each.kind not in {"name", "code", "room", "promise"}
    ]
    wrong += [each for each in spelled if not any(each in other or other in each for other in wrong)
              and not _all_known(each, numbers)]  # fmt: skip
    wrong += _other_services(text, incident, services) if services else []
    return list(dict.fromkeys(each.strip() for each in wrong))


def checked_words(
    summary: str,
    description: str,
    causes: Sequence[str],
    incident: Incident,
    *,
    services: ServiceMap,
    language: Language = "en",
    zone: dt.tzinfo = dt.UTC,
) -> CheckedWords:
    """
    A model's words, each on one line, when nothing in them is unsupported; else the engine's own, and why.

    A cause that a model names has to rest on the same words of the lines as one of the engine's.
    """
    own = own_words(incident, services=services, language=language, zone=zone)
    problems = [
        each
        for text in (summary, description, *causes)
        for each in unsupported_numbers(text, incident, services=services, language=language, zone=zone)
    ]
    problems += [f"cause without evidence: {one_line(each, 80)}" for each in causes if not _is_shown(each, own)]
    if problems or not summary.strip() or not description.strip():
        return own._replace(problems=tuple(dict.fromkeys(problems)) or ("empty",))
    kept = tuple(one_line(each, 300) for each in causes) or own.possible_causes
    return CheckedWords(one_line(summary, 300), one_line(description, 900), kept)


def own_words(
    incident: Incident, *, services: ServiceMap, language: Language = "en", zone: dt.tzinfo = dt.UTC
) -> CheckedWords:
    """What the engine says."""
    return CheckedWords(
        summarize([incident], language, services=services, zone=zone),
        describe_incident(incident, language, zone),
        possible_causes(incident, language),
    )


def _known(incident: Incident, language: Language, zone: dt.tzinfo) -> str:
    """Everything that the model was told, as one text, without log text: numbers in it are no statistics."""
    told = statistics_of(incident, language, zone)
    for finding in told["findings"]:
        finding["lines_read"] = None
    return " \n".join(_texts(told))


def _affected(incident: Incident) -> str:
    """How many people the service map counts; no number where it does not."""
    count = incident.impact.estimated_affected_count if incident.impact else None
    return "" if count is None else str(count)


def _without(text: str, names: Iterable[str]) -> str:
    """`text` without names that hold digits of their own."""
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = text.replace(name, " ")
    return text


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif value is not None:
        yield str(value)


def _value(number: str) -> str:
    """Of one spelling: "×7.5" and "7,5" are one number, "15 %" and "15" are not, "08:30" and "8:30" are."""
    plain = number.lstrip("+×x").replace(" ", "").rstrip(".,:")
    percent = plain.endswith("%")
    plain = plain.rstrip("%")
    if ":" in plain:
        return plain.lstrip("0").replace(":", "h")
    plain = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", plain) if re.fullmatch(r"-?[1-9]\d{0,2}([.,]\d{3})+", plain) else plain
    plain = plain.replace(",", ".")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return f"{plain or '0'}{'%' if percent else ''}"


def _all_known(text: str, numbers: set[str]) -> bool:
    found = _NUMBER.findall(text)
    return bool(found) and all(_value(each) in numbers for each in found)


def _other_services(text: str, incident: Incident, services: ServiceMap) -> list[str]:
    """Names and aliases of services of the map that neither are in trouble nor belong to one that is."""
    named = {incident.service, *(each.service for each in incident.findings), *(c.service for c in incident.culprits)}
    named |= {each for finding in incident.findings for each in finding.components}
    keys = {key for each in named if (key := services.key(each))}
    allowed = keys.union(*(services.needs(each) for each in keys), *(services.dependents(each) for each in keys))
    words = {word for each in named for word in _WORD.findall(service_name(each).lower())}
    wrong = []
    for match in _WORD.finditer(text):
        key = services.key(match[0])
        if key and key not in allowed and match[0].lower() not in words and _is_name(match[0], key, services):
            wrong.append(match[0])
    return wrong


def _is_name(word: str, key: str, services: ServiceMap) -> bool:
    """Whether a word can only mean the service: its key, or an alias that is no everyday word."""
    return word.lower() == key or "-" in word or "_" in word or word.isupper()


def _is_shown(cause: str, own: CheckedWords) -> bool:
    """Whether a cause rests on words that the engine found, or says that there are none."""
    quoted = [match for each in own.possible_causes for match in re.findall(r"“([^”]+)”", each)]
    if not quoted:
        return bool(re.search(r"\b(?:not|no|unknown|unclear)\b|không|chưa", cause, re.IGNORECASE))
    lowered = cause.lower()
    return any(each.lower() in lowered for each in quoted)
