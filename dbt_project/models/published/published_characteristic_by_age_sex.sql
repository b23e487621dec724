{{ config(alias='characteristic_by_age_sex') }}

{{ published_shares(
    ref('characteristic_by_age_sex'),
    ['characteristic', 'category', 'sex', 'age_group'],
    'person_count',
    whole=['characteristic', 'sex', 'age_group'],
    apart=['characteristic'],
    only_shown=true,
) }}
