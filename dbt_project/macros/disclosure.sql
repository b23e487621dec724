{# What may leave the warehouse of a perturbed count of people or households: nothing of a count from 1 to below the threshold. #}

{% macro is_small(count) -%}
    coalesce({{ count }} > 0 and {{ count }} < {{ var('disclosure_threshold') }}, false)
{%- endmacro %}

{% macro any_is_small(counts) -%}
    ({% for count in counts %}{{ is_small(count) }}{{ '\n            or ' if not loop.last }}{% endfor %})
{%- endmacro %}

{# For `figures` of a published table: what does not follow from `counts` alone is withheld with any of them. #}
{% macro where_shown(expression, counts) -%}
    case when {{ counts | join(' is not null and ') }} is not null then {{ expression }} end
{%- endmacro %}

{# For `missing`: targets are set before the census; of some areas none is delivered. #}
{% macro no_target(household=true, person=false) -%}
    {%- set found = {} -%}
    {%- if household -%}{%- do found.update({'target_household_count': "'no_target'"}) -%}{%- endif -%}
    {%- if person -%}{%- do found.update({'target_person_count': "'no_target'"}) -%}{%- endif -%}
    {{ return(found) }}
{%- endmacro %}

{# Those of `names` that an expression reads. #}
{% macro read_by(expression, names) -%}
    {%- set found = [] -%}
    {%- for name in names if modules.re.search('\\b' ~ name ~ '\\b', expression) -%}{%- do found.append(name) -%}{%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#
    The CTEs and the select of a published table, made of the rows of the CTE `mart`. Beside each value that can be missing stands its
    status, a code of seed value_status: why there is none.

    columns      passed on as they are, beside the three of the area.
    counts       perturbed with the cell keys beside them, and withheld where small.
    figures      name -> expression over columns and counts as they are published: null where a count in it is withheld.
    remainders   count -> [target, reached]: what the perturbed count `reached` leaves of a target; withheld where either is small.
    missing      name -> SQL of the status of a column, count or figure that is null for another reason than that a count in it is
                 withheld; a count is otherwise not_delivered, a figure is of nobody.
    unperturbed  those of `counts` that are withheld where small but have no cell key, for others counted them.
    hidden       those of `columns` and `counts` that figures need and readers do not see; small ones still set is_suppressed.
    zeros        count -> SQL of the rows in which 0 is withheld as well: where totals to date are published beside it, the days on which
                 it is not 0 would tell how many they share.
    only_shown   leaves out the rows with a withheld count: that a row is there would tell that somebody is.
#}
{% macro published_rows(mart, columns, counts, figures={}, remainders={}, missing={}, unperturbed=[], hidden=[], zeros={}, only_shown=false) -%}
    {%- set columns = ['area_level', 'area_code', 'area_name'] + columns -%}
    {%- set withheld = counts + remainders.keys() | list -%}
    {%- set kept_back = {} -%}
    {%- for name in withheld -%}
        {%- set small = any_is_small([name] + remainders.get(name, [])[1:]) -%}
        {%- do kept_back.update({name: '(' ~ small ~ ' or coalesce(' ~ name ~ ' = 0 and ' ~ zeros[name] ~ ', false))' if name in zeros else small}) -%}
    {%- endfor -%}
    {%- set stated = columns | select('in', missing) | reject('in', figures) | list + withheld -%}
perturbed as (
    select
        {{ columns | join(',\n        ') }},
        {% for count in counts -%}
        {{ count if count in unperturbed else perturbed(count) }}{{ "," if not loop.last }}
        {% endfor %}
    from {{ mart }}
),

counted as (
    select
        *
        {%- for name, parts in remainders.items() %},
        {{ remaining(parts[0], parts[1]) }} as {{ name }}
        {%- endfor %}
    from perturbed
),

shown as (
    select
        {{ columns | join(',\n        ') }},
        {% for count in withheld -%}
        case when not {{ kept_back[count] }} then {{ count }} end as {{ count }},
        {% endfor -%}
        {% for name in stated -%}
        case
            {%- if name in withheld %}
            when {{ kept_back[name] }} then 'withheld'
            {%- endif %}
            when {{ name }} is null then {{ missing.get(name, missing.get(remainders.get(name, [''])[0], "'not_delivered'")) }}
            else 'shown'
        end as {{ name }}_status,
        {% endfor -%}
        ({{ kept_back.values() | join('\n            or ') }}) as is_suppressed
    from counted
),

final as (
    select
        {% for name in columns + withheld if name not in hidden and name not in figures -%}
        {{ name }},
        {{ name ~ '_status,' if name in stated }}
        {% endfor -%}
        {% for name, expression in figures.items() -%}
        {{ expression }} as {{ name }},
        {%- if not name.endswith('_status') %}
        case
            when ({{ expression }}) is not null then 'shown'
            {%- for part in read_by(expression, stated) %}
            when {{ part }}_status <> 'shown' then {{ part }}_status
            {%- endfor %}
            else {{ missing.get(name, "'nobody'") }}
        end as {{ name }}_status,
        {%- endif %}
        {% endfor -%}
        is_suppressed
    from shown
)

select * from final
{{ 'where not is_suppressed' if only_shown }}
{%- endmacro %}

{#
    The rows of `relation` with `total` rows beside them: for each subset of `totalled` one whose keys are `total`, and the measures of
    all that agree in the others. Perturbed later, a total has noise of its own: nobody has to add up noisy cells.
#}
{% macro with_totals(relation, keys, measures, totalled) -%}
    select
        area_level,
        area_code,
        area_name,
        {% for key in keys -%}
        {{ "coalesce(" ~ key ~ ", 'total') as " ~ key if key in totalled else key }},
        {% endfor -%}
        {% for measure in measures -%}
        cast(sum({{ measure }}) as bigint) as {{ measure }}{{ "," if not loop.last }}
        {% endfor -%}
    from {{ relation }}
    group by {{ (['area_level', 'area_code', 'area_name'] + (keys | reject('in', totalled) | list)) | join(', ') }}, cube ({{ totalled | join(', ') }})
{%- endmacro %}

{#
    A mart of one count by `keys`, published with totals of all keys but those `apart`, and with its share of a whole: of the row that
    agrees in the keys `whole` and is the total of the others. A small whole withholds the share and leaves is_suppressed as it is: no
    count that readers see is withheld. `only_shown` as in published_rows.
#}
{% macro published_shares(mart, keys, count, whole=[], apart=[], only_shown=false) -%}
    {%- set window = 'partition by ' ~ (['area_level', 'area_code'] + whole) | join(', ') -%}
    {%- set is_whole -%}
    {%- for key in keys if key not in whole -%}{{ key }} = 'total'{{ ' and ' if not loop.last }}{%- endfor -%}
    {%- endset -%}
    {%- set shown_whole = 'case when not ' ~ is_small('whole_count') ~ ' then whole_count end' -%}
with

mart as (
    select * from {{ mart }}
),

summed as (
    {{ with_totals('mart', keys, [count, cell_key_of(count)], keys | reject('in', apart) | list) }}
),

wholes as (
    select
        *,
        max(case when {{ is_whole }} then {{ count }} end) over ({{ window }}) as whole_count,
        max(case when {{ is_whole }} then {{ cell_key_of(count) }} end) over ({{ window }}) as whole_cell_key
    from summed
),

perturbed_wholes as (
    select
        {{ (['area_level', 'area_code', 'area_name'] + keys + [count, cell_key_of(count)]) | join(',\n        ') }},
        {{ perturbed('whole_count') }}
    from wholes
),

{{ published_rows(
    'perturbed_wholes',
    columns=keys + ['whole_count'],
    counts=[count],
    figures={count[:-6] ~ '_percent': share(count, shown_whole)},
    missing={count[:-6] ~ '_percent': "'withheld'"},
    hidden=['whole_count'],
    only_shown=only_shown,
) }}
{%- endmacro %}
