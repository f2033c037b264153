"""Log lines: read, mined into templates, counted, and compared with what was usual."""

from innkeeper.engine.logs.miner import TemplateMiner

__all__ = ["TemplateMiner"]
