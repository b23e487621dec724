{#
    What is wrong with a record's own values, as `column:rule:severity` separated by `;`, or null. Never a value.
    Needs the typed values beside the `raw_` ones.
#}
{% macro value_issues(feed, columns) -%}
    {%- set checks = [] -%}
    {%- if execute -%}
    {%- for column, name in columns.items() -%}
        {%- set meta = column_meta(feed, column) -%}
        {%- set raw = 'raw_' ~ column -%}
        {%- set kind = value_kind(feed, column) -%}
        {%- set severity = 'error' if meta.required else 'warning' -%}
        {%- set lost = raw ~ ' is not null and ' ~ name ~ ' is null' -%}
        {%- if meta.required -%}{%- do checks.append((raw ~ ' is null', name, 'missing_required', 'error')) -%}{%- endif -%}
        {%- if kind == 'nik' -%}{%- do checks.extend(nik_checks(raw, name, columns.values() | list)) -%}
        {%- elif kind == 'family_card' -%}{%- do checks.extend(number_checks(raw, name)) -%}
        {%- elif kind in ('date', 'timestamp') -%}{%- do checks.append((lost, name, 'unparsable_' ~ kind, severity)) -%}
        {%- elif kind in ('integer', 'number') -%}{%- do checks.append((lost, name, 'unparsable_number', severity)) -%}
        {%- elif kind == 'area_code' -%}{%- do checks.append((lost, name, 'malformed_area_code', severity)) -%}
            {%- do checks.append((name ~ " <> replace(" ~ raw ~ ", '.', '')", name, 'code_repaired', 'warning')) -%}
        {%- elif kind == 'unit_no' -%}{%- do checks.append((raw ~ ' <> ' ~ name, name, 'code_repaired', 'warning')) -%}
        {%- elif kind == 'code' -%}
            {%- do checks.append((lost, name, 'unknown_code', severity)) -%}
            {%- set listed = "'" ~ (meta.codes.keys() | join("', '")) ~ "'" -%}
            {%- do checks.append((name ~ ' is not null and ' ~ raw ~ ' not in (' ~ listed ~ ')', name, 'code_repaired', 'warning')) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- endif -%}
    {%- if checks %}
    nullif(concat_ws(';', cleaned_values
        {%- for condition, name, rule, severity in checks %},
        case when {{ condition }} then '{{ name }}:{{ rule }}:{{ severity }}' end
        {%- endfor %}
    ), '')
    {%- else %}
    cast(null as {{ dbt.type_string() }})
    {%- endif %}
{%- endmacro %}

{#
    Codes and numbers of which something was cleaned away, in the form of `value_issues`. Such records are few: one cheap test of all
    such columns of a record together finds them.
#}
{% macro cleaned_values(feed, columns) -%}
    {%- set plain, dotted, checks = ["''"], ["''"], [] -%}
    {%- for column, name in columns.items() -%}
        {%- set kind = value_kind(feed, column) -%}
        {%- if kind in code_kinds() -%}
            {%- set value = 'records.' ~ column -%}
            {%- do (dotted if kind in ('area_code', 'number') else plain).append(value) -%}
            {%- do checks.append((value, present_text(value, column, column_meta(feed, column), kind), name)) -%}
        {%- endif -%}
    {%- endfor -%}
    case
        when {{ matches("concat_ws('|', " ~ plain | join(', ') ~ ")", '[^0-9A-Za-z_|/-]|[0-9][/-]') }}
            or {{ matches("concat_ws('|', " ~ dotted | join(', ') ~ ")", '[^0-9A-Za-z_|./,-]|[.,]0([|]|$)') }}
            then nullif(concat_ws(';'
                {%- for value, text, name in checks %},
                case when {{ text }} <> trim({{ value }}) then '{{ name }}:text_cleaned:warning' end
                {%- endfor %}
            ), '')
    end
{%- endmacro %}

{# Why a number of 16 digits is not usable: one reason each. #}
{% macro number_checks(raw, name) -%}
    {%- set unusable = raw ~ ' is not null and ' ~ name ~ ' is null and ' -%}
    {%- set digits = is_sixteen_digits(raw) -%}
    {%- set sentinel = '(' ~ is_sentinel(raw) ~ ')' -%}
    {{ return([
        (unusable ~ 'not ' ~ digits, name, 'malformed_number', 'error'),
        (unusable ~ sentinel, name, 'sentinel_number', 'info'),
        (unusable ~ digits ~ ' and not ' ~ sentinel ~ " and substr(" ~ raw ~ ", 13, 4) = '0000'", name, 'impossible_serial', 'error'),
        ('case when ' ~ unusable ~ digits ~ ' and not ' ~ sentinel ~ ' then not (' ~ has_possible_date(raw) ~ ') end', name, 'impossible_day', 'error'),
    ]) }}
{%- endmacro %}

{# A NIK is never reissued after a correction, so what differs from the stated birth date or sex is a warning. #}
{% macro nik_checks(raw, name, names) -%}
    {%- set checks = number_checks(raw, name) -%}
    {%- do checks.append(('has_lost_digits and ' ~ raw ~ " like '%0'", name, 'lost_digits', 'error')) -%}
    {%- if 'birth_date' in names -%}
        {%- set stated = "substr(cast(birth_date as " ~ dbt.type_string() ~ "), 9, 2) || substr(cast(birth_date as " ~ dbt.type_string() ~ "), 6, 2) || substr(cast(birth_date as " ~ dbt.type_string() ~ "), 3, 2)" -%}
        {%- do checks.append((day_in_number(name) ~ ' || substr(' ~ name ~ ', 9, 4) <> ' ~ stated, name, 'birth_date_differs', 'warning')) -%}
    {%- endif -%}
    {%- if 'sex' in names -%}
        {%- do checks.append(('(substr(' ~ name ~ ", 7, 1) >= '4') <> (sex = 'female')", name, 'sex_differs', 'warning')) -%}
    {%- endif -%}
    {{ return(checks) }}
{%- endmacro %}
