"""A person who is asked for an approval may refuse it; a run that waits for one knows by which rules it was built."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("run", sa.Column("rules", sa.Text(), comment="hash of the rules that it was built by"), schema="ops")
    op.add_column(
        "approval",
        sa.Column("check_names", sa.ARRAY(sa.Text()), comment="the failed warnings that it lifts"),
        schema="ops",
    )
    op.create_table(
        "rejection",
        sa.Column("rejection_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("rejected_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("rejection_id", name=op.f("rejection_pkey")),
        schema="ops",
    )
    op.execute("alter table ops.rejection owner to satu_owner")
    op.execute("grant select, insert on ops.rejection to satu_publisher")
    op.execute("grant delete on ops.check_result to satu_publisher")
    op.execute("grant select on ops.rejection to satu_auditor")
