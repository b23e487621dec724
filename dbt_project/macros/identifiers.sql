{#
    NIK: 6 digits region, DDMMYY (women: day + 40), 4 digits serial from 0001. Family card: region, date of recording, serial.
    Both are usable only if they can have been issued; 99999999999999?? stands for "none" or "refused" (any last digit: a
    float turns …95 into …96).
#}

{% macro is_sentinel(value) -%}
    {{ value }} like '999999%' or {{ value }} = '0000000000000000'
{%- endmacro %}

{# Day of the month, as text, in a NIK or family card number. #}
{% macro day_in_number(value) -%}
    case when substr({{ value }}, 7, 1) >= '4' then lpad(cast(cast(substr({{ value }}, 7, 2) as integer) - 40 as {{ dbt.type_string() }}), 2, '0') else substr({{ value }}, 7, 2) end
{%- endmacro %}

{# The number's day exists; whether 29 February does depends on the year, in either century. #}
{% macro has_possible_date(value) -%}
    substr({{ value }}, 9, 2) between '01' and '12'
    and {{ day_in_number(value) }} between '01' and case
        when substr({{ value }}, 9, 2) in ('04', '06', '09', '11') then '30'
        when substr({{ value }}, 9, 2) <> '02' then '31'
        when mod(cast(substr({{ value }}, 11, 2) as integer), 4) = 0 then '29'
        else '28'
    end
{%- endmacro %}

{% macro is_sixteen_digits(value) -%}
    {{ matches(value, '^[0-9]{16}$') }}
{%- endmacro %}

{% macro family_card_value(column) -%}
    {%- set value = 'raw_' ~ column -%}
    case
        when not {{ is_sixteen_digits(value) }} then null
        when {{ is_sentinel(value) }} or substr({{ value }}, 13, 4) = '0000' then null
        when {{ has_possible_date(value) }} then {{ value }}
    end
{%- endmacro %}

{# As a family card, and null where the file lost its last digits (see files_with_lost_digits). #}
{% macro nik_value(column) -%}
    case when has_lost_digits and raw_{{ column }} like '%0' then null else {{ family_card_value(column) }} end
{%- endmacro %}

{# Sex that a usable NIK encodes. #}
{% macro nik_sex(nik) -%}
    case when substr({{ nik }}, 7, 1) >= '4' then 'female' when {{ nik }} is not null then 'male' end
{%- endmacro %}

{# Birth date that a usable NIK encodes; of the two possible centuries the later one whose year is not after the census. #}
{% macro nik_birth_date(nik) -%}
    {%- set year = 'substr(' ~ nik ~ ', 11, 2)' -%}
    cast(
            case when {{ year }} > '{{ var("reference_date")[2:4] }}' then '19' else '20' end
            || {{ year }} || '-' || substr({{ nik }}, 9, 2) || '-' || {{ day_in_number(nik) }} as date
        )
{%- endmacro %}

{#
    Files in which Excel kept 15 of 16 digits: three NIKs in ten end in 0, where one in ten is expected, among at least 20.
    Renders a query with one row per such file.
#}
{% macro files_with_lost_digits(feed) -%}
    select
        file_id,
        true as has_lost_digits
    from (
        {{ loaded_records(feed, {'nik': 'nik'}) }}
        {{ computed_once() }}
    ) as records
    where {{ is_sixteen_digits('raw_nik') }} and not ({{ is_sentinel('raw_nik') }})
    group by file_id
    having count(*) >= 20 and sum(case when raw_nik like '%0' then 1 else 0 end) >= 0.3 * count(*)
{%- endmacro %}

{# Number of a person in microdata: the same in every release, and only who knows the secret can make it. #}
{% macro pseudonym(secret, person_id) -%}
    {{ keyed_hash(secret, "'microdata:' || " ~ person_id) }}
{%- endmacro %}
