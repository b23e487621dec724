"""Two tables of people became views, which erasures need not know; a file belongs to one feed, so no key needs it."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute("set local role satu_transformer")
    op.execute("drop table if exists population.person_status, population.person_attribute cascade")
    op.execute(
        "alter table population.person_record drop constraint person_record_pkey, add primary key (file_id, record_no)"
    )
    op.execute("reset role")
