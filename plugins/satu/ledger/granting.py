"""Set the warehouse's owners and privileges to exactly those in `satu.ledger.rights`."""

import re
from collections.abc import Iterator
from typing import Any

import psycopg

from satu.ledger import rights
from satu.warehouse import OWNER, PIPELINE, ROLES

_ROLES = """
select r.rolname, r.rolname = any(%(satu)s) as is_of_satu from pg_roles as r
where r.rolname = any(%(satu)s) or not r.rolsuper and r.rolname <> current_user and exists (
    select from unnest(%(readers)s::text[]) as reader where pg_has_role(r.oid, reader, 'member')
)
"""
_OBJECTS = """
select o.kind, o.schema, o.name, o.column, pg_get_userbyid(o.owner) as owner, a.grantee, a.privilege, a.is_grantable,
    a.grantor, array(select privilege_type from aclexplode(acldefault(o.type, o.owner)) where grantee = o.owner) as own
from (
    select 'schema' as kind, nspname as schema, quote_ident(nspname) as name, null as column, nspowner as owner,
        nspacl as acl, 'n'::"char" as type
    from pg_namespace where nspname = any(%(schemas)s) or nspname = 'public'
    union all
    select case relkind when 'S' then 'sequence' else 'table' end, nspname, c.oid::regclass::text, null, relowner,
        relacl, case relkind when 'S' then 's' else 'r' end::"char"
    from pg_class as c join pg_namespace as n on n.oid = relnamespace
    where nspname = any(%(schemas)s) and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    union all
    select 'table', nspname, c.oid::regclass::text, attname, relowner, attacl, 'c'::"char"
    from pg_attribute join pg_class as c on c.oid = attrelid join pg_namespace as n on n.oid = relnamespace
    where nspname = any(%(schemas)s) and relkind in ('r', 'p', 'v', 'm', 'f') and attnum > 0 and not attisdropped
        and (attacl is not null or nspname = 'ops')
    union all
    select 'function', nspname, p.oid::regprocedure::text, null, proowner, proacl, 'f'::"char"
    from pg_proc as p join pg_namespace as n on n.oid = pronamespace
    where nspname = any(%(schemas)s) or %(is_superuser)s and nspname = 'pg_catalog' and proname ~ %(closed)s
    union all
    select 'language', 'pg_catalog', quote_ident(lanname), null, lanowner, lanacl, 'l'::"char"
    from pg_language where %(is_superuser)s and lanname = any(%(languages)s)
    union all
    select 'database', null, quote_ident(datname), null, datdba, datacl, 'd'::"char"
    from pg_database where datname = current_database()
    union all
    select 'parameter', null, coalesce(parname, name), null, 10, paracl, 'p'::"char"
    from pg_parameter_acl full join unnest(%(parameters)s::text[]) as name on parname = name where %(is_superuser)s
) as o
left join lateral (
    select case grantee when 0 then 'public' else pg_get_userbyid(grantee) end as grantee, privilege_type as privilege,
        is_grantable, pg_get_userbyid(grantor) as grantor
    from aclexplode(coalesce(o.acl, case when o.column is null then acldefault(o.type, o.owner) end))
) as a on true
"""
_DEFAULTS = """
select pg_get_userbyid(r.oid) as maker, n.nspname as schema, t.kind, t.name as kinds,
    case a.grantee when 0 then 'public' else pg_get_userbyid(a.grantee) end as grantee, a.privilege_type
from pg_roles as r
cross join (values ('r'::"char", 'tables'), ('S', 'sequences'), ('f', 'functions'), ('T', 'types'), ('n', 'schemas'))
    as t (kind, name)
cross join (select oid, nspname from pg_namespace where nspname !~ '^pg_' union all select 0, null) as n
left join pg_default_acl as d on d.defaclrole = r.oid and d.defaclobjtype = t.kind and d.defaclnamespace = n.oid
cross join lateral aclexplode(
    coalesce(d.defaclacl, case when n.oid = 0 and t.kind = 'f' then acldefault(t.kind, r.oid) end)
) as a
where r.rolname = any(%s) and a.grantee <> r.oid
"""
_ATTRIBUTES = """
select rolname from pg_roles
where rolname = any(%s) and (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls
    or rolcanlogin <> (rolname = %s))
"""
_MEMBERSHIPS = """
select pg_get_userbyid(member), pg_get_userbyid(roleid), pg_get_userbyid(grantor) from pg_auth_members
where pg_get_userbyid(member) = any(%s)
"""
_SETTINGS = """
select 1 from pg_db_role_setting cross join unnest(setconfig) as setting
where setdatabase = (select oid from pg_database where datname = current_database())
    and setrole = coalesce((select oid from pg_roles where rolname = %s), 0) and split_part(setting, '=', 1) = %s
"""
Granted = tuple[str, str]
"""Role and privilege."""


