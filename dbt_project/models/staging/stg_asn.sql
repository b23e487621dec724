{% set columns = {
    'nip': 'nip',
    'nik': 'nik',
    'nama': 'name',
    'instansi': 'office_name',
    'kode_kabkota': 'regency_code',
} %}

with

records as {{ computed_once() }} (
    {{ loaded_records('asn', columns) }}
),

files_with_lost_digits as (
    {{ files_with_lost_digits() }}
),

typed as {{ computed_once() }} (
    select
        records.*,
        files_with_lost_digits.has_lost_digits,
        {{ typed_values('asn', columns) }}
    from records
    left join files_with_lost_digits
        on records.file_id = files_with_lost_digits.file_id
),

keyed as (
    select
        typed.*,
        {{ natural_key('asn') }} as natural_key
    from typed
),

final as (
    select
        file_id,
        record_no,
        area_code,
        period,
        {{ is_latest('asn') }} as is_latest,
        nip,
        nik,
        name,
        office_name,
        regency_code,
        natural_key,
        {{ value_issues('asn', columns) }} as value_issues
    from keyed
)

select * from final
