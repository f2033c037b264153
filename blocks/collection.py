"""All blocks, for Prefect's entry point `prefect.collections`: their saved documents load in any process."""

from innkeeper.blocks.alerts.email import EmailAlerts
from innkeeper.blocks.alerts.pagerduty import PagerDutyAlerts
from innkeeper.blocks.alerts.slack import SlackAlerts
from innkeeper.blocks.alerts.webhook import WebhookAlerts
from innkeeper.blocks.channels.chat import ChatService
from innkeeper.blocks.channels.smtp import SmtpServer
from innkeeper.blocks.hotel_database import HotelDatabase
from innkeeper.blocks.knowledge_store import KnowledgeStore
from innkeeper.blocks.log_sources.elasticsearch import Elasticsearch
from innkeeper.blocks.log_sources.files import LogFiles
from innkeeper.blocks.log_sources.loki import Loki
from innkeeper.blocks.log_sources.prefect_runs import PrefectRuns
from innkeeper.blocks.models.chat import AnthropicModel, OpenAICompatibleModel, OpenAIModel
from innkeeper.blocks.models.embedders import LocalEmbedder, OpenAIEmbedder
from innkeeper.blocks.services.pricing import PricingService
from innkeeper.blocks.services.room_status import RoomStatusService

__all__ = [
    "AnthropicModel",
    "ChatService",
    "Elasticsearch",
    "EmailAlerts",
    "HotelDatabase",
    "KnowledgeStore",
    "LocalEmbedder",
    "LogFiles",
    "Loki",
    "OpenAICompatibleModel",
    "OpenAIEmbedder",
    "OpenAIModel",
    "PagerDutyAlerts",
    "PrefectRuns",
    "PricingService",
    "RoomStatusService",
    "SlackAlerts",
    "SmtpServer",
    "WebhookAlerts",
]
