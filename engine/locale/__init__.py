"""How days, times, money, counts and people are written in English and Vietnamese."""

from innkeeper.engine.locale.filters import FILTERS

__all__ = ["FILTERS"]
