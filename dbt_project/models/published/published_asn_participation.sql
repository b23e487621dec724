{{ config(alias='asn_participation') }}

with

mart as (
    select * from {{ ref('asn_participation') }}
),

{{ published_rows(
    'mart',
    columns=['office_name'],
    counts=[
        'civil_servant_count',
        'responded_civil_servant_count',
        'not_responded_civil_servant_count',
        'number_unknown_count',
        'number_missing_count',
        'number_damaged_count',
    ],
    figures={'responded_civil_servant_percent': percent('responded_civil_servant_count', 'civil_servant_count')},
) }}
