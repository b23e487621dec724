"""dbt reads what is published, to say what the next release changes."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("grant usage on schema published to satu_transformer")
    op.execute("grant select on all tables in schema published to satu_transformer")
    op.execute(
        "alter default privileges for role satu_publisher in schema published"
        " grant select on tables to satu_transformer"
    )
