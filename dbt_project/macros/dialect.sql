{# What differs between dialects, and nothing else. #}

{% macro matches(expression, pattern) -%}
    {{ return(adapter.dispatch('matches')(expression, pattern)) }}
{%- endmacro %}

{% macro default__matches(expression, pattern) -%}
    {{ expression }} ~ '{{ pattern }}'
{%- endmacro %}

{% macro duckdb__matches(expression, pattern) -%}
    regexp_matches({{ expression }}, '{{ pattern }}')
{%- endmacro %}

{% macro spark__matches(expression, pattern) -%}
    {{ expression }} rlike '{{ spark_pattern(pattern) }}'
{%- endmacro %}

{# A pattern in a text of Spark. Its `$` would match before a last line break, too. #}
{% macro spark_pattern(pattern) -%}
    {{ pattern | replace("\\", "\\\\") | replace("$", "\\\\z") }}
{%- endmacro %}

{# A text as it is written in a query. #}
{% macro text_literal(text) -%}
    {{ return(adapter.dispatch('text_literal')(text)) }}
{%- endmacro %}

{% macro default__text_literal(text) -%}
    '{{ text | replace("'", "''") }}'
{%- endmacro %}

{% macro spark__text_literal(text) -%}
    '{{ text | replace("\\", "\\\\") | replace("'", "''") }}'
{%- endmacro %}

{# At the end of a CTE: keeps it from being merged into its reader, where its expressions would be evaluated once per use. #}
{% macro computed_once() -%}
    {{ return(adapter.dispatch('computed_once')()) }}
{%- endmacro %}

{% macro default__computed_once() -%}
    offset 0
{%- endmacro %}

{% macro spark__computed_once() -%}
{%- endmacro %}

{# One row per part of a text that is separated by `separator`. Renders a from-clause item named `parts(part)`. #}
{% macro split_to_rows(expression, separator) -%}
    {{ return(adapter.dispatch('split_to_rows')(expression, separator)) }}
{%- endmacro %}

{% macro default__split_to_rows(expression, separator) -%}
    cross join lateral unnest(string_to_array({{ expression }}, '{{ separator }}')) as parts (part)
{%- endmacro %}

{% macro spark__split_to_rows(expression, separator) -%}
    lateral view explode(split({{ expression }}, '{{ separator }}')) parts as part
{%- endmacro %}

{# Replaces each match of the pattern; \1 to \9 in the replacement stand for its groups. #}
{% macro replace_matches(expression, pattern, replacement) -%}
    {{ return(adapter.dispatch('replace_matches')(expression, pattern, replacement)) }}
{%- endmacro %}

{% macro default__replace_matches(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{% macro spark__replace_matches(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, '{{ spark_pattern(pattern) }}', '{{ replacement | replace("\\", "$") }}')
{%- endmacro %}

{# Text of a timestamp that sorts as time does, 14 digits in UTC. #}
{% macro sortable_time(expression) -%}
    {{ return(adapter.dispatch('sortable_time')(expression)) }}
{%- endmacro %}

{% macro default__sortable_time(expression) -%}
    coalesce(to_char({{ expression }} at time zone 'UTC', 'YYYYMMDDHH24MISS'), '00000000000000')
{%- endmacro %}

{% macro duckdb__sortable_time(expression) -%}
    coalesce(strftime({{ expression }} at time zone 'UTC', '%Y%m%d%H%M%S'), '00000000000000')
{%- endmacro %}

{% macro spark__sortable_time(expression) -%}
    coalesce(date_format(to_utc_timestamp({{ expression }}, current_timezone()), 'yyyyMMddHHmmss'), '00000000000000')
{%- endmacro %}

{# The calendar day of a timestamp in Western Indonesian time. #}
{% macro local_date(expression) -%}
    {{ return(adapter.dispatch('local_date')(expression)) }}
{%- endmacro %}

{% macro default__local_date(expression) -%}
    cast({{ expression }} at time zone 'Asia/Jakarta' as date)
{%- endmacro %}

{% macro spark__local_date(expression) -%}
    to_date(from_utc_timestamp(to_utc_timestamp({{ expression }}, current_timezone()), 'Asia/Jakarta'))
{%- endmacro %}

{# In a select list: one row for each day from the first to the last, which is not before the first. #}
{% macro each_day(first, last) -%}
    {{ return(adapter.dispatch('each_day')(first, last)) }}
{%- endmacro %}

{% macro default__each_day(first, last) -%}
    cast(generate_series(cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval '1 day') as date)
{%- endmacro %}

{% macro duckdb__each_day(first, last) -%}
    cast(unnest(generate_series({{ first }}, {{ last }}, interval '1 day')) as date)
{%- endmacro %}

{% macro spark__each_day(first, last) -%}
    explode(sequence({{ first }}, {{ last }}, interval 1 day))
{%- endmacro %}

{# Statistics of a table just built: without them the next model's joins are planned blind. #}
{% macro gather_statistics(relation) -%}
    {{ return(adapter.dispatch('gather_statistics')(relation)) }}
{%- endmacro %}

{% macro default__gather_statistics(relation) -%}
    {% if model.config.materialized in ('table', 'incremental') %}analyze {{ relation }}{% endif %}
{%- endmacro %}

{% macro duckdb__gather_statistics(relation) -%}
{%- endmacro %}

{% macro spark__gather_statistics(relation) -%}
{%- endmacro %}

{# 60 bits of a text's MD5 as a whole number: the same on every server. #}
{% macro hash_number(expression) -%}
    {{ return(adapter.dispatch('hash_number')(expression)) }}
{%- endmacro %}

{% macro default__hash_number(expression) -%}
    cast(cast('x0' || substr(md5({{ expression }}), 1, 15) as bit(64)) as bigint)
{%- endmacro %}

{% macro duckdb__hash_number(expression) -%}
    cast('0x' || substr(md5({{ expression }}), 1, 15) as bigint)
{%- endmacro %}

{% macro spark__hash_number(expression) -%}
    cast(conv(substr(md5({{ expression }}), 1, 15), 16, 10) as bigint)
{%- endmacro %}

{# The comment on a table, as a query of one text; null where there is none. #}
{% macro table_comment(relation) -%}
    {{ return(adapter.dispatch('table_comment')(relation)) }}
{%- endmacro %}

{% macro default__table_comment(relation) -%}
    select obj_description(to_regclass('{{ relation }}'), 'pg_class')
{%- endmacro %}

{% macro spark__table_comment(relation) -%}
    select min(comment) from (describe table extended {{ relation }}) where col_name = 'Comment'
{%- endmacro %}

{# Text of 64 hexadecimal digits that only who knows the key can make from the text. #}
{% macro keyed_hash(key, text) -%}
    {{ return(adapter.dispatch('keyed_hash')(key, text)) }}
{%- endmacro %}

{% macro default__keyed_hash(key, text) -%}
    encode(sha256(convert_to({{ key }} || ':' || {{ text }}, 'UTF8')), 'hex')
{%- endmacro %}

{% macro duckdb__keyed_hash(key, text) -%}
    sha256({{ key }} || ':' || {{ text }})
{%- endmacro %}

{% macro spark__keyed_hash(key, text) -%}
    sha2(concat({{ key }}, ':', {{ text }}), 256)
{%- endmacro %}

{# A type of PostgreSQL by the name that the engine has for it. #}
{% macro type_named(postgres_type) -%}
    {{ return(adapter.dispatch('type_named')(postgres_type)) }}
{%- endmacro %}

{% macro default__type_named(postgres_type) -%}
    {{ postgres_type }}
{%- endmacro %}

{% macro spark__type_named(postgres_type) -%}
    {{ {'text': 'string', 'double precision': 'double', 'timestamp with time zone': 'timestamp'}.get(postgres_type, postgres_type) }}
{%- endmacro %}

{# Takes the place of dbt's own, which puts the texts in no order on Spark. #}
{% macro spark__listagg(measure, delimiter_text, order_by_clause, limit_num) -%}
    listagg({{ measure }}, {{ delimiter_text }}) within group ({{ order_by_clause }})
{%- endmacro %}

{# A table whose rows are those of a Parquet file. The warehouse has its own. #}
{% macro table_of_file(table, file) -%}
    {{ return(adapter.dispatch('table_of_file')(table, file)) }}
{%- endmacro %}

{% macro default__table_of_file(table, file) -%}
    {{ exceptions.raise_compiler_error('the warehouse has its own ' ~ table ~ '; leave out the variable inputs') }}
{%- endmacro %}

{% macro duckdb__table_of_file(table, file) -%}
    create or replace view {{ table }} as select * from read_parquet('{{ file }}')
{%- endmacro %}

{% macro spark__table_of_file(table, file) -%}
    create table if not exists {{ table }} using parquet options (path '{{ file }}')
{%- endmacro %}
