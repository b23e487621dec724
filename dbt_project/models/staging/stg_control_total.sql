{% set columns = {
    'kode_wilayah': 'bps_code',
    'indikator': 'indicator',
    'nilai': 'value',
    'tanggal': 'reference_date',
    'sumber': 'source',
} %}

with

records as {{ computed_once() }} (
    {{ loaded_records('control_total', columns) }}
),

typed as {{ computed_once() }} (
    select
        records.*,
        {{ typed_values('control_total', columns) }}
    from records
),

keyed as (
    select
        typed.*,
        {{ natural_key('control_total') }} as natural_key
    from typed
),

final as (
    select
        file_id,
        record_no,
        area_code,
        period,
        {{ is_latest('control_total') }} as is_latest,
        bps_code,
        indicator,
        value,
        reference_date,
        source,
        natural_key,
        {{ value_issues('control_total', columns) }} as value_issues
    from keyed
)

select * from final
