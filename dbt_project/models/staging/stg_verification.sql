{% set newest_by = 'verified_at' %}
{{ config(meta={'newest_by': newest_by}) }}

{% set columns = {
    'kode_sls': 'sls_code',
    'no_dp': 'list_no',
    'no_kk': 'family_card_no',
    'nik': 'nik',
    'nama': 'name',
    'jk': 'sex',
    'tgl_lahir': 'birth_date',
    'sumber': 'list_source',
    'status': 'verification_status',
    'id_petugas': 'officer_id',
    'waktu': 'verified_at',
    'catatan': 'note',
} %}

with

records as {{ computed_once() }} (
    {{ loaded_records('verification', columns) }}
),

files_with_lost_digits as (
    {{ files_with_lost_digits() }}
),

typed as {{ computed_once() }} (
    select
        records.*,
        files_with_lost_digits.has_lost_digits,
        {{ typed_values('verification', columns) }}
    from records
    left join files_with_lost_digits
        on records.file_id = files_with_lost_digits.file_id
),

keyed as (
    select
        typed.*,
        {{ natural_key('verification') }} as natural_key
    from typed
),

final as (
    select
        file_id,
        record_no,
        area_code,
        period,
        {{ is_latest('verification', newest_by) }} as is_latest,
        sls_code,
        list_no,
        family_card_no,
        nik,
        name,
        sex,
        birth_date,
        list_source,
        verification_status,
        officer_id,
        verified_at,
        note,
        natural_key,
        {{ value_issues('verification', columns) }} as value_issues
    from keyed
)

select * from final
