"""Incidents: what findings become, what is told of them, and what a person could do."""

from innkeeper.engine.incidents.lifecycle import SweepOutcome, Told, acknowledge, advance, resolve
from innkeeper.engine.incidents.policy import IncidentPolicy, load_policy
from innkeeper.engine.incidents.services import ServiceMap, load_services

__all__ = [
    "IncidentPolicy",
    "ServiceMap",
    "SweepOutcome",
    "Told",
    "acknowledge",
    "advance",
    "load_policy",
    "load_services",
    "resolve",
]
