"""The hotel's database: one SQLAlchemy model set for SQLite and PostgreSQL, with its migrations."""
