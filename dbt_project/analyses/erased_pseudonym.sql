-- The pseudonyms of whom an erasure takes out: dbt compiles this query, `satu forget` runs it.
select {{ pseudonym('secrets.secret', 'erased.person_id') }} as pseudonym_id
from forget_person as erased
cross join {{ source('population', 'link_secret') }} as secrets
