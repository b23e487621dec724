"""What logins that read may do and may not, as statements; test_rights.py runs each of them."""

READERS = {"ana": "satu_analyst", "mira": "satu_microdata", "fia": "satu_field", "audi": "satu_auditor"}
# Every kind of statement of PostgreSQL 15 to 18, and functions that reach beyond a statement.
CLOSED = """
alter database satu set work_mem = '1GB'
alter default privileges for role satu_publisher grant select on tables to ana
alter extension plpgsql update
alter function published.shown_release() owner to current_user
alter role satu_analyst superuser
alter role satu_pipeline password 'x'
alter schema published rename to mine
alter system set work_mem = '1GB'
alter table ops.file disable trigger all
alter view published.coverage_by_area set (security_barrier = false)
checkpoint
comment on database satu is 'x'
comment on view published.coverage_by_area is 'x'
copy ops.file from stdin
copy (select 1) to '/tmp/x'
copy (select 1) to program 'true'
copy published.coverage_by_area from program 'true'
create access method x type index handler bthandler
create aggregate published.x (integer) (sfunc = int4pl, stype = integer)
create cast (text as bytea) without function
create collation published.x from "C"
create conversion published.x for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8
create database x
create domain published.x as text
create event trigger x on ddl_command_start execute function x()
create extension vector
create foreign data wrapper x
create function published.x() returns integer language sql return 1
create index on ops.file (file_id)
create language x handler plpgsql_call_handler
create materialized view published.x as select 1
create operator published.^^^ (leftarg = integer, rightarg = integer, function = int4pl)
create operator class published.x for type integer using btree as operator 1 <
create policy x on ops.file
create procedure published.x() language sql begin atomic select 1; end
create publication x for all tables
create role x
create rule x as on insert to published.coverage_by_area do instead nothing
create schema x
create sequence published.x
create server x foreign data wrapper y
create statistics published.x on file_id, feed from ops.file
create subscription x connection 'host=x' publication y
create table published.x ()
create table public.x ()
create tablespace x location '/tmp'
create temporary sequence x
create temporary table x ()
create temporary view x as select 1
create text search configuration published.x (copy = simple)
create transform for integer language sql (from sql with function int4recv(internal))
create trigger x before insert on ops.file for each row execute function x()
create type published.x as (a integer)
create user mapping for current_user server x
create view published.x as select 1
delete from ops.file
do $$ begin perform 1; end $$
do language sql 'select 1'
drop database postgres
drop owned by satu_publisher
drop role satu_field
drop schema published cascade
drop view published.release_info
grant satu_analyst to mira
import foreign schema x from server y into published
insert into ops.approval (run_id, approved_by, reason) values ('r1', 'x', 'y')
load 'auto_explain'
lock table ops.run in access exclusive mode
lock table ops.release_pointer in row exclusive mode
lock table released.coverage_by_area in access share mode
merge into ops.file as f using (select 1 as i) as s on s.i = f.file_id when matched then delete
begin; prepare transaction 'x'
reassign owned by satu_publisher to current_user
refresh materialized view published.x
reindex database satu
reindex schema published
reindex system satu
reindex table ops.file
security label on view published.coverage_by_area is 'x'
select * from population.person
select * from raw.asn
select * from released.microdata_person
select * into x from generate_series(1, 2)
set log_statement = 'none'
set role satu_loader
set role satu_pipeline
set session authorization satu_pipeline
set session_replication_role = replica
truncate ops.file
update ops.microdata_grant set valid_until = '9999-12-31'
select lo_creat(-1)
select lo_from_bytea(0, 'x')
select lo_export(1, '/tmp/x')
select lo_import('/etc/hostname')
select pg_advisory_lock(hashtext('satu.run'))
select pg_advisory_xact_lock_shared(hashtext('satu.release'))
select pg_try_advisory_lock(hashtext('satu.migrate'))
select pg_backup_start('x')
select pg_create_physical_replication_slot('x')
select pg_logical_emit_message(false, 'x', 'y')
select pg_log_backend_memory_contexts(pg_backend_pid())
select pg_ls_logdir()
select pg_notify('x', 'y')
select pg_read_file('PG_VERSION')
select pg_reload_conf()
select pg_rotate_logfile()
select pg_stat_file('PG_VERSION')
select pg_stat_get_live_tuples('pg_class'::regclass)
select pg_stat_reset()
select pg_switch_wal()
select pg_terminate_backend(pid) from pg_stat_activity where usename = 'satu_admin'
select n_live_tup from pg_stat_all_tables
select tup_fetched from pg_stat_database
select idx_blks_read from pg_statio_all_indexes
select hits from pg_stat_io
select wal_bytes from pg_stat_wal
select hits from pg_stat_get_backend_io(pg_backend_pid())
select wal_bytes from pg_stat_get_backend_wal(pg_backend_pid())
select setting from pg_file_settings
select rolpassword from pg_authid
select sourceline from pg_hba_file_rules
""".strip().split("\n")
# What PostgreSQL lets everybody do who connects, and no grant takes back; each reaches the session alone, or nothing.
OPEN = """
alter role current_user set work_mem = '1MB'
analyze
abort
begin
call_nothing
close all
cluster
copy (select 1) to stdout
deallocate all
declare c cursor with hold for select 1
drop owned by current_user
end
explain (analyze) select 1
fetch c
listen satu
notify satu, 'x'
prepare p as select 1
reset all
rollback
set statement_timeout = 0
set transaction read only
show all
table pg_database
unlisten *
vacuum
values (1)
select pg_export_snapshot()
select pg_sleep(0)
select set_config('work_mem', '1MB', false)
select txid_current()
discard all
""".strip().split("\n")
OPEN_TO = {
    "satu_analyst": ["table published.coverage_by_area", "select published.shown_release()"],
    "satu_microdata": ["table microdata.person"],
    "satu_field": ["table field.work_list"],
    "satu_auditor": ["table ops.file", "lock table ops.file in access share mode"],
}
OWN = [statement for statements in OPEN_TO.values() for statement in statements]
