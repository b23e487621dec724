{% set newest_by = 'activity_date' %}
{{ config(meta={'newest_by': newest_by}) }}

{% set columns = {
    'id_kegiatan': 'activity_id',
    'tanggal': 'activity_date',
    'kode_wilayah': 'bps_code',
    'kanal': 'channel',
    'judul': 'title',
    'jangkauan': 'reached_count',
} %}

with

records as {{ computed_once() }} (
    {{ loaded_records('outreach', columns) }}
),

typed as {{ computed_once() }} (
    select
        records.*,
        {{ typed_values('outreach', columns) }}
    from records
),

keyed as (
    select
        typed.*,
        {{ natural_key('outreach') }} as natural_key
    from typed
),

final as (
    select
        file_id,
        record_no,
        area_code,
        period,
        {{ is_latest('outreach', newest_by) }} as is_latest,
        activity_id,
        activity_date,
        bps_code,
        channel,
        title,
        reached_count,
        natural_key,
        {{ value_issues('outreach', columns) }} as value_issues
    from keyed
)

select * from final
