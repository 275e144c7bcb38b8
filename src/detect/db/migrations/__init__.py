"""The store's schema, step by step (alembic); run by `detect.db.migrate`, never by hand."""

__all__ = ["NEWEST"]

NEWEST = "0004_feedback"  # the last step: a store that has taken it is opened without alembic, which takes a second to import
