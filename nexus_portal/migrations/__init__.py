"""Alembic's revisions: how a database of any earlier release becomes one of this release."""
