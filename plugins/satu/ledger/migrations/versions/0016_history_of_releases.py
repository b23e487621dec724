"""A schema of views over all kept releases, and what a check holds, in words."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute("create schema if not exists history")
    op.execute("alter table ops.check_result add column if not exists meaning text")
