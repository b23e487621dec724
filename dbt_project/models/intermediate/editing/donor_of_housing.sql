{# What is known of the home beside the gap finds one like it: first all else, then the head's education and the village. #}
{% set village = 'substr(unit_code, 1, 10)' %}

with

members as (
    select * from {{ ref('stated_housing') }}
),

{% for variable in housing_variables() -%}
{%- set others = housing_variables() | reject('equalto', variable) | list -%}
{{ donors_of(variable, [
    {'key': others + ['head_education']},
    {'key': others},
    {'key': ['head_education', village]},
    {'key': [village]},
    {'key': ["'every home'"]},
], near='members', unit='household_id') }},

{% endfor -%}

final as (
    {{ donors_found(housing_variables(), unit='household_id') }}
)

select * from final
