"""What each role may do, written here and nowhere else; test_roles.py tries all of it and everything else."""

SCHEMAS = (
    "ops",
    "raw",
    "staging",
    "population",
    "coverage",
    "field",
    "candidate",
    "released",
    "published",
    "history",
    "microdata",
)
ALL = "select insert update delete truncate"
VIEWS = (
    r"staging\.person_statement"
    r"|population\.(compared_record|person_finding|person_status|person_attribute|area_issue|person_issue)"
    r"|population\.(stated_member|edited_member|remaining_failure|online_answer|officer_work)"
)
# role ↦ object (a pattern) ↦ verbs; columns in brackets where not all of them are meant.
ALLOWED = {
    "satu_owner": {r"ops\..*": ALL, r"ops\.accepted_release": "select"},
    "satu_loader": {
        r"raw\..*": ALL,
        r"ops\.file": "select insert update",
        r"ops\.rejected_record": "select insert update[raw,reason] delete",
        r"ops\.(run|release|release_pointer|schema_version|erasure_key)": "select",
        r"ops\.erasure": "select insert[asked_by,reason,receipt] update[finished_at]",
        r"ops\.erased_identifier": "select insert",
        r"ops\.access": "insert[os_user,command,table_name,record_count]",
    },
    "satu_transformer": {
        rf"(?!{VIEWS})(staging|population|coverage|field|candidate)\..*": ALL,
        VIEWS: "select",
        r"(raw|published)\..*": "select",
        r"ops\.(file|run|check_result|release|release_pointer|accepted_release|schema_version|erasure)": "select",
        r"ops\.rejected_record": "select[file_id,record_no,line_no,reason]",
        r"ops\.access": "insert[os_user,command,table_name,record_count]",
    },
    "satu_publisher": {
        r"candidate\..*": "select",
        r"released\..*": ALL,
        r"published\.(?!release_).*": "select insert update delete",
        r"microdata\.person": "select",
        r"published\.release_(info|history|check)|history\..*": "select",
        r"ops\.(file|accepted_release|schema_version|erasure)": "select",
        r"ops\.rejected_record": "select[file_id,record_no,line_no,reason]",
        r"ops\.(run|release_pointer)": "select insert update",
        r"ops\.release": "select insert update[status,kept_by,kept_reason,dropped_at]",
        r"ops\.check_result": "select insert update delete",
        r"ops\.(approval|rejection|waiver)": "select insert",
        r"ops\.microdata_grant": "select insert[login,area_code,granted_by,reason,valid_until]"
        " update[ended_at,ended_by,end_reason]",
        r"ops\.access": "select insert[os_user,command,table_name,record_count]",
    },
    "satu_analyst": {r"(published|history)\..*": "select"},
    "satu_microdata": {
        r"microdata\.person": "select",
    },
    "satu_field": {r"field\..*": "select"},
    "satu_auditor": {
        r"ops\.(file|run|check_result|approval|rejection|waiver|release|release_pointer|accepted_release)": "select",
        r"ops\.(microdata_grant|access|erasure)": "select",
    },
}
CREATES_IN = {
    "satu_owner": {*SCHEMAS},
    "satu_loader": {"raw", "pg_temp"},
    "satu_transformer": {"staging", "population", "coverage", "field", "candidate", "pg_temp"},
    "satu_publisher": {"released", "published", "history", "microdata", "pg_temp"},
}
LOCKS = {"satu_owner", "satu_loader", "satu_transformer", "satu_publisher"}
# call ↦ roles that may make it
CALLS: dict[str, set[str]] = {
    "lo_creat(-1)": set(),
    "lo_create(0)": set(),
    "lo_from_bytea(0, '')": set(),
    "lo_get(1)": set(),
    "lo_get(1, 0, 1)": set(),
    "lo_open(1, 131072)": set(),
    "lo_put(1, 0, '')": set(),
    "lo_truncate(0, 1)": set(),
    "lo_truncate64(0, 1)": set(),
    "lo_unlink(1)": set(),
    "loread(0, 1)": set(),
    "lowrite(0, '')": set(),
    "lo_import('/etc/hostname')": set(),
    "lo_export(1, '/tmp/x')": set(),
    "pg_logical_emit_message(false, 'x', 'x'::text)": set(),
    "pg_logical_emit_message(false, 'x', 'x'::bytea)": set(),
    "pg_notify('x', 'x')": set(),
    "pg_read_file('PG_VERSION')": set(),
    "pg_ls_dir('.')": set(),
    "pg_reload_conf()": set(),
    "pg_switch_wal()": set(),
    "pg_stat_reset()": set(),
    "pg_try_advisory_xact_lock(1)": LOCKS,
    "pg_try_advisory_lock_shared(1)": LOCKS,
    "pg_stat_get_live_tuples(1)": {"satu_owner"},
    "pg_stat_get_tuples_fetched(1)": {"satu_owner"},
    "pg_stat_get_xact_numscans(1)": {"satu_owner"},
    "microdata.granted_areas()": {"satu_owner", "satu_publisher"},
    "microdata.granted_person()": {"satu_publisher", "satu_microdata"},
    "published.shown_release()": {"satu_owner", "satu_transformer", "satu_publisher", "satu_analyst"},
}
