{{ config(alias='registry_agreement') }}

with

mart as (
    select * from {{ ref('registry_agreement') }}
),

{{ published_rows(
    'mart',
    columns=['registry_vintage'],
    counts=[
        'registered_person_count',
        'living_where_card_says_count',
        'counted_elsewhere_count',
        'registered_not_counted_count',
        'registered_not_found_count',
        'registered_died_count',
        'registered_moved_count',
        'registered_unresolved_count',
        'counted_not_registered_count',
        'number_differs_count',
        'birth_differs_count',
    ],
    figures={'agreement_percent': percent('living_where_card_says_count', 'registered_person_count')},
) }}