def bring(connection: psycopg.Connection) -> list[str]:
    """Correct owners and privileges; return the statements that were necessary, empty if all were right.

    The connection is a login that may create roles, in a transaction.
    """
    done: list[str] = []

    def run(statement: str, grantor: str | None = None) -> None:
        if grantor:
            connection.execute(f"set local role {_quoted(grantor)}".encode())
        connection.execute(statement.encode())
        if grantor:
            connection.execute("reset role")
        done.append(statement)

    connection.execute("set local search_path = pg_catalog")  # the server qualifies all names with their schema
    for statement in _roles(connection):
        run(statement)
    for statement in _owners(connection):
        run(statement)
    for statement, grantor in _objects(connection):
        run(statement, grantor)
    for statement in (*default_privileges(connection), *_timeouts(connection)):
        run(statement)
    return done


def _roles(connection: psycopg.Connection) -> Iterator[str]:
    mine = [*ROLES, PIPELINE]
    for (role,) in connection.execute(_ATTRIBUTES, (mine, PIPELINE)).fetchall():
        login = "login" if role == PIPELINE else "nologin"
        yield f"alter role {role} nosuperuser nocreatedb nocreaterole noreplication nobypassrls {login}"
    there = connection.execute(_MEMBERSHIPS, (mine,)).fetchall()
    wanted = {(member, group) for member, groups in rights.MEMBER_OF.items() for group in groups}
    if _about(connection)["is_superuser"]:
        wanted.add((OWNER, rights.STATISTICS))
    for member, group, grantor in there:
        if (member, group) not in wanted:
            yield f"revoke {_quoted(group)} from {member} granted by {_quoted(grantor)} cascade"
    for member, group in sorted(wanted - {row[:2] for row in there}):
        yield f"grant {group} to {member}"


def _owners(connection: psycopg.Connection) -> Iterator[str]:
    """Set the owner of everything in Satu's schemas: after a restore without owners the administrator owns it."""
    found = connection.execute(_OBJECTS, _about(connection)).fetchall()
    for kind, schema, name, column, owner, *_ in dict.fromkeys(row[:5] for row in found):
        wanted = OWNER if kind == "schema" or name == "microdata.granted_areas()" else None
        wanted = wanted or (rights.SCHEMAS[schema].owner if schema in rights.SCHEMAS else owner)
        if (
            schema in rights.SCHEMAS
            and column is None
            and owner != wanted
            and not _belongs_to_a_column(connection, kind, name)
        ):
            yield f"alter {kind} {name} owner to {wanted}"


def _belongs_to_a_column(connection: psycopg.Connection, kind: str, name: str) -> bool:
    """Return whether it is the sequence of a column, whose owner follows its table."""
    query = "select from pg_depend where objid = to_regclass(%s) and deptype in ('a', 'i') and refobjsubid > 0"
    return kind == "sequence" and bool(connection.execute(query, (name,)).rowcount)


def _objects(connection: psycopg.Connection) -> Iterator[tuple[str, str | None]]:
    """Yield each necessary statement, with the role that must revoke its own grants."""
    deciding = {
        row[0] for row in connection.execute(_ROLES, {"satu": [*ROLES, PIPELINE], "readers": list(rights.READERS)})
    }
    deciding.add(rights.PUBLIC)
    rows = connection.execute(_OBJECTS, _about(connection)).fetchall()
    there: dict[tuple[str, str, str, str | None, str], set[Granted]] = {}
    for kind, schema, name, column, owner, grantee, privilege, is_grantable, grantor, own in rows:
        key = (kind, schema, name, column, owner)
        wanted = _wanted(kind, schema, name, column) | {(owner, each) for each in own if column is None}
        granted = there.setdefault(key, set())
        if grantee is None:
            continue
        granted.add((grantee, privilege))
        is_mine = grantee in deciding and grantee != owner
        part = f"{privilege} ({_quoted(column)})" if column else privilege
        by = grantor if grantor != owner else None
        if is_mine and (grantee, privilege) not in wanted:
            yield f"revoke {part} on {kind} {name} from {_quoted(grantee)} cascade", by
        elif is_mine and is_grantable:
            yield f"revoke grant option for {part} on {kind} {name} from {_quoted(grantee)} cascade", by
    owners_own = {(row[0], row[2], row[3]): row[9] for row in rows}
    for (kind, schema, name, column, owner), granted in there.items():
        own = (
            {(owner, each) for each in owners_own[kind, name, column]}
            if column is None and schema in rights.SCHEMAS
            else set()
        )
        for grantee, privilege in sorted((_wanted(kind, schema, name, column) | own) - granted):
            part = f"{privilege} ({_quoted(column)})" if column else privilege
            yield f"grant {part} on {kind} {name} to {_quoted(grantee)}", None


