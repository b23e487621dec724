"""The linkage's model on pseudopeople, made-up inhabitants of the United States in files as their offices have them.

The census of 2030, the social security numbers given out by then and the tax returns of the two years before are those
of the `pseudopeople` wheel (Haddock et al. 2024, "Simulated data for census-scale entity resolution research without
privacy restrictions"). They come without errors; what the package would do to them by default is done here, at its
rates: an error of each kind in one cell of a hundred, where an error of letters spoils each with a chance of a tenth.

The census asks for no number, the tax offices for no birth date and no sex. The bench identifies the person of each
census record, as the Census Bureau does (Wagner & Layne 2014, "The Person Identification Validation System").
"""

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from satu.bench import generic
from satu.bench.writing_errors import Mistakes, spoil

if TYPE_CHECKING:
    import polars as pl
    from splink.comparison_library import CustomComparison
    from splink.internals.comparison_creator import ComparisonCreator

_YEAR, _TAX_YEARS = 2030, (2028, 2029)
_CENSUS_DAY = (2030, 4, 1)
_NOT_ANSWERED, _NO_FORM = 0.0145, 0.005
"""Shares of the people who are not in the census, and of the wages that nobody reported."""
_TWO_HOMES = {"Household": (18, 0.02), "College": (24, 0.05)}
"""By where they live: up to which age children are written down with a parent elsewhere, too, and how many."""
_ADDRESS = ("street_number", "street_name", "unit_number")
_COMPARED = ("soc_sec_id", "first_name", "initial", "last_name", "birth", "sex", *_ADDRESS)
_FIT_ON = (("soc_sec_id",), ("birth",), ("last_name", "first_name"))
_BLOCKS = (
    ("soc_sec_id",), ("birth",), ("first_name", "last_name"), ("street_number", "street_name", "first_name"),
    ("street_number", "street_name", "last_name"),
)  # fmt: skip
_FOUND = """
with known as (
    select cluster, true_id, count(*) as records from record join clustered using (r)
    where feed <> 'census' group by all
),
owner as (select cluster, arg_max(true_id, (records, true_id)) as true_id from known group by cluster),
asked as (
    select record.true_id, owner.true_id as found_id
    from record join clustered using (r) left join owner using (cluster)
    where feed = 'census' and record.true_id in (select true_id from known)
)
select count(*), count(found_id), count(*) filter (where true_id = found_id) from asked
"""
# A form of the census or of the tax office holds a person once, and so does the list of the numbers given out.
_RECORD = """
create table record as
select (row_number() over (order by feed, n) - 1)::integer as r, r as unique_id, * exclude (n, return_id),
    nullif(concat_ws(' ', street_number, street_name, unit_number), '') as address,
    dense_rank() over (order by return_id)::integer as return_no, r as line_no
from given
"""


@dataclass(frozen=True)
class Identified:
    """Shares (0 to 1), with time and memory."""

    right: float
    """Of the census records that got a person, those that got the one who they are."""
    identified: float
    """Of the census records whose person is in the other files, those that got a person."""
    seconds: float


def folder() -> Path | None:
    """Return the folder of the data; none where the wheel is not installed."""
    package = generic.data_of("pseudopeople")
    return package / "data" if package else None


def identify(data: Path, seed: int = 1) -> Identified:
    """Identify the people of the census; `data` is the package's folder."""
    import duckdb

    written = records(data, seed)
    begun = perf_counter()
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        connection.register("given", written.to_arrow())
        connection.execute(_RECORD)
        generic.link(connection, _comparisons(), _BLOCKS, _FIT_ON, ["address"])
        asked, found, right = connection.execute(_FOUND).fetchall()[0]
    return Identified(right / found, found / asked, perf_counter() - begun)


def records(data: Path, seed: int) -> "pl.DataFrame":
    """Read the files and write their people down with errors: feed, n, true_id and what is compared, as text."""
    import polars as pl

    rng = np.random.default_rng(seed)
    samples = data / "sample_datasets"
    mistakes = Mistakes(data)
    parts = []
    for feed, rows in (
        ("census", _census(samples, rng)),
        ("social_security", _social_security(samples)),
        ("tax", _tax(samples, rng)),
    ):
        cells = {name: rows[name].cast(pl.String).to_list() for name in _COMPARED if name in rows.columns}
        for name, kinds in mistakes.kinds(feed).items():
            other = rows[f"copy_{name}"].cast(pl.String).to_list() if f"copy_{name}" in rows.columns else None
            for noise, share in kinds:
                spoil(cells[name], noise, share, other, rng)
        known = {name: rows[name].cast(pl.String).to_list() for name in ("true_id", "return_id")} | cells
        parts.append(pl.DataFrame(known, schema=dict.fromkeys(known, pl.String)).with_columns(feed=pl.lit(feed)))
    whole = pl.concat(parts, how="diagonal").with_row_index("n")
    day = pl.col("birth").str.split("/").list.reverse().list.join("-")
    text = pl.col(pl.String).exclude("true_id", "return_id", "feed", "birth").str.to_lowercase().str.strip_chars()
    return whole.with_columns(text, birth=day)


