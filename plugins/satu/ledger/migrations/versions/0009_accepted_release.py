"""The release that a person has looked at: what the gate holds the next one against, besides the newest."""

from alembic import op

revision = "0009"
down_revision = "0008"

# Where nobody was ever asked it is the oldest that is kept: small steps, each within bounds, add up against it.
ACCEPTED_RELEASE = """
create view ops.accepted_release as
select r.release_id, r.approved_by <> 'gate' as is_approved
from ops.release as r
where r.dropped_at is null
order by
    case when r.approved_by <> 'gate' then 0 else 1 end,
    case when r.approved_by <> 'gate' then r.created_at end desc,
    r.created_at,
    r.release_id
limit 1
"""


def upgrade() -> None:
    op.execute(ACCEPTED_RELEASE)
    op.execute("alter view ops.accepted_release owner to satu_owner")
    op.execute("grant select on ops.accepted_release to satu_transformer, satu_publisher, satu_auditor")
