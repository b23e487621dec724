{% set newest_by = 'started_at' %}
{{ config(meta={'newest_by': newest_by}) }}

{% set columns = {
    'id_wawancara': 'interview_id',
    'kode_sls': 'sls_code',
    'no_kk': 'family_card_no',
    'id_petugas': 'officer_id',
    'mode': 'mode',
    'mulai': 'started_at',
    'selesai': 'finished_at',
    'hasil': 'outcome',
    'p_milik': 'tenure',
    'p_listrik': 'electricity',
    'p_air': 'water',
    'p_wc': 'toilet',
    'p_lantai': 'floor',
} %}

with

records as {{ computed_once() }} (
    {{ loaded_records('interview_household', columns) }}
),

typed as {{ computed_once() }} (
    select
        records.*,
        {{ typed_values('interview_household', columns) }}
    from records
),

keyed as (
    select
        typed.*,
        {{ natural_key('interview_household') }} as natural_key
    from typed
),

final as (
    select
        file_id,
        record_no,
        area_code,
        period,
        {{ is_latest('interview_household', newest_by) }} as is_latest,
        interview_id,
        sls_code,
        family_card_no,
        officer_id,
        mode,
        started_at,
        finished_at,
        outcome,
        tenure,
        electricity,
        water,
        toilet,
        floor,
        natural_key,
        {{ value_issues('interview_household', columns) }} as value_issues
    from keyed
)

select * from final
