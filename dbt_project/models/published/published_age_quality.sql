{{ config(alias='age_quality') }}

{% set indexes = ['whipple_index', 'whipple_0_index', 'whipple_5_index', 'myers_blended_index', 'un_age_sex_accuracy_index'] %}
{% set figures = {} %}
{% set missing = {} %}
{# With two decimals the indexes of small areas would tell single ages that are withheld. #}
{% for index in indexes %}{% do figures.update({index: 'cast(round(' ~ index ~ ', 1) as numeric(9, 2))'}) %}{% do missing.update({index: "'too_few'"}) %}{% endfor %}
{% do missing.update({'un_age_sex_accuracy_index': "case when sex = 'total' then 'too_few' else 'not_applicable' end"}) %}

with

mart as (
    select * from {{ ref('age_quality') }}
),

{{ published_rows(
    'mart',
    columns=['sex'] + indexes,
    counts=['person_count'],
    figures=figures,
    missing=missing,
) }}
