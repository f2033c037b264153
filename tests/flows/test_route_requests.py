"""`route-requests` as real flow runs against a real Prefect server and a real database."""

import asyncio
import json
import logging
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from conftest_flows import events_of, until
