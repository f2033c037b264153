"""The outside world. `prefect block register -m innkeeper.blocks` tells a Prefect server of its blocks."""

from importlib import import_module
from typing import Any

_BLOCKS = {  # found by name, and loaded with Prefect only then
    "HotelDatabase": "hotel_database",
    "KnowledgeStore": "knowledge_store",
    "OpenAIModel": "models.chat",
    "AnthropicModel": "models.chat",
    "OpenAICompatibleModel": "models.chat",
    "LocalEmbedder": "models.embedders",
    "OpenAIEmbedder": "models.embedders",
    "PricingService": "services.pricing",
    "RoomStatusService": "services.room_status",
    "SmtpServer": "channels.smtp",
    "ChatService": "channels.chat",
    "SlackAlerts": "alerts.slack",
    "PagerDutyAlerts": "alerts.pagerduty",
    "EmailAlerts": "alerts.email",
    "WebhookAlerts": "alerts.webhook",
    "LogFiles": "log_sources.files",
    "Loki": "log_sources.loki",
    "Elasticsearch": "log_sources.elasticsearch",
    "PrefectRuns": "log_sources.prefect_runs",
}


def __getattr__(name: str) -> Any:
    if name not in _BLOCKS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_BLOCKS[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_BLOCKS])
