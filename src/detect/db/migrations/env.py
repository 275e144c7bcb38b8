"""What alembic runs for each upgrade: the steps, on the connection and within the transaction that `migrate` opened."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    transactional_ddl=True,  # SQLite too: our engine begins its transactions itself
)
with context.begin_transaction():
    context.run_migrations()
