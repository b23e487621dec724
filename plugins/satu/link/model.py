"""The rest by probability: a Fellegi-Sunter model of two records being one person, scored on what no rule linked.

Fellegi and Sunter (1969), "A theory for record linkage"; fitted and scored by Splink on DuckDB. Splink samples by a
hash of the record number, so the same records give the same model whatever their order and the number of threads.
"""

import logging
from typing import TYPE_CHECKING, Any

from satu.link.rules import RULES

if TYPE_CHECKING:
    import duckdb
    from splink import SettingsCreator
    from splink.internals.comparison_creator import ComparisonCreator

THRESHOLD = 0.99
"""Smallest match probability that links; measured on simulated cities against their truth."""
RULE = len(RULES)
"""Rank of the model's pairs: after every rule."""
NAME = "splink"
"""What the model's links are called."""

_U_PAIRS = 5e5
_EM_PAIRS = 1e5
_SEED = 2020
_TWO_RANDOM_RECORDS_MATCH = 1e-5


def find_likely_pairs(connection: "duckdb.DuckDBPyConnection") -> None:
    """Add the model's pairs to table edge: each holds a record that is alone in table clustered.

    Too few records to learn from: nothing is added.
    """
    from splink import DuckDBAPI, Linker, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    connection.execute(_MODELLED)
    database = DuckDBAPI(connection)
    linker = Linker(database.register("modelled"), _settings(), log_level=None)
    linker.training.estimate_u_using_random_sampling(_U_PAIRS, seed=_SEED, min_count_per_level=None, num_chunks=1)
    for rule in (block_on("nik"), block_on("name_key", "birth_date")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=_EM_PAIRS)
    scored = linker.inference.predict(threshold_match_probability=THRESHOLD)
    scored.as_duckdbpyrelation().create_view("scored", replace=True)
    connection.execute(_INSERT, [RULE])


_MODELLED = """
create table modelled as
select r as unique_id, name_key, flat_name, birth_date, nik, family_card_no, sls_code, village_code,
    count(*) over (partition by cluster) = 1 as is_alone
from record join clustered using (r) order by r
"""
# Rounded: the last bits of a sum depend on the number of threads.
_INSERT = """
insert into edge
select least(unique_id_l, unique_id_r), greatest(unique_id_l, unique_id_r), ?, round(match_probability, 6) from scored
"""


def _settings() -> "SettingsCreator":
    from splink import SettingsCreator

    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=_comparisons(),
        blocking_rules_to_generate_predictions=[f"({block}) and (l.is_alone or r.is_alone)" for block in _BLOCKS],
        probability_two_random_records_match=_TWO_RANDOM_RECORDS_MATCH,
        retain_matching_columns=False,
        additional_columns_to_retain=[],
    )


# Chosen by measured recall among the pairs that the rules leave.
_BLOCKS = (
    "l.nik = r.nik",
    "l.family_card_no = r.family_card_no",
    "l.village_code = r.village_code and l.birth_date = r.birth_date",
    "l.village_code = r.village_code and l.flat_name = r.flat_name",
    "l.birth_date = r.birth_date and l.flat_name = r.flat_name",
)


def _comparisons() -> list["ComparisonCreator | dict[str, Any]"]:
    from splink.comparison_library import CustomComparison

    return [
        CustomComparison(
            [
                _missing("name_key"),
                {**_equal("name_key"), "tf_adjustment_column": "name_key"},
                *(_holds(macro, "name_key") for macro in ("is_slip", "is_shortened", "is_cut")),
                _ELSE,
            ],
            "name_key",
        ),
        CustomComparison(
            [_missing("birth_date"), _equal("birth_date"), _holds("is_near_birth", "birth_date"), _ELSE],
            "birth_date",
        ),
        CustomComparison([_missing("nik"), _equal("nik"), _holds("is_typo", "nik"), _ELSE], "nik"),
        CustomComparison([_missing("family_card_no"), _equal("family_card_no"), _ELSE], "family_card_no"),
        CustomComparison([_missing("village_code"), _equal("sls_code"), _equal("village_code"), _ELSE], "place"),
    ]


_ELSE = {"sql_condition": "ELSE"}


def _missing(column: str) -> dict[str, Any]:
    return {"sql_condition": f"{column}_l is null or {column}_r is null", "is_null_level": True}


def _equal(column: str) -> dict[str, Any]:
    return {"sql_condition": f"{column}_l = {column}_r"}


def _holds(macro: str, column: str) -> dict[str, Any]:
    return {"sql_condition": f"{macro}({column}_l, {column}_r)"}
