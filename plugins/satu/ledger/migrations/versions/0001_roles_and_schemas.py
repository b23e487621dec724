"""Roles, schemas and who may do what in which schema."""

from alembic import op
from sqlalchemy import text

revision = "0001"
down_revision = None

GROUP_ROLES = (
    "owner",
    "loader",
    "transformer",
    "publisher",
    "analyst",
    "microdata",
    "field",
    "auditor",
)

# schema: (roles that create in it, roles that read in it)
SCHEMAS = {
    "ops": ((), ("loader", "transformer", "publisher", "auditor")),
    "raw": (("loader",), ("transformer", "publisher")),
    "staging": (("transformer",), ("publisher",)),
    "population": (("transformer",), ("publisher",)),
    "coverage": (("transformer",), ("publisher",)),
    "field": (("transformer",), ("publisher", "field")),
    "candidate": (("transformer",), ("publisher",)),
    "released": (("publisher",), ()),
    "published": (("publisher",), ("analyst",)),
    "microdata": (("publisher",), ("microdata",)),
}

DATABASE_PRIVILEGES = (
    "revoke all on database %I from public",
    "grant connect on database %I to satu_pipeline, satu_analyst, satu_microdata, satu_field, satu_auditor",
    "grant temporary on database %I to satu_loader, satu_transformer, satu_publisher",
)

CREATE_ROLES = """
do $$
declare role_name text;
begin
    foreach role_name in array array[{names}] loop
        if not exists (select from pg_roles where rolname = role_name) then
            execute format('create role %I nologin', role_name);
        end if;
    end loop;
    if not exists (select from pg_roles where rolname = 'satu_pipeline') then
        create role satu_pipeline login;
    end if;
end
$$
"""


def upgrade() -> None:
    op.execute(CREATE_ROLES.format(names=", ".join(f"'satu_{name}'" for name in GROUP_ROLES)))
    op.execute("grant satu_loader, satu_transformer, satu_publisher to satu_pipeline")
    if not op.get_bind().scalar(text("select rolsuper from pg_roles where rolname = current_user")):
        # A login that may create roles, but is no superuser, must be a member to hand schemas over.
        op.execute("grant satu_owner, satu_loader, satu_transformer, satu_publisher to current_user")
    for privileges in DATABASE_PRIVILEGES:
        op.execute(f"do $$ begin execute format('{privileges}', current_database()); end $$")
    for schema, (creators, readers) in SCHEMAS.items():
        op.execute(f"create schema if not exists {schema}")
        op.execute(f"alter schema {schema} owner to satu_owner")
        for name in (*creators, *readers):
            op.execute(f"grant usage on schema {schema} to satu_{name}")
        for creator in creators:
            op.execute(f"grant create on schema {schema} to satu_{creator}")
            for reader in readers:
                op.execute(
                    f"alter default privileges for role satu_{creator} in schema {schema}"
                    f" grant select on tables to satu_{reader}"
                )
