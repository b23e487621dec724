{# The counts of coverage_by_area whose change between two releases is told. #}
{% macro changing_counts() -%}
    {{ return([
        'target_household', 'target_person', 'responded_household', 'clean_household', 'responded_person', 'verified_person', 'found_person',
        'not_found_person', 'died_person', 'elsewhere_person', 'new_person', 'doubtful_person', 'checked_household', 'checked_person',
        'remaining_household', 'remaining_person', 'interviewed_household', 'interviewed_person', 'refused_household', 'not_met_household',
        'counted_household', 'provisional_person', 'counted_person', 'unresolved_person', 'late_record',
    ]) }}
{%- endmacro %}

{#
    `columns` (name ↦ type) of a published view as it stands now: the current release. Nothing before the first release, null
    for a column that it did not have.
#}
{% macro current_release(view, columns) -%}
    {{ return(adapter.dispatch('current_release')(view, columns)) }}
{%- endmacro %}

{% macro default__current_release(view, columns) -%}
    {%- set relation = adapter.get_relation(database=target.database, schema='published', identifier=view) if execute -%}
    {%- set there = adapter.get_columns_in_relation(relation) | map(attribute='name') | list if relation else [] -%}
    select
        {%- for name, type in columns.items() %}
        {{ name if name in there else 'cast(null as ' ~ type_named(type) ~ ')' }} as {{ name }}{{ "," if not loop.last }}
        {%- endfor %}
    {% if relation -%}
    from {{ relation }}
    {%- else -%}
    where false
    {%- endif %}
{%- endmacro %}

{# Another engine is given what the warehouse made of the same model. #}
{% macro duckdb__current_release(view, columns) -%}
    select {{ columns | join(', ') }} from given.{{ model.name }}
{%- endmacro %}

{% macro spark__current_release(view, columns) -%}
    {{ duckdb__current_release(view, columns) }}
{%- endmacro %}

{# Runs before a model that calls `current_release`, in its transaction: what is read then is the release that a person accepted last. #}
{% macro read_accepted_release() -%}
    {%- if execute and target.type == 'postgres' -%}
    {%- set found = run_query('select release_id from ops.accepted_release') -%}
    {%- if found | length -%}
    set local satu.release_id = '{{ found[0][0] }}'
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}
