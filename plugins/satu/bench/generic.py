"""The linkage's model on public data: learning, scoring, threshold and clusters of the product, general comparisons.

The made-up people of public data sets have no NIK, family card or village, so no rule of the census applies to them.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    from splink.internals.comparison_creator import ComparisonCreator

# clusters.cluster reads it: records that reviewers decided are different people.
_APART = "create table apart (r integer, return_no integer, line_no integer)"
# Two random records match about as often as two random records share the number that everybody has.
_PRIOR = """
select sum(records * (records - 1)) / (select count(*) * (count(*) - 1) from record where soc_sec_id is not null)
from (select count(*) as records from record where soc_sec_id is not null group by soc_sec_id)
"""
_EDGE = """
create table edge as
select least(unique_id_l, unique_id_r) as a, greatest(unique_id_l, unique_id_r) as b, 0::tinyint as rule,
    match_probability as probability
from scored
"""


def data_of(package: str) -> Path | None:
    """Return the folder of a package used for its data; none if it is not installed."""
    spec = find_spec(package)
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]) if places else None


def link(
    connection: "duckdb.DuckDBPyConnection",
    comparisons: "list[ComparisonCreator]",
    blocks: Sequence[tuple[str, ...]],
    fit_on: Sequence[tuple[str, ...]],
    kept: Sequence[str] = (),
) -> None:
    """Link table record (r, unique_id, return_no, line_no, soc_sec_id, what is compared); creates table clustered.

    Records are compared that share the columns of one of `blocks`; `fit_on` says what pairs share to be learned from,
    `kept` which other columns the comparisons read.
    """
    from splink import SettingsCreator, block_on

    from satu.link import clusters, model

    connection.execute(_APART)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[block_on(*columns) for columns in blocks],
        probability_two_random_records_match=connection.execute(_PRIOR).fetchall()[0][0],
        retain_matching_columns=False,
        additional_columns_to_retain=list(kept),
    )
    fitted = model.fit(connection, "record", settings, fit_on)
    model.score(connection, "record", fitted, model.THRESHOLD, {})
    connection.execute(_EDGE)
    clusters.cluster(connection)
