"""A Fellegi-Sunter model of the probability that two records are one person, for records that no rule linked.

Fellegi and Sunter (1969), "A theory for record linkage"; fitted and scored by Splink on DuckDB. Splink samples by a
hash of the record number, so the same records give the same model whatever their order and the number of threads.
"""

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from satu.link import comparisons, households

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb
    from splink import DuckDBAPI, Linker, SettingsCreator

THRESHOLD = 0.9
"""Smallest match probability that links; measured on simulated cities against their truth."""
REVIEW_FROM, REVIEW_TO = 0.5, 0.99
"""Match probabilities between which a person should review a pair (the clerical band)."""
RULE = households.RULE + len(households.NAMES)
"""Rank of the model's pairs: after every rule."""
NAME = "splink"
"""Name of the model's links."""

_SCORED_FROM = 0.001
"""Minimum match probability, before calibration, for a pair to be considered."""
_LEAST_RECORDS = 10_000
_HIGHEST_PRIOR = 1e-4
"""In a few records nearly all pairs may be linked; that does not hold for two random records."""
_U_PAIRS = 5e5
_EM_PAIRS = 1e5
_SEED = 2020
_FIT_ON = (("nik",), ("name_key", "birth_date"))
"""Columns on which pairs agree from which m is learned."""


@dataclass(frozen=True)
class Model:
    """A fitted model. Table name_frequency (name_key, frequency: share of the records, 0 to 1) belongs to it."""

    settings: str
    """Splink's settings for scoring, as JSON."""
    records: int
    """How many records it was fitted on."""


def find_likely_pairs(connection: "duckdb.DuckDBPyConnection", kept: Model | None) -> Model:
    """Add the model's pairs to table edge: each has a record that is alone in table clustered.

    Table likely gets all pairs from REVIEW_FROM on, with how far they agree, and those that the rules left open.
    Without a model that was `kept` (with its table name_frequency) one is fitted on the records at hand. Returns the
    model that was used.
    """
    connection.execute(_MODELLED)
    connection.execute(_LIKELY)
    model = kept or _fit(connection)
    connection.execute(_NEW_NAMES, [model.records])
    if connection.execute(_IS_WORK).fetchall()[0][0]:
        score(connection, "modelled", json.loads(model.settings), _SCORED_FROM, {"name_key": "name_tf"})
        connection.execute(_FILL_LIKELY, {"from": REVIEW_FROM})
        connection.execute(_INSERT, {"rule": RULE, "threshold": THRESHOLD})
    connection.execute(_FILL_OPEN)
    return model


def _fit(connection: "duckdb.DuckDBPyConnection") -> Model:
    """Fit on table modelled.

    With fewer than 10,000 records there is too little to learn from; the starting values, learned on a simulated city
    of 380,000 records, are used as they are.
    """
    connection.execute(_NAME_FREQUENCY)
    records, prior = connection.execute(_COUNTS).fetchall()[0]
    fit_on = _FIT_ON if records >= _LEAST_RECORDS else ()
    beginning = comparisons.settings(min(prior, _HIGHEST_PRIOR))
    return Model(json.dumps(fit(connection, "modelled", beginning, fit_on)), records)


def fit(
    connection: "duckdb.DuckDBPyConnection",
    table: str,
    settings: "SettingsCreator",
    fit_on: "Sequence[tuple[str, ...]]",
) -> dict[str, Any]:
    """Learn the probabilities of `settings` from `table` (key unique_id); return the settings with them.

    u is learned from random pairs, m by expectation maximisation on the pairs that agree on each of `fit_on`; without
    any the probabilities of `settings` are left as they are.
    """
    from splink import DuckDBAPI, block_on

    linker = _linker(DuckDBAPI(connection), table, settings)
    if fit_on:
        linker.training.estimate_u_using_random_sampling(_U_PAIRS, seed=_SEED, min_count_per_level=None, num_chunks=1)
    for columns in fit_on:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*columns), max_pairs=_EM_PAIRS)
    fitted: dict[str, Any] = linker.misc.save_model_to_json()
    return fitted


def score(
    connection: "duckdb.DuckDBPyConnection",
    table: str,
    settings: dict[str, Any],
    threshold: float,
    frequencies: "Mapping[str, str]",
) -> None:
    """Create view scored: the pairs of `table` (key unique_id) that match with a probability of at least `threshold`.

    `frequencies` names the table (column, tf_<column>) that holds the frequencies of a column's values; those of
    columns that it does not name are counted in `table`.
    """
    from splink import DuckDBAPI

    api = DuckDBAPI(connection)
    linker = _linker(api, table, settings)
    for column, given in frequencies.items():
        linker.table_management.register_term_frequency_lookup(api.register(given), column)
    scored = linker.inference.predict(threshold_match_probability=threshold, warning_mode="never")
    scored.as_duckdbpyrelation().create_view("scored", replace=True)


def _linker(api: "DuckDBAPI", table: str, settings: "SettingsCreator | dict[str, Any]") -> "Linker":
    from splink import Linker

    logging.getLogger("splink").setLevel(logging.ERROR)
    return Linker(api.register(table), settings, log_level=None)


