"""By what a hotel's logs are judged: policy, service map, runbooks; and the hotel's own figures."""

import datetime as dt
from dataclasses import dataclass
from typing import Self

from innkeeper.blocks.settings import Settings
from innkeeper.engine.incidents.actions import choose_actions
from innkeeper.engine.incidents.advice import advised
from innkeeper.engine.incidents.alert_words import alert_words
from innkeeper.engine.incidents.impact import HotelFigures, impact_of
from innkeeper.engine.incidents.policy import IncidentPolicy, load_policy
from innkeeper.engine.incidents.runbooks import Runbooks, load_runbooks
from innkeeper.engine.incidents.services import ServiceMap, load_services
from innkeeper.engine.locale.formats import Language
from innkeeper.schemas.incidents import Action, Alert, AlertEvent, Impact, Incident


@dataclass(frozen=True)
class IncidentRules:
    """
    What an incident is judged and worded by.

    Attributes:
        zone: The hotel's.
        language: Of actions, impact and alerts.
        figures: How many people there are now; none are counted without them.
    """

    policy: IncidentPolicy
    services: ServiceMap
    runbooks: Runbooks
    zone: dt.tzinfo
    language: Language = "en"
    figures: HotelFigures | None = None

    @classmethod
    def of(cls, settings: Settings, *, figures: HotelFigures | None = None, language: Language = "en") -> Self:
        """
        As the settings have it.

        Raises:
            NotConfigured: A file of the settings is wrong; the message names the place.
        """
        return cls(
            load_policy(settings.incident_policy),
            load_services(settings.service_map),
            load_runbooks(settings.runbooks),
            settings.zone,
            language,
            figures,
        )

    def advised(self, incident: Incident) -> Incident:
        """`incident` with its actions and impact."""
        return advised(incident, self.services, self.runbooks, self.figures, self.language)

    def impact(self, incident: Incident) -> Impact:
        """What the incident means in the hotel."""
        return impact_of(incident, self.services, self.figures, self.language)

    def actions(self, incident: Incident) -> tuple[Action, ...]:
        """What a person could do."""
        return choose_actions(incident, self.services, self.runbooks, self.language)

    def composed(self, incident: Incident, event: AlertEvent, alert_id: str) -> Alert:
        """The alert that tells of an event."""
        words = alert_words(incident, event, self.language, services=self.services, zone=self.zone)
        return Alert(
            id=alert_id,
            incident_id=incident.id or "",
            event=event,
            deduplication_key=incident.id or incident.fingerprint,
            severity=incident.severity,
            service=incident.service,
            component=incident.affected_components[0] if incident.affected_components else None,
            kind=incident.kind,
            summary=words.summary,
            text=words.text,
            occurred_at=incident.last_seen_at,
            details=words.details,
        )
