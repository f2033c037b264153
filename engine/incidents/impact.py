"""What an incident means in the hotel: who loses what, where, how many; from the service map and figures."""

from pydantic import BaseModel, ConfigDict, Field

from innkeeper.engine.incidents.services import Service, ServiceMap
from innkeeper.engine.incidents.titles import say, severity_words
from innkeeper.engine.locale.formats import Language, list_text, sentence
from innkeeper.schemas.incidents import Impact, Incident

_MAX_DEPENDENTS = 5


class HotelFigures(BaseModel):
    """How many people there are now; none where the hotel has no such figure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    staff_on_shift: int | None = Field(default=None, ge=0)
    guests_in_house: int | None = Field(default=None, ge=0)
    rooms_occupied: int | None = Field(default=None, ge=0)
    arrivals_today: int | None = Field(default=None, ge=0)
    departures_today: int | None = Field(default=None, ge=0)


def impact_of(
    incident: Incident, services: ServiceMap, figures: HotelFigures | None = None, language: Language = "en"
) -> Impact:
    """
    The impact of an incident of a service.

    Args:
        incident: Its service, components and severity count.
        services: The service map; of a service that is not in it nothing is claimed.
        figures: The hotel's; without them nobody is counted.
        language: Of the words.
    """
    service = services.find(incident.service)
    name = services.called(incident.service, language)
    if service is None:
        users = say("impact_unknown_users", language, service=name)
        return Impact(affected_users=users, business_impact=say("impact_unknown", language, service=name))
    users = "; ".join(each.users.in_language(language) for each in service.uses)
    dependents = affected_services(incident, services)
    places = service.places_of(incident.affected_components, language)
    parts = [users or say("impact_nobody", language, service=name)]
    if places:
        parts.append(say("impact_places", language, places=list_text(places, language)))
    if dependents:
        called = [services.called(each, language) for each in dependents]
        named = _listed(called, language)
        parts.append(say("impact_dependent" if len(called) == 1 else "impact_dependents", language, services=named))
    return Impact(
        affected_users=parts[0] if len(parts) == 1 else " ".join(map(sentence, parts)),
        business_impact=_business(incident, service, dependents, services, language),
        estimated_affected_count=_count(service, figures),
    )


def affected_services(incident: Incident, services: ServiceMap) -> tuple[str, ...]:
    """Services of the map that depend on the incident's, directly or not; those in trouble themselves included."""
    return services.dependents(incident.service)


def _business(
    incident: Incident, service: Service, dependents: tuple[str, ...], services: ServiceMap, language: Language
) -> str:
    uses = service.uses or tuple(use for each in dependents for use in services.services[each].uses)
    functions = list(dict.fromkeys(use.function.in_language(language) for use in uses))
    named = _listed(functions, language, joint="; ") or say("impact_nobody", language, service=service.name.en)
    return say("impact_business", language, severity=severity_words(incident.severity, language), functions=named)


def _listed(items: list[str], language: Language, joint: str = "") -> str:
    shown, rest = items[:_MAX_DEPENDENTS], len(items) - _MAX_DEPENDENTS
    if rest > 0:
        shown = [*shown, say("and_more", language, count=str(rest))]
        return ", ".join(shown) if not joint else joint.join(shown)
    return joint.join(shown) if joint else list_text(shown, language)


def _count(service: Service, figures: HotelFigures | None) -> int | None:
    """Everybody whom a use counts, each figure once; none when one of them is not known."""
    names = dict.fromkeys(use.people for use in service.uses if use.people is not None)
    counts = [getattr(figures, name) for name in names] if figures is not None else []
    known = [each for each in counts if each is not None]
    return sum(known) if known and len(known) == len(names) else None
