"""What a release was made from is history: nobody writes to its run again, and only the publisher writes verdicts.

A run knows which version of each rule it was built by, and a check result under which condition it was measured.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"

TABLES_OF_A_RUN = ("run", "check_result", "approval", "rejection")

KEEP_HISTORY = """
create function ops.keep_history() returns trigger language plpgsql set search_path = pg_catalog as $$
declare
    release text;
begin
    select release_id into release from ops.release where run_id in (old.run_id, new.run_id) limit 1;
    if found then
        raise exception 'a run that became release % is never written to again', release using errcode = '23001';
    end if;
    return case tg_op when 'DELETE' then old else new end;
end
$$
"""

# Dates and states of other logins' sessions are for pg_read_all_stats, which the owner has where a superuser migrated.
# Queries are not shown: they can hold a value.
SESSION_IN_THE_WAY = """
create function ops.session_in_the_way()
returns table (pid integer, login text, application text, state text, since timestamptz)
language sql security definer set search_path = pg_catalog as $$
    select distinct a.pid, a.usename::text, a.application_name, a.state, a.xact_start
    from pg_locks as l
    inner join pg_stat_activity as a on a.pid = l.pid
    inner join pg_class as c on c.oid = l.relation
    inner join pg_namespace as n on n.oid = c.relnamespace
    where l.granted
        and l.locktype = 'relation'
        and l.database = (select oid from pg_database where datname = current_database())
        and a.pid <> pg_backend_pid()
        and (
            n.nspname in ('staging', 'population', 'coverage', 'field', 'candidate')
            or n.nspname = 'ops' and c.relname in ('run', 'check_result', 'release', 'release_pointer')
        )
$$
"""


def upgrade() -> None:
    op.add_column("run", sa.Column("rule_versions", JSONB(), comment="sha256 of each file of rules"), schema="ops")
    op.add_column("run", sa.Column("checks", sa.Text(), comment="hash of the checks that judged it"), schema="ops")
    op.add_column(
        "check_result",
        sa.Column("condition", sa.Text(), comment="hash of what was measured or tested"),
        schema="ops",
    )
    op.execute(KEEP_HISTORY)
    op.execute("alter function ops.keep_history() owner to satu_owner")
    for table in TABLES_OF_A_RUN:
        op.execute(
            f"create trigger keep_history before insert or update or delete on ops.{table}"
            " for each row execute function ops.keep_history()"
        )
    op.execute(SESSION_IN_THE_WAY)
    op.execute("alter function ops.session_in_the_way() owner to satu_owner")
