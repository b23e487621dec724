"""The views that analysts read: each shows the partition to which the pointer points.

A mart `microdata_<x>` holds people, one row each. Its view is `microdata.<x>`, for the role satu_microdata; which rows
a login sees is decided by the policy on the released table, and the view reads it with the reader's own rights.
"""

from typing import TYPE_CHECKING

from satu import warehouse

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

MICRODATA = "microdata_"
"""What the names of marts of people begin with."""

RELEASE_INFO = """
create view published.release_info as
with areas as (
    select distinct area_level, area_code, area_name
    from published.coverage_by_area
    where area_level in ('province', 'regency')
),

widest as (
    select area_level, area_code, area_name, count(*) over (partition by area_level) as areas
    from areas
)

select
    r.release_id,
    coalesce(w.area_level, 'country') as area_level,
    coalesce(w.area_code, '00') as area_code,
    coalesce(w.area_name, 'Indonesia') as area_name,
    r.created_at,
    r.approved_by,
    r.git_revision,
    r.contract_version
from ops.release as r
inner join ops.release_pointer as p on r.release_id = p.release_id
left join lateral (
    select area_level, area_code, area_name
    from widest
    where areas = 1
    order by area_level desc
    limit 1
) as w on true
"""


def columns_of(connection: "psycopg.Connection", schema: str, table: str) -> dict[str, str]:
    """Return column ↦ type of a table or view, in order; nothing when it does not exist."""
    rows = connection.execute(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute"
        " where attrelid = to_regclass(format('%%I.%%I', %s::text, %s::text)) and attnum > 0 and not attisdropped"
        " order by attnum",
        (schema, table),
    )
    return dict(rows.fetchall())


def view_of(mart: str) -> tuple[str, str]:
    """Return schema and name of a mart's view."""
    return ("microdata", mart.removeprefix(MICRODATA)) if mart.startswith(MICRODATA) else ("published", mart)


def ensure_view(connection: "psycopg.Connection", mart: str) -> None:
    """Create the view of a mart, or replace it when the mart has new columns: they are always its last."""
    from psycopg import sql

    schema, name = view_of(mart)
    if schema == "microdata":
        _ensure_row_security(connection, mart)
    wanted = columns_of(connection, "released", mart)
    if columns_of(connection, schema, name) == wanted:
        return
    view = sql.SQL(
        "create or replace view {} with ({}) as select {} from {}"
        " where release_id = (select p.release_id from ops.release_pointer as p)"
    )
    connection.execute(
        view.format(
            sql.Identifier(schema, name),
            sql.SQL("security_barrier, security_invoker" if schema == "microdata" else "security_barrier"),
            sql.SQL(", ").join(map(sql.Identifier, wanted)),
            sql.Identifier("released", mart),
        )
    )
    _grant(connection, schema, name, warehouse.MICRODATA if schema == "microdata" else warehouse.ANALYST)


def _ensure_row_security(connection: "psycopg.Connection", mart: str) -> None:
    """Let readers of a mart of people see the regions that their login was granted, and no other row."""
    from psycopg import sql

    names = {"table": sql.Identifier("released", mart), "role": sql.Identifier(warehouse.MICRODATA)}
    secured = connection.execute(
        "select relrowsecurity, exists (select from pg_policy where polrelid = c.oid and polname = 'granted_regions')"
        " from pg_class as c where oid = to_regclass(%s)",
        (f"released.{mart}",),
    ).fetchone()
    is_on, has_policy = secured or (False, False)
    if not has_policy:
        connection.execute(
            sql.SQL(
                "create policy granted_regions on {table} for select to {role}"
                " using (area_code ^@ any ((select microdata.granted_areas())::text[]))"
            ).format(**names)
        )
    if not is_on:
        connection.execute(sql.SQL("alter table {table} enable row level security").format(**names))
    connection.execute(sql.SQL("grant select on {table} to {role}").format(**names))


def seal(connection: "psycopg.Connection", partition: "sql.Identifier") -> None:
    """Let nobody but its owner read a partition of people by its own name, whatever is granted on it."""
    from psycopg import sql

    connection.execute(sql.SQL("alter table {} enable row level security").format(partition))


def ensure_release_info(connection: "psycopg.Connection") -> None:
    """Create `published.release_info`, which says which release the other views show."""
    if columns_of(connection, "published", "release_info"):
        return
    connection.execute(RELEASE_INFO)
    _grant(connection, "published", "release_info", warehouse.ANALYST)


def _grant(connection: "psycopg.Connection", schema: str, name: str, role: str) -> None:
    from psycopg import sql

    statement = sql.SQL("grant select on {} to {}")
    connection.execute(statement.format(sql.Identifier(schema, name), sql.Identifier(role)))


# The area of a release covers all its areas: the only regency, else the only province, else the country.
