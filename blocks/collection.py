"""All blocks, for Prefect's entry point `prefect.collections`: their saved documents load in any process."""

from innkeeper.blocks.channels.chat import ChatService
from innkeeper.blocks.channels.smtp import SmtpServer
from innkeeper.blocks.hotel_database import HotelDatabase
from innkeeper.blocks.knowledge_store import KnowledgeStore
from innkeeper.blocks.models.chat import AnthropicModel, OpenAICompatibleModel, OpenAIModel
from innkeeper.blocks.models.embedders import LocalEmbedder, OpenAIEmbedder
from innkeeper.blocks.services.pricing import PricingService
from innkeeper.blocks.services.room_status import RoomStatusService

__all__ = [
    "AnthropicModel",
    "ChatService",
    "HotelDatabase",
    "KnowledgeStore",
    "LocalEmbedder",
    "OpenAICompatibleModel",
    "OpenAIEmbedder",
    "OpenAIModel",
    "PricingService",
    "RoomStatusService",
    "SmtpServer",
]