_MODELLED = """
create table modelled as
select r as unique_id, cluster, name_key, flat_name, birth_date, sex, nik, family_card_no, sls_code, village_code,
    count(*) over (partition by cluster) = 1 as is_alone
from record join clustered using (r) order by r
"""
_LIKELY = """
create table likely (
    a integer, b integer, cluster_a integer, cluster_b integer, weight double, probability double,
    name_level tinyint, birth_level tinyint, nik_level tinyint, has_same_card boolean, has_same_village boolean
)
"""
# The sum of the weights is overconfident, because members of a family share card and place, and because a NIK contains
# the birth date. It is calibrated by a logistic regression, in bits, on 2,108 pairs of five simulated cities of 62,000
# people (seeds 3, 4, 12, 13, 14; errors as they come and doubled): the weight up to 16, and whether birth date, name
# and sex agree and whether the two are lines of one return. Where there is no name to compare, a person decides. Never
# one person, whatever the sum of the weights: one NIK with names that have nothing in common, on different cards and in
# different places (NIK ganda; a NIK repeats the birth date, so the sum is too high), two valid NIKs on different cards
# whose names are not the same, and two records of which neither name nor birth date nor NIK agrees: all members of a
# family share their card and place. Rounded, because the last bits of a sum depend on the number of threads.
_FILL_LIKELY = """
insert into likely
with pair as (
    select least(x.unique_id, y.unique_id) as a, greatest(x.unique_id, y.unique_id) as b,
        least(x.cluster, y.cluster) as cluster_a, greatest(x.cluster, y.cluster) as cluster_b, match_weight,
        name_level(x.name_key, y.name_key) as name_level, birth_level(x.birth_date, y.birth_date) as birth_level,
        nik_level(x.nik, y.nik) as nik_level, coalesce(is_alike(x.name_key, y.name_key), false) as is_alike,
        coalesce(x.sex <> y.sex, false) as has_other_sex, x.family_card_no = y.family_card_no as has_same_card,
        x.village_code = y.village_code as has_same_village,
        coalesce(x.sls_code = y.sls_code, false) as has_same_sls,
        coalesce(p.return_no = q.return_no and p.line_no <> q.line_no, false) as is_of_one_return
    from scored join modelled as x on x.unique_id = unique_id_l join modelled as y on y.unique_id = unique_id_r
    join record as p on p.r = unique_id_l join record as q on q.r = unique_id_r
),
weighed as (
    select *, 4.4 + 0.48 * match_weight - if(birth_level > 0, 0, 4.6) - if(name_level > 0, 0, 4.2)
        - if(has_other_sex, 3.3, 0) - if(is_of_one_return, 5.6, 0) as weight
    from pair
),
judged as (
    select *, 1 / (1 + pow(2, -least(weight - 0.48 * greatest(match_weight - 16, 0), if(name_level = -1, 4, 99))))
        as probability
    from weighed
)
select a, b, cluster_a, cluster_b, round(weight, 4), round(probability, 6), name_level, birth_level, nik_level,
    has_same_card, has_same_village
from judged
where probability >= $from
    and (name_level >= 1 or birth_level = 2 or nik_level >= 1)
    and not coalesce(has_same_card = false and nik_level = 0 and name_level between 0 and 3, false)
    and not (
        nik_level > 0 and name_level = 0 and not is_alike and not coalesce(has_same_card, false) and not has_same_sls
    )
    and not exists (
        from apart as one join apart as other using (return_no)
        where one.r = a and other.r = b and one.line_no <> other.line_no
    )
"""
# Lines of one return that may be the same person, and a baby without a name beside one of twins: few are, and a person
# decides.
_FILL_OPEN = """
insert into likely
with open as (
    select a, b, name_level, birth_level, nik_level, 0.5 as probability from open_repeat
    union all
    select a, b, -1, 2, -1, 0.5 from unnamed where has_twin
)
select a, b, least(p.cluster, q.cluster), greatest(p.cluster, q.cluster),
    round(log2(open.probability / (1 - open.probability)), 4), open.probability, open.name_level,
    open.birth_level, open.nik_level,
    x.family_card_no = y.family_card_no, x.village_code = y.village_code
from open join modelled as x on x.unique_id = a join modelled as y on y.unique_id = b
join clustered as p on p.r = a join clustered as q on q.r = b
anti join likely on likely.a = open.a and likely.b = open.b
where p.cluster <> q.cluster
"""
_IS_WORK = "select count(*) > 1 and bool_or(is_alone) from modelled"
_NAME_FREQUENCY = """
create table name_frequency as
select name_key, count(*) / sum(count(*)) over () as frequency
from modelled where name_key is not null group by name_key
"""
# A name that is new since the model was fitted gets the lowest frequency.
_NEW_NAMES = """
create table name_tf as
select name_key, frequency as tf_name_key from name_frequency
union all
select distinct name_key, 1 / greatest($1, 1) from modelled anti join name_frequency using (name_key)
where name_key is not null
"""
# Two random records match about as often as two random records are linked by the rules already.
_COUNTS = """
select coalesce(sum(size), 0)::bigint,
    greatest(sum(size * (size - 1)), 1) / greatest(sum(size) * (sum(size) - 1), 2)
from (select count(*) as size from clustered group by cluster)
"""
# A record that is alone is linked only to its best match: it must not join two people. Two records that are alone must
# each be the other's best match. If two matches are equally good (within half a bit), a person decides.
_INSERT = """
insert into edge
with side as (
    select a as r, b as other, weight, probability from likely union all select b, a, weight, probability from likely
),
best as (
    select r, arg_max(other, (weight, -other)) as other, max(weight) as weight,
        arg_max(probability, (weight, -other)) as probability
    from side join modelled on modelled.unique_id = side.r and modelled.is_alone
    group by r
),
clear as (
    select best.r, best.other, best.probability
    from best join modelled as chosen on chosen.unique_id = best.other
    where best.probability >= $threshold and not exists (
        from side join modelled as rival on rival.unique_id = side.other
        where side.r = best.r and rival.cluster <> chosen.cluster and side.weight > best.weight - 0.5
    )
)
select distinct least(clear.r, clear.other), greatest(clear.r, clear.other), $rule, clear.probability
from clear join modelled as chosen on chosen.unique_id = clear.other
where not chosen.is_alone or exists (from clear as back where back.r = clear.other and back.other = clear.r)
"""
