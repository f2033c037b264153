"""The chain: who is asked next, what stops a request, and that an answer always comes."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import ClassVar

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.models.conftest import QUESTION, Books, Provider, Towels, question
from tests.providers import Fault, Hang, Json, Refusal, Text, Usage, WrongSchema

from innkeeper.blocks.database.budgets import set_budget
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.settings import Settings
from innkeeper.engine.circuit import CircuitState
from innkeeper.prompts.base import Prompt
from innkeeper.schemas.errors import CircuitOpen, ModelRejected, ModelUnavailable
from innkeeper.schemas.models import Budget, Capability, Spender
from innkeeper.tasks import circuits
from innkeeper.tasks.chain import Completion, complete
from innkeeper.tasks.circuits import breaker
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.models import ask_model

SECRET = "sk-very-secret-4711"
TWO = Json({"count": 2, "size": "large"}, usage=Usage(100, 20))
SPENDER = Spender(principal="test", flow="test")
Chain = Callable[..., ModelGateway]


class TowelPrompt(Prompt):
    """Which towels a guest wants."""

    template: ClassVar[str] = "route_message.md.j2"
