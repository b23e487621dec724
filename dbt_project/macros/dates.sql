{#
    Dates come as yyyy-mm-dd or dd-mm-yyyy, with `-`, `/` or `.` between the parts, as yyyymmdd, as d MonthName yyyy (Indonesian or English
    names, a weekday may stand before) or as an Excel serial of five digits (from 18 May 1927; shorter ones could be years). No guess: a
    day above 12 does not swap with a month, a year has four digits, of a time with a zone only midnight says which day is meant.
    Reading has two steps, so that each text is taken apart once: to ISO text by its form, then a check that such a day exists.
#}

{% macro month_number(name) -%}
    case {{ name }}
        {%- for names in [
            ['januari', 'january', 'jan'], ['februari', 'pebruari', 'february', 'feb', 'peb'], ['maret', 'march', 'mar', 'mrt'],
            ['april', 'apr'], ['mei', 'may'], ['juni', 'june', 'jun'], ['juli', 'july', 'jul'],
            ['agustus', 'august', 'aug', 'agt', 'agu', 'ags', 'agst'], ['september', 'sep', 'sept'],
            ['oktober', 'october', 'okt', 'oct'], ['november', 'nopember', 'nov', 'nop'], ['desember', 'december', 'des', 'dec'],
        ] %}
        {%- set month = '%02d' % loop.index %}
        {%- for name in names %}
        when '{{ name }}' then '{{ month }}'
        {%- endfor %}
        {%- endfor %}
    end
{%- endmacro %}

{# Patterns of the parts: three groups of a date, three of a clock (hour, minute, second), one of a zone. #}
{% macro year_first_pattern() -%}{{ return('^([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})') }}{%- endmacro %}
{% macro day_first_pattern() -%}{{ return('^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})') }}{%- endmacro %}
{% macro month_name_pattern() -%}
    {{ return("^(?:[^0-9]+, *)?([0-9]{1,2})[ /-]*([A-Za-z]+)[.]?[ /-]*([0-9]{4})") }}
{%- endmacro %}
{% macro clock_pattern() -%}{{ return('[T ]+([0-9]{1,2})[:.]([0-9]{2})(?:[:.]([0-9]{2})(?:[.,][0-9]+)?)?') }}{%- endmacro %}
{% macro zone_pattern() -%}{{ return(' ?(Z|WIB|WITA|WIT|[+-][0-9]{2}(?::?[0-9]{2})?)') }}{%- endmacro %}

{#
    `yyyy-0m-0d` from a text that begins with a date of one of the three forms and ends with `rest`, then `tail`, in which \4 … are the
    groups of `rest`; `padded` takes the zeros that are too many.
#}
{% macro unpadded_date(text, rest, tail='') -%}
    case
        when {{ matches(text, year_first_pattern() ~ rest) }} then {{ replace_matches(text, year_first_pattern() ~ rest, '\\1-0\\2-0\\3' ~ tail) }}
        when {{ matches(text, day_first_pattern() ~ rest) }} then {{ replace_matches(text, day_first_pattern() ~ rest, '\\3-0\\2-0\\1' ~ tail) }}
        when {{ matches(text, month_name_pattern() ~ rest) }} then
            {{ replace_matches(text, month_name_pattern() ~ rest, '\\3') }}
            || '-0' || {{ month_number('lower(' ~ replace_matches(text, month_name_pattern() ~ rest, '\\2') ~ ')') }}
            || {{ replace_matches(text, month_name_pattern() ~ rest, '-0\\1' ~ tail) }}
    end
{%- endmacro %}

{% macro padded(text) -%}
    {{ replace_matches(text, '([- ])0([0-9]{2})', '\\1\\2') }}
{%- endmacro %}

{# `text` is a column of what was meant. Most dates are of one of three forms: cheap tests find those. #}
{% macro iso_date_text(text) -%}
    {%- set midnight = '[T ]+0?0[:.]00(?:[:.]00(?:[.,]0+)?)?' -%}
    {%- set rest = '(?:(?:' ~ clock_pattern() ~ ')?|Z|' ~ midnight ~ zone_pattern() ~ ')$' -%}
    case
        when {{ matches(text, '^[0-9]{4}-[0-9]{2}-[0-9]{2}$') }} then {{ text }}
        when {{ matches(text, '^[0-9]{2}[-/.][0-9]{2}[-/.][0-9]{4}$') }} then {{ turned_date(text) }}
        when {{ matches(text, '^[0-9]{1,2} [A-Za-z]+ [0-9]{4}$') }} then
            {{ dbt.split_part(text, "' '", 3) }} || '-' || {{ month_number('lower(' ~ dbt.split_part(text, "' '", 2) ~ ')') }}
            || '-' || lpad({{ dbt.split_part(text, "' '", 1) }}, 2, '0')
        when {{ matches(text, '^[1-5][0-9]{4}([.,][0-9]+)?$') }} then
            cast({{ dbt.dateadd('day', 'cast(substr(' ~ text ~ ', 1, 5) as integer)', "cast('1899-12-30' as date)") }} as date) || ''
        when {{ matches(text, '^[0-9]{8}$') }} then substr({{ text }}, 1, 4) || '-' || substr({{ text }}, 5, 2) || '-' || substr({{ text }}, 7, 2)
        else {{ padded(unpadded_date(text, rest)) }}
    end
{%- endmacro %}

{# `yyyy-mm-dd` from a text that begins with `dd-mm-yyyy`. #}
{% macro turned_date(text) -%}
    substr({{ text }}, 7, 4) || '-' || substr({{ text }}, 4, 2) || '-' || substr({{ text }}, 1, 2)
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

{# `hh:mm:ss` of the fraction of a day in an Excel serial. #}
{% macro clock_of_serial(text) -%}
    {%- set fraction = "'0.' || substr(" ~ text ~ ", 7)" -%}
    {%- set seconds = 'cast(round(cast(' ~ fraction ~ ' as numeric(18, 15)) * 86400) as integer)' -%}
    {%- for part in ['floor(' ~ seconds ~ ' / 3600)', 'floor(mod(' ~ seconds ~ ', 3600) / 60)', 'mod(' ~ seconds ~ ', 60)'] -%}
    lpad(cast(cast({{ part }} as integer) as {{ dbt.type_string() }}), 2, '0'){{ " || ':' || " if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#
    ISO 8601, a date of the forms above with a time of day or an Excel serial with a fraction, as `yyyy-mm-dd hh:mm:ss±hh[:]mm`. The zone
    is an offset, Z, WIB, WITA or WIT; without one it is the area's own time. `text` is a column; cheap tests find the common forms.
#}
{% macro iso_timestamp_text(text, area_code) -%}
    {%- set clock = '[0-9]{2}:[0-9]{2}:[0-9]{2}' -%}
    {%- set rest = clock_pattern() ~ '(?:' ~ zone_pattern() ~ ')?$' -%}
    {%- set general = padded(unpadded_date(text, rest, ' 0\\4:\\5:00\\6')) -%}
    case
        when {{ matches(text, '^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]' ~ clock ~ '[+-][0-9]{2}:?[0-9]{2}$') }} then
            replace({{ text }}, 'T', ' ')
        when {{ matches(text, '^[0-9]{2}[-/.][0-9]{2}[-/.][0-9]{4} ' ~ clock ~ '$') }} then
            {{ turned_date(text) }} || substr({{ text }}, 11) || {{ time_zone_offset(area_code) }}
        when {{ matches(text, '^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]' ~ clock ~ '$') }} then
            replace({{ text }}, 'T', ' ') || {{ time_zone_offset(area_code) }}
        when {{ matches(text, '^[1-5][0-9]{4}[.,][0-9]+$') }} then
            {{ iso_date_text(text) }} || ' ' || {{ clock_of_serial(text) }} || {{ time_zone_offset(area_code) }}
        when {{ matches(text, '[0-9]' ~ rest) }} then
            {{ replace_matches(general, ':00([0-9]{2})$', ':\\1') }}
            || case
                when {{ matches(text, 'Z$') }} then '+00:00'
                when {{ matches(text, 'WIB$') }} then '+07:00'
                when {{ matches(text, 'WITA$') }} then '+08:00'
                when {{ matches(text, 'WIT$') }} then '+09:00'
                when {{ matches(text, '[+-][0-9]{2}(:?[0-9]{2})?$') }} then
                    substr(replace({{ replace_matches(text, '^.*([+-][0-9]{2}(?::?[0-9]{2})?)$', '\\1') }}, ':', '') || '00', 1, 5)
                else {{ time_zone_offset(area_code) }}
            end
    end
{%- endmacro %}

{% macro timestamp_value(column) -%}
    {%- set iso = 'raw_' ~ column ~ '_iso' -%}
    case
        when {{ is_calendar_day(iso) }}
            and substr({{ iso }}, 12, 2) <= '23' and substr({{ iso }}, 15, 2) <= '59' and substr({{ iso }}, 18, 2) <= '59'
            and substr({{ iso }}, 21, 2) <= '14' and right({{ iso }}, 2) <= '59'
            then cast({{ iso }} as {{ type_named('timestamp with time zone') }})
    end
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
