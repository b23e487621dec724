"""The tables of the stage link, in schema `population`; a warehouse that has them keeps what is in them."""

from alembic import op

revision = "0012"
down_revision = "0011"

TABLES = (
    """
    create table if not exists population.person_record (
        feed text not null,
        file_id bigint not null,
        record_no bigint not null,
        person_id bigint not null,
        link_rule text not null,
        match_probability double precision not null,
        record_key bigint not null,
        evidence_hash bigint not null,
        primary key (feed, file_id, record_no)
    )
    """,
    """
    comment on column population.person_record.record_key is
        'hash of feed and natural key: finds the record again in a file that corrects its file'
    """,
    "create sequence if not exists population.person_id_given",
    """
    create table if not exists population.person_id_change (
        person_id bigint not null,
        new_person_id bigint not null,
        change text not null check (change in ('merge', 'split')),
        changed_at timestamptz not null default now(),
        reason text not null
    )
    """,
    """
    create table if not exists population.link_run (
        run_id text not null,
        linked_at timestamptz not null default now(),
        records bigint not null,
        relinked bigint not null,
        persons bigint not null,
        merges bigint not null,
        splits bigint not null,
        overruled bigint not null default 0
    )
    """,
    # Warehouses that linked everything in every run have no such columns yet.
    "alter table population.person_record add column if not exists evidence_hash bigint not null default 0",
    """
    alter table population.link_run
        add column if not exists relinked bigint not null default 0,
        add column if not exists overruled bigint not null default 0
    """,
    """
    create table if not exists population.link_model (
        code text not null,
        settings text not null,
        records bigint not null,
        fitted_at timestamptz not null default now()
    )
    """,
    "create table if not exists population.link_name (name_key text not null, frequency double precision not null)",
    "create table if not exists population.link_apart (person_id bigint not null, other_person_id bigint not null)",
    # Whose a record was that is in no file any more: it gets its person back when it returns.
    "create table if not exists population.link_absent (record_key bigint not null, person_id bigint not null)",
    """
    create table if not exists population.link_review (
        pair_id text primary key,
        feed text not null, file_id bigint not null, record_no bigint not null, record_key bigint not null,
        other_feed text not null, other_file_id bigint not null, other_record_no bigint not null,
        other_record_key bigint not null,
        name_level smallint not null, birth_level smallint not null, nik_level smallint not null,
        has_same_card boolean, has_same_village boolean,
        match_probability double precision not null,
        is_linked boolean not null
    )
    """,
    """
    create table if not exists population.link_decision (
        record_key bigint not null,
        other_record_key bigint not null,
        decision text not null check (decision in ('same', 'different')),
        decided_by text not null,
        reason text not null,
        decided_at timestamptz not null default clock_timestamp()
    )
    """,
    "create table if not exists population.link_secret (secret text not null)",
    """
    insert into population.link_secret
    select replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')
    where not exists (select from population.link_secret)
    """,
)


def upgrade() -> None:
    op.execute("set local role satu_transformer")
    for statement in TABLES:
        op.execute(statement)
    op.execute("reset role")
