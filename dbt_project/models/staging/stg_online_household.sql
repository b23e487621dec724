{% set newest_by = 'coalesce(finished_at, started_at)' %}
{{ config(meta={'newest_by': newest_by}) }}

{% set columns = {
    'id_kiriman': 'submission_id',
    'no_kk': 'family_card_no',
    'kode_sls': 'stated_area_code',
    'alamat': 'address',
    'mulai': 'started_at',
    'selesai': 'finished_at',
    'status': 'submission_status',
    'no_bukti': 'proof_no',
    'grade': 'grade',
    'perangkat': 'device',
    'p_milik': 'tenure',
    'p_listrik': 'electricity',
    'p_air': 'water',
    'p_wc': 'toilet',
    'p_lantai': 'floor',
} %}

with

records as {{ computed_once() }} (
    {{ loaded_records('online_household', columns) }}
),

typed as {{ computed_once() }} (
    select
        records.*,
        {{ typed_values('online_household', columns) }}
    from records
),

keyed as (
    select
        typed.*,
        {{ natural_key('online_household') }} as natural_key
    from typed
),

final as (
    select
        file_id,
        record_no,
        area_code,
        period,
        {{ is_latest('online_household', newest_by) }} as is_latest,
        submission_id,
        family_card_no,
        stated_area_code,
        address,
        started_at,
        finished_at,
        submission_status,
        proof_no,
        grade,
        device,
        tenure,
        electricity,
        water,
        toilet,
        floor,
        natural_key,
        {{ value_issues('online_household', columns) }} as value_issues
    from keyed
)

select * from final
