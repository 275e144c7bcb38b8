"""The only place with SQL: `warehouse.Warehouse` reads the company's tables, `store.Store` reads and writes ours.

Import from the modules; the package itself imports nothing, so that `expressions.check` is had without SQLAlchemy.
"""
