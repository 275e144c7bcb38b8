"""The store's schema, step by step (alembic); run by `detect.db.migrate`, never by hand."""
