"""What a release was made from, which release it followed, and what became of its tables; who may pin a release."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column(
        "release",
        sa.Column("manifest", sa.dialects.postgresql.JSONB(), nullable=True, comment="what it was made from"),
        schema="ops",
    )
    op.add_column(
        "release",
        sa.Column("previous_release_id", sa.Text(), nullable=True, comment="current when this one was made"),
        schema="ops",
    )
    op.create_foreign_key(
        op.f("release_previous_release_id_fkey"),
        "release",
        "release",
        ["previous_release_id"],
        ["release_id"],
        source_schema="ops",
        referent_schema="ops",
    )
    op.add_column("release", sa.Column("kept_by", sa.Text(), nullable=True), schema="ops")
    op.add_column("release", sa.Column("kept_reason", sa.Text(), nullable=True), schema="ops")
    op.add_column(
        "release",
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True, comment="its tables are gone since"),
        schema="ops",
    )
    if op.get_bind().scalar(sa.text("select rolsuper from pg_roles where rolname = current_user")):
        # Every login may `set satu.release_id`; only with this grant may it keep the setting: `alter role … set …`.
        op.execute("grant set on parameter satu.release_id to satu_analyst, satu_microdata")
