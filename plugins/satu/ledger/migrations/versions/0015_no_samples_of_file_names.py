"""The planner keeps no samples of what can quote a file's name: a number in it would stay there after an erasure."""

from alembic import op

revision = "0015"
down_revision = "0014"

COLUMNS = ("feed", "uri", "file_name", "reason", "findings")
"""Those in which an erasure replaces numbers."""


def upgrade() -> None:
    for column in COLUMNS:
        op.execute(f"alter table ops.file alter column {column} set statistics 0")
        # What was sampled before goes when the type is set, also to the same one; no row is written anew.
        op.execute(f"alter table ops.file alter column {column} type text")
