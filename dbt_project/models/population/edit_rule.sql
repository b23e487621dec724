{% for rule in edit_rules() -%}
select
    {{ edit_rules_version() }} as rule_version,
    '{{ rule.rule }}' as rule,
    '{{ rule.severity }}' as severity,
    {{ 'true' if rule.is_missing else 'false' }} as is_missing,
    '{{ fields_of(rule) | map('join', '.') | map('replace', 'own.', '') | join(', ') }}' as fields,
    '{{ rule.source }}' as source,
    {{ text_literal(rule.text) }} as text
{% if not loop.last %}
union all

{% endif -%}
{% else -%}
select null as rule
{% endfor %}
