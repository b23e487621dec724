{#
    A name as it is compared: upper case, letters and single spaces, no degrees (what follows a comma), no titles, and the
    many spellings and abbreviations of a first MUHAMMAD written out. Most names are plain: one cheap test finds those.
#}
{% macro name_key(name) -%}
    {%- set plain = "upper(" ~ name ~ ")" -%}
    {%- set letters = replace_matches("replace(upper(" ~ dbt.split_part(name, "','", 1) ~ "), '''', '')", '[^A-Z]+', ' ') -%}
    {%- set untitled = replace_matches('trim(' ~ letters ~ ')', '^((PROF|DRS|DRA|DR|IR|HJ|H|KH) )+', '') -%}
    case
        when {{ matches(plain, '^[A-Z]{4,}( [A-Z]+)*$') }} and {{ plain }} not like 'MU%' and {{ plain }} not like 'MO%' and {{ plain }} not like 'PROF %'
            then {{ plain }}
        else {{ replace_matches(untitled, '^(M|MD|MHD|MUH|MUHD|MUCH|MOH|MOCH|MUHAMAD|MUHAMMAD|MUHAMMED|MOHAMAD|MOHAMMAD|MOHAMED|MOHAMMED|MOCHAMAD|MOCHAMMAD|MUCHAMAD|MUCHAMMAD) ', 'MUHAMMAD ') }}
    end
{%- endmacro %}
