"""The tables of schema `ops`."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "approval",
        sa.Column("approval_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("approval_id", name=op.f("approval_pkey")),
        schema="ops",
    )
    op.create_table(
        "check_result",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("check_name", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column(
            "success",
            sa.Boolean(),
            nullable=True,
            comment="null: it could not be evaluated, which counts as failed",
        ),
        sa.Column("observed", sa.Text(), nullable=True),
        sa.Column("expected", sa.Text(), nullable=True),
        sa.Column(
            "checked_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "gate in ('file', 'population', 'release')",
            name=op.f("check_result_gate_check"),
        ),
        sa.CheckConstraint(
            "severity in ('critical', 'warning', 'info')",
            name=op.f("check_result_severity_check"),
        ),
        sa.PrimaryKeyConstraint("run_id", "gate", "check_name", name=op.f("check_result_pkey")),
        schema="ops",
    )
    op.create_table(
        "file",
        sa.Column("file_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("period", sa.Date(), nullable=True),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column(
            "modified",
            sa.Text(),
            nullable=False,
            comment="the store's own mark of a version: modification time or entity tag",
        ),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("records_read", sa.BigInteger(), nullable=True),
        sa.Column("records_loaded", sa.BigInteger(), nullable=True),
        sa.Column("records_rejected", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "findings",
            sa.Text(),
            nullable=True,
            comment="what was unusual but taken in: skipped lines, unknown columns",
        ),
        sa.Column(
            "landed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "status in ('landed', 'loaded', 'superseded', 'refused', 'duplicate')",
            name=op.f("file_status_check"),
        ),
        sa.CheckConstraint(
            "status not in ('loaded', 'superseded') or records_read = records_loaded + records_rejected",
            name=op.f("file_adds_up_check"),
        ),
        sa.ForeignKeyConstraint(
            ["superseded_by"],
            ["ops.file.file_id"],
            name=op.f("file_superseded_by_fkey"),
        ),
        sa.PrimaryKeyConstraint("file_id", name=op.f("file_pkey")),
        schema="ops",
    )
    op.create_index(
        "file_loaded_once",
        "file",
        ["feed", "area_code", "period", "sha256"],
        unique=True,
        schema="ops",
        postgresql_where=sa.text("status = 'loaded'"),
    )
    op.create_index(
        "file_one_version",
        "file",
        ["feed", "area_code", "period", "file_name"],
        unique=True,
        schema="ops",
        postgresql_where=sa.text("status = 'loaded'"),
    )
    op.create_index("file_uri", "file", ["uri"], unique=False, schema="ops")
    op.create_table(
        "release",
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("git_revision", sa.Text(), nullable=True),
        sa.Column("contract_version", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("inputs_fingerprint", sa.Text(), nullable=False),
        sa.Column("residents_counted", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("status in ('current', 'retired')", name=op.f("release_status_check")),
        sa.PrimaryKeyConstraint("release_id", name=op.f("release_pkey")),
        schema="ops",
    )
    op.create_index(
        "release_one_current",
        "release",
        ["status"],
        unique=True,
        schema="ops",
        postgresql_where=sa.text("status = 'current'"),
    )
    op.create_table(
        "run",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("run_pkey")),
        schema="ops",
    )
    op.create_table(
        "waiver",
        sa.Column("waiver_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("check_name", sa.Text(), nullable=False),
        sa.Column("waived_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("waiver_id", name=op.f("waiver_pkey")),
        schema="ops",
    )
    op.create_table(
        "rejected_record",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("record_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line_no", sa.BigInteger(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["ops.file.file_id"], name=op.f("rejected_record_file_id_fkey")),
        sa.PrimaryKeyConstraint("file_id", "record_no", name=op.f("rejected_record_pkey")),
        schema="ops",
    )
    op.create_table(
        "release_pointer",
        sa.Column("only_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.CheckConstraint("only_row", name=op.f("release_pointer_only_row_check")),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["ops.release.release_id"],
            name=op.f("release_pointer_release_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("only_row", name=op.f("release_pointer_pkey")),
        schema="ops",
    )
