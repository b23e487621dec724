"""Tables of models that have other names now: nothing would read them, and an erasure would not know them."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute("set local role satu_transformer")
    op.execute("drop table if exists population.area_unit, staging.stg_file, staging.delivered_file")
    op.execute("reset role")