def _wanted(kind: str, schema: str | None, name: str, column: str | None) -> set[Granted]:
    """Return the privileges on an object, without its owner's."""
    if kind == "database":
        return {(role, privilege) for privilege, roles in rights.DATABASE.items() for role in roles}
    if kind == "parameter":
        return {(role, "SET") for role in rights.PARAMETERS.get(name, ())}
    if kind == "language":
        return {(role, "USAGE") for role in (OWNER, *rights.WRITERS)}
    if kind == "function":
        locks = (OWNER, *rights.WRITERS) if re.match(rights.LOCKS, name) else ()
        counters = ("pg_read_all_stats",) if re.match(rights.COUNTERS, name) else ()
        return {(role, "EXECUTE") for role in rights.FUNCTIONS.get(name, (*locks, *counters))}
    if schema not in rights.SCHEMAS:  # public
        return set()
    rule = rights.SCHEMAS[schema]
    if kind == "schema":
        creates = {(rule.owner, privilege) for privilege in ("USAGE", "CREATE")} if rule.owner != OWNER else set()
        return creates | {(role, "USAGE") for role in (*rule.readers, *rule.users)}
    if kind == "sequence":
        return set()
    if schema == "ops":
        return _of_ledger(name.removeprefix("ops."), column)
    return {(role, "SELECT") for role in rule.readers} if column is None else set()


def _of_ledger(table: str, column: str | None) -> set[Granted]:
    found = set()
    for role, verbs in rights.LEDGER.get(table, {}).items():
        for verb, columns in re.findall(r"(\w+)(?: \(([^)]*)\))?", verbs):
            if (columns and column in columns.split(", ")) or (not columns and column is None):
                found.add((role, verb.upper()))
    return found


def default_privileges(
    connection: psycopg.Connection, makers: tuple[str, ...] = (OWNER, *rights.WRITERS)
) -> Iterator[str]:
    """Yield the statements for tables and functions created later."""
    found = connection.execute(_DEFAULTS, (list(makers),)).fetchall()
    there = {(maker, schema, kinds, grantee, privilege) for maker, schema, _, kinds, grantee, privilege in found}
    wanted = {
        (rule.owner, schema, "tables", reader, "SELECT")
        for schema, rule in rights.SCHEMAS.items()
        if rule.owner in makers and rule.owner != OWNER
        for reader in rule.readers
    }
    for verb, way, changes in (("revoke", "from", there - wanted), ("grant", "to", wanted - there)):
        for maker, schema, kinds, grantee, privilege in sorted(changes, key=str):
            place = f" in schema {_quoted(schema)}" if schema else ""
            yield (
                f"alter default privileges for role {maker}{place} {verb} {privilege} on {kinds} {way}"
                f" {_quoted(grantee)}"
            )


def _timeouts(connection: psycopg.Connection) -> Iterator[str]:
    """Yield limits for sessions of people if none are set; the pipeline and administrators have none."""
    query = "select datname, current_user from pg_database where datname = current_database()"
    row = connection.execute(f"{query} and pg_has_role(datdba, 'usage')".encode()).fetchone()
    if row is None:
        return
    database, login = row
    for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
        for role, value in ((None, f"'{rights.TIMEOUT}'"), (PIPELINE, "0"), (login, "0")):
            if not connection.execute(_SETTINGS, (role, name)).rowcount:
                whose = (
                    f"role {_quoted(role)} in database {_quoted(database)}" if role else f"database {_quoted(database)}"
                )
                yield f"alter {whose} set {name} = {value}"


def _about(connection: psycopg.Connection) -> dict[str, Any]:
    row = connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
    return {
        "schemas": list(rights.SCHEMAS),
        "is_superuser": bool(row and row[0]),
        "closed": f"^({'|'.join((*rights.NOT_FOR_EVERYBODY, rights.LOCKS))})$",
        "languages": list(rights.LANGUAGES),
        "parameters": list(rights.PARAMETERS),
    }


def _quoted(name: str) -> str:
    return name if name == rights.PUBLIC else '"{}"'.format(name.replace('"', '""'))
