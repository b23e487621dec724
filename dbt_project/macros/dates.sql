{#
    Dates come as yyyy-mm-dd, dd/mm/yyyy, d MonthName yyyy (Indonesian names) or an Excel serial of five digits (from 18 May 1927;
    shorter ones could be years). One format each, no guess: a day above 12 does not swap with a month, a year has four digits.
    Reading has two steps, so that each text is taken apart once: to ISO text by its form, then a check that such a day exists.
#}

{% macro month_number(name) -%}
    case {{ name }}
        {%- for names in [
            ['januari', 'jan'], ['februari', 'pebruari', 'feb', 'peb'], ['maret', 'mar', 'mrt'], ['april', 'apr'], ['mei'], ['juni', 'jun'],
            ['juli', 'jul'], ['agustus', 'agt', 'agu', 'ags', 'agst'], ['september', 'sep', 'sept'], ['oktober', 'okt'],
            ['november', 'nopember', 'nov', 'nop'], ['desember', 'des'],
        ] %}
        {%- set month = '%02d' % loop.index %}
        {%- for name in names %}
        when '{{ name }}' then '{{ month }}'
        {%- endfor %}
        {%- endfor %}
    end
{%- endmacro %}

{% macro slashed_date_text(text) -%}
    {{ dbt.split_part(text, "'/'", 3) }}
    || '-' || lpad({{ dbt.split_part(text, "'/'", 2) }}, 2, '0')
    || '-' || lpad({{ dbt.split_part(text, "'/'", 1) }}, 2, '0')
{%- endmacro %}

{% macro iso_date_text(text) -%}
    case
        when {{ matches(text, '^[0-9]{4}-[0-9]{2}-[0-9]{2}$') }} then {{ text }}
        when {{ matches(text, '^[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}$') }} then {{ slashed_date_text(text) }}
        when {{ matches(text, '^[0-9]{1,2} +[A-Za-z]+[.]? +[0-9]{4}$') }} then
            right({{ text }}, 4)
            || '-' || {{ month_number("lower(trim(trim(trailing '.' from trim(substr(" ~ text ~ ", 3, length(" ~ text ~ ") - 6)))))") }}
            || '-' || lpad({{ dbt.split_part(text, "' '", 1) }}, 2, '0')
        when {{ matches(text, '^[1-5][0-9]{4}$') }} then
            cast({{ dbt.dateadd('day', 'cast(' ~ text ~ ' as integer)', "cast('1899-12-30' as date)") }} as date) || ''
    end
{%- endmacro %}

{# Whether a text `yyyy-mm-dd…` names a day of the calendar between 1850 and 2100. #}
{% macro is_calendar_day(iso) -%}
    substr({{ iso }}, 1, 4) between '1850' and '2100'
    and substr({{ iso }}, 6, 2) between '01' and '12'
    and substr({{ iso }}, 9, 2) between '01' and case
        when substr({{ iso }}, 6, 2) in ('04', '06', '09', '11') then '30'
        when substr({{ iso }}, 6, 2) <> '02' then '31'
        when mod(cast(substr({{ iso }}, 1, 4) as integer), 4) = 0
            and (substr({{ iso }}, 3, 2) <> '00' or substr({{ iso }}, 1, 4) = '2000') then '29'
        else '28'
    end
{%- endmacro %}

{% macro date_value(column) -%}
    case when {{ is_calendar_day('raw_' ~ column ~ '_iso') }} then cast(substr(raw_{{ column }}_iso, 1, 10) as date) end
{%- endmacro %}

{# Offset of the area's own time by its BPS province: WIB, WITA, WIT; WIB where the file is for the whole country. #}
{% macro time_zone_offset(area_code) -%}
    case
        when substr({{ area_code }}, 1, 2) in ('51', '52', '53', '63', '64', '65') then '+08:00'
        when substr({{ area_code }}, 1, 1) = '7' then '+08:00'
        when substr({{ area_code }}, 1, 1) in ('8', '9') then '+09:00'
        else '+07:00'
    end
{%- endmacro %}

{# ISO 8601 with offset, or dd/mm/yyyy HH:MM[:SS] in the area's own time, as `yyyy-mm-dd hh:mm:ss±hh[:]mm`. #}
{% macro iso_timestamp_text(text, area_code) -%}
    {%- set clock = dbt.split_part(text, "' '", 2) -%}
    case
        when {{ matches(text, '^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})$') }} then
            substr({{ text }}, 1, 10) || ' ' || substr({{ text }}, 12, 5)
            || case when substr({{ text }}, 17, 1) = ':' then substr({{ text }}, 17, 3) else ':00' end
            || case
                when right({{ text }}, 1) = 'Z' then '+00:00'
                when substr(right({{ text }}, 6), 1, 1) in ('+', '-') then right({{ text }}, 6)
                else right({{ text }}, 5)
            end
        when {{ matches(text, '^[0-9]{1,2}/[0-9]{1,2}/[0-9]{4} [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?$') }} then
            {{ slashed_date_text(dbt.split_part(text, "' '", 1)) }} || ' '
            || lpad({{ dbt.split_part(clock, "':'", 1) }}, 2, '0') || ':' || {{ dbt.split_part(clock, "':'", 2) }} || ':'
            || case when {{ dbt.split_part(clock, "':'", 3) }} = '' then '00' else {{ dbt.split_part(clock, "':'", 3) }} end
            || {{ time_zone_offset(area_code) }}
    end
{%- endmacro %}

{% macro timestamp_value(column) -%}
    {%- set iso = 'raw_' ~ column ~ '_iso' -%}
    case
        when {{ is_calendar_day(iso) }}
            and substr({{ iso }}, 12, 2) <= '23' and substr({{ iso }}, 15, 2) <= '59' and substr({{ iso }}, 18, 2) <= '59'
            and substr({{ iso }}, 21, 2) <= '14' and right({{ iso }}, 2) <= '59'
            then cast({{ iso }} as {{ timestamp_with_zone() }})
    end
{%- endmacro %}

{% macro timestamp_with_zone() -%}
    {{ return(adapter.dispatch('timestamp_with_zone')()) }}
{%- endmacro %}

{% macro default__timestamp_with_zone() -%}
    timestamp with time zone
{%- endmacro %}

{% macro spark__timestamp_with_zone() -%}
    timestamp
{%- endmacro %}

{# Completed years at `on_date`; null for who is born later. #}
{% macro completed_years(birth_date, on_date) -%}
    case when {{ birth_date }} <= {{ on_date }} then cast(
        extract(year from {{ on_date }}) - extract(year from {{ birth_date }})
        - case
            when extract(month from {{ birth_date }}) * 100 + extract(day from {{ birth_date }})
                > extract(month from {{ on_date }}) * 100 + extract(day from {{ on_date }}) then 1
            else 0
        end as integer)
    end
{%- endmacro %}
