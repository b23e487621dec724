"""A right ends with its day in UTC, whatever the time zone of the session."""

from alembic import op
from sqlalchemy import text

revision = "0008"
down_revision = "0007"

# clock_timestamp: a transaction that stays open does not keep a right beyond its day. A region within another one that
# is granted as well is left out, so that nobody is found twice.
GRANTED_AREAS = """
create or replace function microdata.granted_areas() returns text[]
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp{log}
as $$
begin
    -- Into the server's log, where neither a rollback nor a read-only transaction keeps it out.
    raise log 'satu access: % reads microdata.person', quote_ident(session_user);
    return (
        with granted as (
            select distinct area_code from ops.microdata_grant
            where login = session_user and ended_at is null
                and valid_until >= (clock_timestamp() at time zone 'UTC')::date
        )
        select coalesce(array_agg(area_code), '{{}}') from granted as region
        where not exists (
            select from granted as wider
            where region.area_code ^@ wider.area_code and region.area_code <> wider.area_code
        )
    );
end
$$
"""


def upgrade() -> None:
    is_superuser = op.get_bind().scalar(text("select rolsuper from pg_roles where rolname = current_user"))
    op.execute(GRANTED_AREAS.format(log=" set log_min_messages = 'log'" if is_superuser else ""))
