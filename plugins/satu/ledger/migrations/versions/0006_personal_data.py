"""Personal data: who was let in to which region, who looked, who was erased; and each role held to its own work."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text

revision = "0006"
down_revision = "0005"

# The publisher reads what it publishes, and no record of a person.
NOT_FOR_THE_PUBLISHER = {
    "raw": "loader",
    "staging": "transformer",
    "population": "transformer",
    "coverage": "transformer",
    "field": "transformer",
}

GRANTS = (
    "grant execute on function microdata.granted_areas() to satu_microdata",
    "grant select on ops.microdata_grant, ops.access, ops.erasure to satu_publisher, satu_auditor",
    "grant insert (login, area_code, granted_by, reason, valid_until), update (ended_at, ended_by, end_reason)"
    " on ops.microdata_grant to satu_publisher",
    "grant insert (os_user, command, table_name, record_count) on ops.access"
    " to satu_loader, satu_transformer, satu_publisher",
    "grant insert (asked_by, reason, receipt), update (finished_at) on ops.erasure to satu_loader",
    "grant select on ops.erasure, ops.erased_identifier to satu_loader",
    "grant select on ops.erasure to satu_transformer",
    "grant insert on ops.erased_identifier to satu_loader",
    "grant select on ops.erasure_key to satu_loader",
    "grant update (raw, reason) on ops.rejected_record to satu_loader",
)

# Everybody who connects may call these by default. Large objects have no owner's row security and no schema; an
# advisory lock that an analyst holds would keep the next release from being made.
NOT_FOR_EVERYBODY = (
    "lo_creat(integer)",
    "lo_create(oid)",
    "lo_from_bytea(oid,bytea)",
    "lo_get(oid)",
    "lo_get(oid,bigint,integer)",
    "lo_open(oid,integer)",
    "lo_put(oid,bigint,bytea)",
    "lo_truncate(integer,integer)",
    "lo_truncate64(integer,bigint)",
    "lo_unlink(oid)",
    "loread(integer,integer)",
    "lowrite(integer,bytea)",
    "pg_logical_emit_message(boolean,text,bytea,boolean)",
    "pg_logical_emit_message(boolean,text,text,boolean)",
    "pg_notify(text,text)",
)
LOCKS = "pg_catalog.pg_proc where pronamespace = 'pg_catalog'::regnamespace and proname ~ '^pg_(try_)?advisory_'"

RESTRICT_FUNCTIONS = f"""
do $$
declare found regprocedure;
begin
    for found in select oid::regprocedure from {LOCKS} loop
        execute format('grant execute on function %s to satu_owner, satu_loader, satu_transformer, satu_publisher,'
            ' current_user', found);
        execute format('revoke execute on function %s from public', found);
    end loop;
    for found in
        select oid::regprocedure from pg_catalog.pg_proc
        where pronamespace = 'pg_catalog'::regnamespace
            and oid::regprocedure::text = any(array[{", ".join(f"'{name}'" for name in NOT_FOR_EVERYBODY)}])
    loop
        execute format('revoke execute on function %s from public', found);
    end loop;
end
$$
"""

# A condition of the reader's own that tells what it sees must not come before the view's condition on the release.
SHIELD_VIEWS = """
do $$
declare found regclass;
begin
    for found in
        select oid from pg_catalog.pg_class where relnamespace = 'published'::regnamespace and relkind = 'v'
    loop
        execute format('alter view %s set (security_barrier)', found);
    end loop;
end
$$
"""

GRANTED_AREAS = """
create function microdata.granted_areas() returns text[]
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    -- Into the server's log, where neither a rollback nor a read-only transaction keeps it out.
    raise log 'satu access: % reads microdata.person', quote_ident(session_user);
    return coalesce(
        (
            select array_agg(area_code) from ops.microdata_grant
            where login = session_user and ended_at is null and valid_until >= current_date
        ),
        '{}'
    );
end
$$
"""


def upgrade() -> None:
    _tables()
    op.execute(GRANTED_AREAS)
    op.execute("revoke execute on function microdata.granted_areas() from public")
    if op.get_bind().scalar(text("select rolsuper from pg_roles where rolname = current_user")):
        # A server that keeps errors out of its log, because they can quote a record, would keep this line out too.
        op.execute("grant set on parameter log_min_messages to satu_owner")
        op.execute("alter function microdata.granted_areas() set log_min_messages = 'log'")
        op.execute(RESTRICT_FUNCTIONS)
    op.execute("alter function microdata.granted_areas() owner to satu_owner")
    for table in ("microdata_grant", "access", "erasure", "erased_identifier", "erasure_key"):
        op.execute(f"alter table ops.{table} owner to satu_owner")
    for statement in GRANTS:
        op.execute(statement)
    for schema, creator in NOT_FOR_THE_PUBLISHER.items():
        op.execute(f"revoke all on all tables in schema {schema} from satu_publisher")
        op.execute(f"revoke usage on schema {schema} from satu_publisher")
        op.execute(
            f"alter default privileges for role satu_{creator} in schema {schema}"
            " revoke select on tables from satu_publisher"
        )
    op.execute("revoke all on schema public from public")
    op.execute(SHIELD_VIEWS)


def _tables() -> None:
    op.create_table(
        "microdata_grant",
        sa.Column("grant_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column(
            "area_code", sa.Text(), nullable=False, comment="a region; areas whose code starts with it are in it"
        ),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("area_code ~ '^[0-9]{2,16}$'", name=op.f("microdata_grant_area_code_check")),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("microdata_grant_pkey")),
        schema="ops",
    )
    op.create_table(
        "access",
        sa.Column("access_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("login", sa.Text(), server_default=sa.text("session_user"), nullable=False),
        sa.Column("os_user", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("record_count", sa.BigInteger(), nullable=True, comment="null: not known, a session of its own"),
        sa.Column("accessed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("access_id", name=op.f("access_pkey")),
        schema="ops",
    )
    op.create_table(
        "erasure",
        sa.Column("erasure_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("erasure_id", name=op.f("erasure_pkey")),
        schema="ops",
    )
    op.create_table(
        "erased_identifier",
        sa.Column("identifier_hash", sa.Text(), nullable=False),
        sa.Column("erasure_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["erasure_id"], ["ops.erasure.erasure_id"], name=op.f("erased_identifier_erasure_id_fkey")
        ),
        sa.PrimaryKeyConstraint("identifier_hash", name=op.f("erased_identifier_pkey")),
        schema="ops",
    )
    op.create_table(
        "erasure_key",
        sa.Column("only_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.CheckConstraint("only_row", name=op.f("erasure_key_only_row_check")),
        sa.PrimaryKeyConstraint("only_row", name=op.f("erasure_key_pkey")),
        schema="ops",
    )
    op.execute(
        "insert into ops.erasure_key (secret)"
        " select replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')"
    )
