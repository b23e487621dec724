"""The views that analysts read: each shows the partition to which the pointer points."""

from typing import TYPE_CHECKING

from satu import warehouse

if TYPE_CHECKING:
    import psycopg

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


def ensure_view(connection: "psycopg.Connection", name: str) -> None:
    """Create the view of a mart, or replace it when the mart has new columns: they are always its last."""
    from psycopg import sql

    wanted = columns_of(connection, "released", name)
    if columns_of(connection, "published", name) == wanted:
        return
    view = sql.SQL(
        "create or replace view {} as select {} from {}"
        " where release_id = (select p.release_id from ops.release_pointer as p)"
    )
    connection.execute(
        view.format(
            sql.Identifier("published", name),
            sql.SQL(", ").join(map(sql.Identifier, wanted)),
            sql.Identifier("released", name),
        )
    )
    _grant(connection, name)


def ensure_release_info(connection: "psycopg.Connection") -> None:
    """Create `published.release_info`, which says which release the other views show."""
    if columns_of(connection, "published", "release_info"):
        return
    connection.execute(RELEASE_INFO)
    _grant(connection, "release_info")


def _grant(connection: "psycopg.Connection", name: str) -> None:
    from psycopg import sql

    statement = sql.SQL("grant select on {} to {}")
    connection.execute(statement.format(sql.Identifier("published", name), sql.Identifier(warehouse.ANALYST)))


# The area of a release covers all its areas: the only regency, else the only province, else the country.
