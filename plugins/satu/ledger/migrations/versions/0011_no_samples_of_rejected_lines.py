"""The planner keeps no samples of rejected lines: nobody searches them, and an erased person would stay in a sample."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute("alter table ops.rejected_record alter column raw set statistics 0")
    # What was sampled before goes when the type is set, also to the same one; no row is written anew.
    op.execute("alter table ops.rejected_record alter column raw type bytea")
