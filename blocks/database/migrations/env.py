"""What Alembic runs around a migration; `migrate.upgrade` gives it a connection that holds the lock."""

from alembic import context

from innkeeper.blocks.database.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite can alter a table only by copying it
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
