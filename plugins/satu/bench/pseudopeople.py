"""The linkage's model on pseudopeople, made-up inhabitants of the United States in files as their offices have them.

The census of 2030, the social security numbers given out by then and the tax returns of the two years before are those
of the `pseudopeople` wheel (Haddock et al. 2024, "Simulated data for census-scale entity resolution research without
privacy restrictions"). They come without errors; what the package would do to them by default is done here, at its
rates: an error of each kind in one cell of a hundred, where an error of letters spoils each with a chance of a tenth.

The census asks for no number, the tax offices for no birth date and no sex. Who a census record is has to be found out,
as the Census Bureau does it (Wagner & Layne 2014, "The Person Identification Validation System").
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from satu.bench import generic

if TYPE_CHECKING:
    import polars as pl
    from splink import SettingsCreator
    from splink.comparison_library import CustomComparison

_YEAR, _TAX_YEARS = 2030, (2028, 2029)
_CENSUS_DAY = (2030, 4, 1)
_CELL, _TOKEN, _EXTRA_LETTER = 0.01, 0.1, 0.1
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
    """Shares (0 to 1) and what they took."""

    right: float
    """Of the census records that got a person, those that got the one who they are."""
    identified: float
    """Of the census records whose person is in the other files, those that got a person."""
    seconds: float


Cells = list[str | None]
Noise = Callable[[str, np.random.Generator], str | None]
Kinds = list[tuple[Noise | None, float]]
"""Kinds of error with the share of cells that get them, in their order; none: what somebody at home has is copied."""


def folder() -> Path | None:
    """Return the folder of the data; none where the wheel is not installed."""
    package = generic.data_of("pseudopeople")
    return package / "data" if package else None


def identify(data: Path, seed: int = 1) -> Identified:
    """Find out who the people of the census are; `data` is the package's folder."""
    import duckdb

    written = records(data, seed)
    begun = perf_counter()
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        connection.register("given", written.to_arrow())
        connection.execute(_RECORD)
        generic.link(connection, _settings, _FIT_ON)
        asked, found, right = connection.execute(_FOUND).fetchall()[0]
    return Identified(right / found, found / asked, perf_counter() - begun)


def records(data: Path, seed: int) -> "pl.DataFrame":
    """Read the files and write their people down with errors: feed, n, true_id and what is compared, as text."""
    import polars as pl

    rng = np.random.default_rng(seed)
    samples = data / "sample_datasets"
    mistakes = _Mistakes(data)
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
                _spoil(cells[name], noise, share, other, rng)
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


def _spoil(cells: Cells, noise: Noise | None, share: float, other: Cells | None, rng: np.random.Generator) -> None:
    """Apply a kind of error to a share of the cells that are not empty; without `noise` the other's value is copied."""
    able = np.array(
        [cell is not None and (noise is not None or (other or cells)[i] is not None) for i, cell in enumerate(cells)]
    )
    filled = sum(cell is not None for cell in cells)
    scaled = share * filled / max(int(able.sum()), 1) if noise is None else share
    for i in np.flatnonzero(able & (rng.random(len(cells)) < scaled)).tolist():
        cells[i] = (other or cells)[i] if noise is None else noise(str(cells[i]), rng)


