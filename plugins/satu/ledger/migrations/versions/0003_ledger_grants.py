"""Who may do what with the tables of schema `ops`."""

from alembic import op

revision = "0003"
down_revision = "0002"

GRANTS = {
    "satu_loader": {
        "file": "select, insert, update",
        "rejected_record": "select, insert, delete",
        "run": "select",
        "release": "select",
        "release_pointer": "select",
    },
    "satu_transformer": {
        "file": "select",
        "rejected_record": "select (file_id, record_no, line_no, reason)",
        "run": "select, insert, update",
        "check_result": "select, insert, update",
        "release": "select",
        "release_pointer": "select",
    },
    "satu_publisher": {
        "file": "select",
        "rejected_record": "select (file_id, record_no, line_no, reason)",
        "run": "select, insert, update",
        "check_result": "select, insert, update",
        "approval": "select, insert",
        "waiver": "select, insert",
        "release": "select, insert, update",
        "release_pointer": "select, insert, update",
    },
    "satu_auditor": {
        "file": "select",
        "run": "select",
        "check_result": "select",
        "approval": "select",
        "waiver": "select",
        "release": "select",
        "release_pointer": "select",
    },
}


def upgrade() -> None:
    tables = sorted({table for grants in GRANTS.values() for table in grants})
    for table in tables:
        op.execute(f"alter table ops.{table} owner to satu_owner")
    op.execute("alter table ops.schema_version owner to satu_owner")
    op.execute("grant select on ops.schema_version to satu_loader, satu_transformer, satu_publisher")
    for role, grants in GRANTS.items():
        for table, verbs in grants.items():
            op.execute(f"grant {verbs} on ops.{table} to {role}")
