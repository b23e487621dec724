{% set newest_by = 'pes_date' %}
{{ config(meta={'newest_by': newest_by}) }}

{% set columns = {
    'id_pes': 'pes_id',
    'kode_sls': 'sls_code',
    'no_urut': 'line_no',
    'nik': 'nik',
    'nama': 'name',
    'jk': 'sex',
    'tgl_lahir': 'birth_date',
    'umur': 'stated_age',
    'status': 'pes_status',
    'tanggal': 'pes_date',
} %}

with

records as {{ computed_once() }} (
    {{ loaded_records('pes_person', columns) }}
),

files_with_lost_digits as (
    {{ files_with_lost_digits() }}
),

typed as {{ computed_once() }} (
    select
        records.*,
        files_with_lost_digits.has_lost_digits,
        {{ typed_values('pes_person', columns) }}
    from records
    left join files_with_lost_digits
        on records.file_id = files_with_lost_digits.file_id
),

keyed as (
    select
        typed.*,
        {{ natural_key('pes_person') }} as natural_key
    from typed
),

final as (
    select
        file_id,
        record_no,
        area_code,
        period,
        {{ is_latest('pes_person', newest_by) }} as is_latest,
        pes_id,
        sls_code,
        line_no,
        nik,
        name,
        sex,
        birth_date,
        stated_age,
        pes_status,
        pes_date,
        natural_key,
        {{ value_issues('pes_person', columns) }} as value_issues
    from keyed
)

select * from final
