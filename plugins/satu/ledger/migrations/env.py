"""Alembic's way in; `satu.ledger.migrate` hands it an open connection."""

from alembic import context

from satu.ledger.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table="schema_version",
    version_table_schema="ops",
)
with context.begin_transaction():
    context.run_migrations()
