"""All rights in the warehouse, written once and set by every `satu migrate`.

The rights of a table or function from a migration are listed here; migrations grant nothing. `satu.ledger.granting`
compares the privileges on the server with those below, revokes extra ones and grants missing ones: after a restore of a
backup, a manual grant, or a new version. This covers Satu's own roles, PUBLIC, and logins in the roles that read.
Grants of an administrator to other roles stay. If the migrating login is not a superuser, rights on the server's own
functions and languages do not change.
"""

from dataclasses import dataclass

from satu.warehouse import ANALYST, AUDITOR, FIELD, LOADER, MICRODATA, OWNER, PIPELINE, PUBLISHER, TRANSFORMER

PUBLIC = "public"
WRITERS = (LOADER, TRANSFORMER, PUBLISHER)
READERS = (ANALYST, MICRODATA, FIELD, AUDITOR)


@dataclass(frozen=True)
class Schema:
    """The owner of a schema's objects, the roles that read all its tables, and others with usage."""

    owner: str
    readers: tuple[str, ...] = ()
    users: tuple[str, ...] = ()


SCHEMAS = {
    "ops": Schema(OWNER, users=(*WRITERS, AUDITOR)),
    "raw": Schema(LOADER, (TRANSFORMER,)),
    "staging": Schema(TRANSFORMER),
    "population": Schema(TRANSFORMER),
    "coverage": Schema(TRANSFORMER),
    "field": Schema(TRANSFORMER, (FIELD,)),
    "candidate": Schema(TRANSFORMER, (PUBLISHER,)),
    "released": Schema(PUBLISHER),
    "published": Schema(PUBLISHER, (ANALYST, TRANSFORMER)),
    "history": Schema(PUBLISHER, (ANALYST,)),
    "microdata": Schema(PUBLISHER, (MICRODATA,)),
}
_DECISION = {PUBLISHER: "select, insert", AUDITOR: "select"}
_NOTE_ACCESS = "insert (os_user, command, table_name, record_count)"
_SEE_REJECTED = "select (file_id, record_no, line_no, reason)"
LEDGER: dict[str, dict[str, str]] = {
    "file": {LOADER: "select, insert, update", TRANSFORMER: "select", PUBLISHER: "select", AUDITOR: "select"},
    "rejected_record": {
        LOADER: "select, insert, delete, update (raw, reason)",
        TRANSFORMER: _SEE_REJECTED,
        PUBLISHER: _SEE_REJECTED,
    },
    "run": {
        LOADER: "select",
        TRANSFORMER: "select",
        PUBLISHER: "select, insert, update",
        AUDITOR: "select",
    },
    "check_result": {
        TRANSFORMER: "select",
        PUBLISHER: "select, insert, update, delete",
        AUDITOR: "select",
    },
    "approval": _DECISION,
    "rejection": _DECISION,
    "waiver": _DECISION,
    "release": {
        LOADER: "select",
        TRANSFORMER: "select",
        PUBLISHER: "select, insert, update (status, kept_by, kept_reason, dropped_at)",
        AUDITOR: "select",
    },
    "release_pointer": {
        LOADER: "select",
        TRANSFORMER: "select",
        PUBLISHER: "select, insert, update",
        AUDITOR: "select",
    },
    "accepted_release": {TRANSFORMER: "select", PUBLISHER: "select", AUDITOR: "select"},
    "microdata_grant": {
        PUBLISHER: "select, insert (login, area_code, granted_by, reason, valid_until),"
        " update (ended_at, ended_by, end_reason)",
        AUDITOR: "select",
    },
    "access": {
        LOADER: _NOTE_ACCESS,
        TRANSFORMER: _NOTE_ACCESS,
        PUBLISHER: f"select, {_NOTE_ACCESS}",
        AUDITOR: "select",
    },
    "erasure": {
        LOADER: "select, insert (asked_by, reason, receipt), update (finished_at)",
        TRANSFORMER: "select",
        PUBLISHER: "select",
        AUDITOR: "select",
    },
    "erased_identifier": {LOADER: "select, insert"},
    "erasure_key": {LOADER: "select"},
    "schema_version": dict.fromkeys(WRITERS, "select"),
}
FUNCTIONS = {
    "published.shown_release()": (PUBLIC,),
    "microdata.granted_areas()": (PUBLISHER,),
    "microdata.granted_person()": (MICRODATA,),
    "ops.keep_history()": (),
    "ops.session_in_the_way()": (TRANSFORMER,),
}
DATABASE = {
    "CONNECT": (PIPELINE, *READERS),
    "TEMPORARY": WRITERS,
}
PARAMETERS = {"satu.release_id": (ANALYST, MICRODATA), "log_min_messages": (OWNER,)}
"""Who may keep a setting: `alter role … set` of an analyst, a function's own."""
MEMBER_OF = {PIPELINE: WRITERS}
"""Memberships among Satu's roles."""
STATISTICS = "pg_read_all_stats"
"""Lets the owner of `ops.session_in_the_way` see the start of sessions; only a superuser may grant it."""
LANGUAGES = ("plpgsql", "sql")
"""Usage allows writing functions, and blocks that run at once (`do`)."""

# By default every session may call these. Large objects have no row security and no schema. A reader's advisory lock
# could block the next release. Counters show how many rows or pages another session's statement read, and so the number
# of people in the region of another login.
NOT_FOR_EVERYBODY = (
    r"lo_(creat|create|from_bytea|get|open|put|truncate|truncate64|unlink|export|import)|loread|lowrite",
    r"pg_logical_emit_message|pg_notify",
    r"pg_stat_get_(xact_|db_)?(numscans|lastscan|tuples_\w+|blocks_\w+)",
    r"pg_stat_get_(live_tuples|dead_tuples|mod_since_analyze|ins_since_vacuum)",
    r"pg_stat_get_(backend_)?(io|wal)",
)
COUNTERS = r"pg_stat_get_\w+"
LOCKS = r"pg_(try_)?advisory_\w+"
TIMEOUT = "1h"
"""Limits on running statements and idle transactions, for logins without their own setting."""
