{% set columns = {
    'id_petugas': 'officer_id',
    'nama': 'officer_name',
    'peran': 'role',
    'kode_sls': 'sls_code',
    'mulai': 'start_date',
    'selesai': 'end_date',
} %}

with

records as {{ computed_once() }} (
    {{ loaded_records('officer', columns) }}
),

typed as {{ computed_once() }} (
    select
        records.*,
        {{ typed_values('officer', columns) }}
    from records
),

keyed as (
    select
        typed.*,
        {{ natural_key('officer') }} as natural_key
    from typed
),

final as (
    select
        file_id,
        record_no,
        area_code,
        period,
        {{ is_latest('officer') }} as is_latest,
        officer_id,
        officer_name,
        role,
        sls_code,
        start_date,
        end_date,
        natural_key,
        {{ value_issues('officer', columns) }} as value_issues
    from keyed
)

select * from final