class _Mistakes:
    """The kinds of error by column, from the package's tables of what is mistaken for what."""

    def __init__(self, data: Path) -> None:
        import yaml

        self._nicknames = {row[0]: [n for n in row[1:] if n] for row in _rows(data / "nicknames.csv", skip=1)}
        self._heard, self._seen = _pairs(data / "phonetic_variations.csv", 1, 2), _pairs(data / "ocr_errors.csv", 0, 1)
        self._keys = yaml.safe_load((data / "qwerty_errors.yaml").read_text("utf-8"))
        self._not_names = _lists(data / "fake_names.py")

    def kinds(self, feed: str) -> dict[str, Kinds]:
        """Return the kinds of error of each column of a file."""
        blank: Kinds = [(_nothing, _CELL)]
        copied: Kinds = [(None, _CELL)]
        digits: Kinds = [(_wrong_digits, _CELL)]
        read: Kinds = [(partial(_tokens, self._seen), _CELL), (self._mistyped, _CELL)]
        heard: Kinds = [(partial(_tokens, self._heard), _CELL)]
        first: Kinds = [(self._nickname, _CELL), (partial(_one_of, self._not_names[0]), _CELL)]
        last: Kinds = [(partial(_one_of, self._not_names[1]), _CELL)]
        names = {
            "first_name": blank + first + heard + read,
            "initial": blank + heard + read,
            "last_name": blank + last + heard + read,
        }
        birth_and_sex = {
            "birth": blank + copied + [(_swapped, _CELL)] + digits + read,
            "sex": [*blank, (_other_sex, _CELL)],
        }
        number = blank + digits + read
        address = {"street_number": number, "street_name": blank + heard + read, "unit_number": number}
        by_feed: dict[str, dict[str, Kinds]] = {
            "census": names | birth_and_sex | address,
            "social_security": names | birth_and_sex,
            "tax": names | address | {"soc_sec_id": blank + copied + digits + read},
        }
        return by_feed[feed]

    def _nickname(self, name: str, rng: np.random.Generator) -> str:
        known = self._nicknames.get(name.lower())
        return _one_of(known, name, rng) if known else name

    def _mistyped(self, text: str, rng: np.random.Generator) -> str:
        letters = []
        for letter in text:
            near = self._keys.get(letter)
            hit = near is not None and rng.random() < _TOKEN
            kept = letter if hit and rng.random() < _EXTRA_LETTER else ""
            letters.append(f"{near[int(rng.integers(len(near)))]}{kept}" if hit else letter)
        return "".join(letters)


def _rows(file: Path, skip: int) -> Iterator[list[str]]:
    yield from csv.reader(file.read_text("utf-8").splitlines()[skip:])


def _pairs(file: Path, right: int, wrong: int) -> dict[str, list[str]]:
    """Return by what is meant what is written instead; `@` is nothing."""
    found: dict[str, list[str]] = {}
    for row in _rows(file, skip=2):
        found.setdefault(row[right], []).append(row[wrong].replace("@", ""))
    return found


def _lists(file: Path) -> list[list[str]]:
    """Return the lists that a Python file assigns, in their order, without running it."""
    import ast

    assigned = [node.value for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.Assign)]
    return [ast.literal_eval(value) for value in assigned if isinstance(value, ast.List)]


def _nothing(_text: str, _rng: np.random.Generator) -> None:
    return None


def _one_of(options: Sequence[str], _text: str, rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]


def _tokens(errors: dict[str, list[str]], text: str, rng: np.random.Generator) -> str:
    """Replace some of the longest tokens that can be mistaken."""
    longest, at, written = max(map(len, errors)), 0, []
    while at < len(text):
        for size in range(longest, 0, -1):
            options = errors.get(text[at : at + size])
            if options and at + size <= len(text) and rng.random() < _TOKEN:
                written.append(options[int(rng.integers(len(options)))])
                at += size
                break
        else:
            written.append(text[at])
            at += 1
    return "".join(written)


def _wrong_digits(text: str, rng: np.random.Generator) -> str:
    return "".join(str(rng.integers(10)) if c.isdigit() and rng.random() < _TOKEN / 0.9 else c for c in text)


def _swapped(text: str, _rng: np.random.Generator) -> str:
    """Swap month and day of MM/DD/YYYY."""
    return text[3:6] + text[:3] + text[6:]


def _other_sex(text: str, _rng: np.random.Generator) -> str:
    return "Male" if text == "Female" else "Female"


def _settings(prior: float) -> "SettingsCreator":
    from splink import SettingsCreator, block_on
    from splink.comparison_library import ExactMatch, JaroWinklerAtThresholds, LevenshteinAtThresholds

    slips = [1, 2]
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            JaroWinklerAtThresholds("first_name", [0.9, 0.7]).configure(term_frequency_adjustments=True),
            ExactMatch("initial"),
            _family(),
            LevenshteinAtThresholds("birth", slips),
            ExactMatch("sex"),
            LevenshteinAtThresholds("soc_sec_id", slips),
        ],
        blocking_rules_to_generate_predictions=[block_on(*columns) for columns in _BLOCKS],
        probability_two_random_records_match=prior,
        retain_matching_columns=False,
        additional_columns_to_retain=["address"],
    )


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
