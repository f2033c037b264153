"""Innkeeper: a hotel's language work as Prefect flows, in English and Vietnamese."""

__version__ = "0.1.0"
