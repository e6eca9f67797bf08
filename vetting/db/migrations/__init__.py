"""Alembic migrations; configured in `vetting/db/migrate.py`, there is no alembic.ini."""
