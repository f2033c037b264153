"""An incident with what follows from the service map and the runbooks: actions, impact."""

from innkeeper.engine.incidents.actions import choose_actions
from innkeeper.engine.incidents.impact import HotelFigures, impact_of
from innkeeper.engine.incidents.runbooks import Runbooks
from innkeeper.engine.incidents.services import ServiceMap
from innkeeper.engine.locale.formats import Language
from innkeeper.schemas.incidents import Incident


def advised(
    incident: Incident,
    services: ServiceMap,
    runbooks: Runbooks,
    figures: HotelFigures | None = None,
    language: Language = "en",
) -> Incident:
    """
    `incident` with its actions and impact, in one language; those that it had are replaced.

    Args:
        incident: With its findings and components.
        services: The service map.
        runbooks: The catalogue.
        figures: How many people there are now.
        language: Of both; call it again for the other one.
    """
    actions = choose_actions(incident, services, runbooks, language)
    impact = impact_of(incident, services, figures, language)
    return incident.model_copy(update={"actions": actions, "impact": impact})
