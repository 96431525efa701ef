"""What Alembic runs: always inside the transaction that `adapters/schema.py` has opened."""

from alembic import context
from sqlmodel import SQLModel

from nexus_portal import models as _models  # noqa: F401 - importing them fills the metadata
from nexus_portal.migrations.rendering import render_item

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transactional_ddl=True,
    compare_type=True,
    render_item=render_item,
    user_module_prefix="sa.",
)
with context.begin_transaction():
    context.run_migrations()
