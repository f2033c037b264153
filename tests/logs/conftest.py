"""Databases as the database tests have them, and a folder of logs that grows."""

from pathlib import Path

import pytest
from tests.alerts.conftest import pager_server, webhook_server  # noqa: F401  fixtures
from tests.database.conftest import database, postgresql_server, url  # noqa: F401  fixtures
from tests.logs.scenes import Folder

from innkeeper.blocks.settings import Settings
from innkeeper.tasks.logs.rules import IncidentRules


@pytest.fixture(scope="session")
def rules() -> IncidentRules:
    """The packaged ones."""
    return IncidentRules.of(Settings(), figures=None)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "logs")
