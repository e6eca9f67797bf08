"""Run by Alembic: migrates on the connection that `vetting/db/migrate.py` hands over."""

from alembic import context

from vetting.db.migrate import OPTIONS
from vetting.db.models import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata(), **OPTIONS)
with context.begin_transaction():
    context.run_migrations()