def _census(samples: Path, rng: np.random.Generator) -> "pl.DataFrame":
    """People of the census: some do not answer, some children are written down with a parent elsewhere, too."""
    import polars as pl

    whole = pl.read_parquet(samples / "decennial_census" / "decennial_census.parquet").filter(pl.col("year") == _YEAR)
    whole = whole.with_columns(pl.col(pl.Categorical).cast(pl.String))
    asked = whole.filter(pl.Series(rng.random(whole.height) >= _NOT_ANSWERED))
    homes = whole.select("simulant_id", "household_id", *_ADDRESS)
    again = []
    for place, (until, share) in _TWO_HOMES.items():
        children = asked.filter((pl.col("housing_type") == place) & (pl.col("age") < until))
        parents = [_with_parent(children, homes, parent) for parent in ("guardian_1", "guardian_2")]
        elsewhere = pl.concat(parents).unique("simulant_id", keep="first", maintain_order=True)
        again.append(elsewhere.select(asked.columns).filter(pl.Series(rng.random(elsewhere.height) < share)))
    return pl.concat([asked, *again]).select(
        true_id="simulant_id",
        return_id=pl.format("census {}", "household_id"),
        first_name="first_name",
        initial="middle_initial",
        last_name="last_name",
        birth=pl.col("date_of_birth").dt.strftime("%m/%d/%Y"),
        copy_birth=pl.col("copy_date_of_birth").dt.strftime("%m/%d/%Y"),
        sex="sex",
        street_number="street_number",
        street_name="street_name",
        unit_number="unit_number",
    )


def _with_parent(children: "pl.DataFrame", homes: "pl.DataFrame", parent: str) -> "pl.DataFrame":
    """Return the children who live elsewhere than a parent, at the parent's home."""
    import polars as pl

    there = children.drop(_ADDRESS).join(
        homes, left_on=parent, right_on="simulant_id", suffix="_there", maintain_order="left"
    )
    apart = there.filter(pl.col("household_id") != pl.col("household_id_there"))
    return apart.with_columns(household_id=pl.col("household_id_there"))


def _social_security(samples: Path) -> "pl.DataFrame":
    """Everybody who had a number by the day of the census."""
    import polars as pl

    whole = pl.read_parquet(samples / "social_security" / "social_security.parquet")
    given = (pl.col("event_type") == "creation") & (pl.col("event_date") < pl.datetime(*_CENSUS_DAY))
    return (
        whole.with_columns(pl.col(pl.Categorical).cast(pl.String))
        .filter(given)
        .select(
            true_id="simulant_id",
            return_id=pl.lit("social security"),
            soc_sec_id="ssn",
            first_name="first_name",
            initial=pl.col("middle_name").str.slice(0, 1),
            last_name="last_name",
            birth=pl.col("date_of_birth").dt.strftime("%m/%d/%Y"),
            copy_birth=pl.col("copy_date_of_birth").dt.strftime("%m/%d/%Y"),
            sex="sex",
        )
    )


def _tax(samples: Path, rng: np.random.Generator) -> "pl.DataFrame":
    """People of the tax returns: who filed, their spouses and dependents, and who was paid wages; each once a year."""
    import polars as pl

    address = {name: f"mailing_address_{name}" for name in _ADDRESS}
    filed, paid = (
        pl.read_parquet(samples / form / f"{form}.parquet")
        .filter(pl.col("tax_year").is_in(_TAX_YEARS))
        .with_row_index("form")
        .with_columns(return_id=pl.format("{} {}", pl.lit(form), "form"))
        for form in ("taxes_1040", "taxes_w2_and_1099")
    )
    paid = paid.filter(pl.Series(rng.random(paid.height) >= _NO_FORM))
    named = [(filed, ""), (filed, "spouse_"), *((filed, f"dependent_{k}_") for k in range(1, 5)), (paid, "")]
    people = []
    for form, who in named:
        initial = {"initial": f"{who}middle_initial"} if f"{who}middle_initial" in form.columns else {}
        number = {"soc_sec_id": f"{who}ssn", "copy_soc_sec_id": f"{who}copy_ssn"}
        names = {"true_id": f"{who}simulant_id", "first_name": f"{who}first_name", "last_name": f"{who}last_name"}
        chosen = form.select("tax_year", "return_id", **names, **initial, **number, **address)
        people.append(
            chosen.filter(pl.col("true_id").is_not_null()).with_columns(pl.col(pl.Categorical).cast(pl.String))
        )
    once = ["tax_year", "true_id", *address]
    return pl.concat(people, how="diagonal").unique(once, keep="first", maintain_order=True)


def _comparisons() -> "list[ComparisonCreator]":
    from splink.comparison_library import ExactMatch, JaroWinklerAtThresholds, LevenshteinAtThresholds

    slips = [1, 2]
    return [
        JaroWinklerAtThresholds("first_name", [0.9, 0.7]).configure(term_frequency_adjustments=True),
        ExactMatch("initial"),
        _family(),
        LevenshteinAtThresholds("birth", slips),
        ExactMatch("sex"),
        LevenshteinAtThresholds("soc_sec_id", slips),
    ]


def _family() -> "CustomComparison":
    """Compare last name and address together: a family shares both, so that the second says little after the first."""
    from splink.comparison_library import CustomComparison

    same, alike = "last_name_l = last_name_r", "jaro_winkler_similarity(last_name_l, last_name_r) >= 0.9"
    home = "jaro_winkler_similarity(address_l, address_r) >= 0.95"
    levels = [
        {"sql_condition": "last_name_l is null or last_name_r is null", "is_null_level": True},
        {"sql_condition": f"{same} and {home}"},
        {"sql_condition": f"{alike} and {home}"},
        {"sql_condition": same, "tf_adjustment_column": "last_name"},
        *({"sql_condition": condition} for condition in (alike, home, "ELSE")),
    ]
    return CustomComparison(levels, "last_name")
