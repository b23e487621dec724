"""What an attacker makes of the published tables, before and after the noise, and what the noise costs."""

import json
from collections import Counter

import numpy as np
import polars as pl
import pytest
from attacks import Finding, Tables, attack, noise, sums, tables, told, withheld_only
from truths import shown

from support import Published

KINDS = {
    "levels": {"levels"},
    "margins": {"margins"},
    "tables": {"tables"},
    "categories": {"categories"},
    "all sums": {"levels", "margins", "tables", "categories"},
}
RELEASES = 300
"""How many pairs of releases the attack on a newcomer is tried with."""


@pytest.mark.long
def test_sums_give_small_counts_away_without_noise_and_not_with_it(
    cities: list[pl.DataFrame], capsys: pytest.CaptureFixture[str]
) -> None:
    bare = [tables(people, withheld_only) for people in cities]
    noisy = [tables(people, told) for people in cities]
    known = [kind for made in noisy for kind, _, _ in sums(made.true)]
    lines = [
        f"{sum(people.height for people in cities):,} people, {len(known):,} sums:"
        f" {', '.join(f'{count:,} {kind}' for kind, count in Counter(known).items())}",
        "small counts that are the only one hidden in a sum:",
    ]
    for name, kinds in KINDS.items():
        for only in (None, 1):
            before = sum((attack(made, kinds, is_noisy=False, only=only) for made in bare), Finding())
            after = sum((attack(made, kinds, is_noisy=True, only=only) for made in noisy), Finding())
            who = "people alone in a cell" if only else "counts of 1 to 4"
            lines += [f"  {name}, {who}", f"    without noise: {before}", f"    with noise:    {after}"]
            assert before.certain == before.targets
            assert after.certain <= 0.01 * after.targets
            assert after.guessed <= after.guessed_without + 0.15 * after.targets + 2
            assert before.targets > 0 or only
    shown(capsys, *lines)


@pytest.mark.parametrize("others", [0, 20])
@pytest.mark.long
def test_a_newcomer_between_two_releases(
    cities: list[pl.DataFrame], capsys: pytest.CaptureFixture[str], others: int
) -> None:
    """Whoever knows the village and sex of the only newcomer looks for the age group that changed by one."""
    people = cities[0]
    generator = np.random.default_rng(5)
    village, sex, group = pl.col("kode_sls").str.slice(0, 10), pl.col("sex"), pl.min_horizontal(pl.col("age") // 5, 15)
    group_told, one_more_told = Counter[str](), Counter[str]()
    for newcomer in generator.choice(people.height, RELEASES, replace=False):
        place, of_sex, *_ = people.row(newcomer)
        there = people.with_row_index("row").filter(village == place[:10], sex == of_sex)
        rows = there["row"].to_numpy()
        absent = {int(newcomer), *(int(r) for r in generator.choice(rows, min(others, len(rows) - 1), replace=False))}
        now = counted(there, group)
        then = counted(there.filter(~pl.col("row").is_in(list(absent))), group)
        for name, publish in (("without noise", withheld_only), ("with noise", told)):
            pairs = [(publish(*now[g]), publish(*then.get(g, (0, 0)))) for g in now]
            steps = [(a or 0) - (b or 0) for a, b in pairs if a != b]
            group_told[name] += len(steps) == 1
            one_more_told[name] += steps == [1]
    shown(
        capsys,
        f"a newcomer and {others} others in a village between two releases: his age group is told, and as one more",
        *(f"  {name}: {group_told[name] / RELEASES:.0%}, {one_more_told[name] / RELEASES:.0%}" for name in group_told),
    )
    assert one_more_told["with noise"] <= 0.25 * RELEASES
    if others:
        assert group_told["with noise"] <= 0.01 * RELEASES
    else:
        assert one_more_told["without noise"] >= 0.5 * RELEASES


def counted(people: pl.DataFrame, group: pl.Expr) -> dict[int, tuple[int, int]]:
    """Count and cell key by age group."""
    by_group = people.group_by(group.alias("group")).agg(n=pl.len(), key=pl.col("perturbation_key").sum())
    return {g: (n, key) for g, n, key in by_group.iter_rows()}


@pytest.fixture(scope="module")
def enumerated(published: Published) -> pl.DataFrame:
    """The counted people of the warehouse with a known village, sex and age."""
    rows = published.rows(
        "select sls_code, sex, age, coalesce(education, education_flag), perturbation_key from population.person"
        " where is_counted and sls_code is not null and sex is not null and age is not null"
    )
    return pl.DataFrame(rows, schema=["kode_sls", "sex", "age", "education", "perturbation_key"], orient="row")


def village_table(published: Published) -> dict[tuple[str, str, int], int | None]:
    """Age groups and sexes of villages, as published."""
    rows = published.rows(
        "select area_code, sex, age_group, person_count from published.population_by_age_sex"
        " where area_level = 'village' and sex <> 'unknown' and age_group <> 'unknown'"
        " and 'total' not in (sex, age_group)"
    )
    return {(area, sex, int(group[:2])): count for area, sex, group, count in rows}


def test_published_cells_are_those_of_the_method(published: Published, enumerated: pl.DataFrame) -> None:
    expected: Tables = tables(enumerated, told)
    places = {
        len(str(area)): level for area, level in (("0" * 4, "regency"), ("0" * 7, "district"), ("0" * 10, "village"))
    }
    rows = published.rows(
        "select area_code, sex, age_group, person_count from published.population_by_age_sex"
        " where sex <> 'unknown' and age_group <> 'unknown' and 'total' not in (sex, age_group)"
    )
    found = {(places[len(area)], area, sex, int(group[:2])): count for area, sex, group, count in rows}
    known = {cell: value for cell, value in expected.shown.items() if cell[0] in places.values()}
    # People of a village without a work area are in the one and not in the other.
    differing = [cell for cell, value in found.items() if known.get(cell) != value]
    assert len(differing) <= 0.02 * len(found)
    assert len(found) > 300


def test_ons_own_implementation_gives_the_same_table(published: Published, enumerated: pl.DataFrame) -> None:
    """The ONS' package counts the same people with our table of noise, written the way it wants it."""
    import pandas as pd
    from cell_key_perturbation.create_perturbed_table import create_perturbed_table

    ptable = pd.DataFrame(
        [(count, key, noise(count, key)) for count in range(1, 751) for key in range(256)],
        columns=["pcv", "ckey", "pvalue"],
    )
    microdata = pd.DataFrame(
        {
            "village": enumerated["kode_sls"].str.slice(0, 10).to_list(),
            "sex": enumerated["sex"].to_list(),
            "group": (enumerated["age"] // 5 * 5).clip(upper_bound=75).to_list(),
            "record_key": enumerated["perturbation_key"].to_list(),
        }
    )
    made = create_perturbed_table(microdata, ptable, ["village"], ["sex", "group"], "record_key", threshold=5)
    theirs = {
        (v, s, g): (None if pd.isna(n) else int(n))
        for v, s, g, n in made[["village", "sex", "group", "count"]].to_numpy()
    }
    ours = village_table(published)
    assert len(ours) > 200
    assert sum(theirs[cell] != count for cell, count in ours.items()) <= 0.02 * len(ours)


AREA = "area_level, area_code"
SAME_PEOPLE = [
    ("population_indicator", "person_count", "coverage_by_area", "counted_person_count", AREA, "true"),
    ("population_indicator", "person_count", "age_quality", "person_count", AREA, "sex = 'total'"),
    ("population_indicator", "male_person_count", "age_quality", "person_count", AREA, "sex = 'male'"),
    ("population_indicator", "household_count", "coverage_by_area", "counted_household_count", AREA, "true"),
    (
        "population_by_age_sex",
        "person_count",
        "coverage_estimate",
        "counted_person_count",
        f"{AREA}, sex, age_group",
        "true",
    ),
    ("coverage_by_area", "responded_household_count", "household_status", "responded_household_count", AREA, "true"),
    (
        "coverage_by_area",
        "responded_person_count",
        "online_participation",
        "responded_person_count",
        AREA,
        "true",
    ),
    (
        "coverage_pace",
        "reached_household_count",
        "coverage_by_area",
        "checked_household_count",
        AREA,
        "phase = 'field'",
    ),
    ("population_indicator", "person_count", "control_total_comparison", "census_count", AREA, "indicator = 'people'"),
    (
        "coverage_by_area",
        "checked_household_count",
        "coverage_daily",
        "checked_household_to_date_count",
        AREA,
        "event_date = (select max(event_date) from published.coverage_daily as d"
        " where (d.area_level, d.area_code) = (two.area_level, two.area_code))",
    ),
]


@pytest.mark.parametrize("pair", SAME_PEOPLE, ids=lambda pair: f"{pair[1]} in {pair[0]} and {pair[2]}")
def test_the_same_people_have_the_same_number_in_every_table(
    published: Published, pair: tuple[str, str, str, str, str, str]
) -> None:
    view, column, other_view, other_column, keys, condition = pair
    rows = published.rows(
        f"select one.{column}, two.{other_column} from published.{view} as one"
        f" join published.{other_view} as two using ({keys}) where {condition}"
    )
    assert rows
    assert [row for row in rows if row[0] != row[1]] == []


def test_neither_keys_nor_exact_counts_are_published(published: Published) -> None:
    assert not published.rows(
        "select table_name, column_name from information_schema.columns"
        " where table_schema in ('published', 'microdata') and column_name ~ '(_key|_keys|secret)$'"
    )
    [(cells, exact)] = published.rows(
        "select count(*), count(*) filter (where p.person_count = m.person_count)"
        " from published.population_by_age_sex as p join population.population_by_age_sex as m"
        " using (area_level, area_code, sex, age_group)"
        " where p.person_count is not null"
    )
    assert 0.1 * cells < exact < 0.35 * cells  # 56 of 256 numbers bring no noise


def test_the_package_tells_no_measure_of_a_check(published: Published) -> None:
    folder = published.settings.releases_dir / str(published.outcome.release_id)
    checks = json.loads((folder / "manifest.json").read_text())["checks"]
    assert len(checks) > 100
    assert {"check_name", "success", "expected"} <= checks[0].keys()
    assert not any("observed" in check for check in checks)


@pytest.mark.long
def test_what_the_noise_costs(published: Published, capsys: pytest.CaptureFixture[str]) -> None:
    """Mean absolute percentage error of the counts shown, and the share that is withheld, by table and level."""
    marts = {
        "population_by_age_sex": ("population", "sex, age_group", "person_count"),
        "population_by_generation": ("population", "sex, generation", "person_count"),
        "population_by_characteristic": ("population", "characteristic, category", "person_count"),
        "household_by_size": ("population", "size_group", "household_count"),
        "population_indicator": ("population", "", "person_count"),
        "coverage_by_area": ("coverage", "", "counted_person_count"),
        "registry_agreement": ("population", "", "registered_person_count"),
    }
    lines = ["mean absolute error of the counts shown, and counts withheld:"]
    for view, (schema, by, count) in marts.items():
        keys = ", ".join(["area_level", "area_code", *filter(None, [by])])
        rows = published.rows(
            f"select area_level, 100 * avg(abs(p.{count} - m.{count}) / nullif(m.{count}, 0)::numeric),"
            f" max(abs(p.{count} - m.{count})), 100.0 * count(*) filter (where p.{count} is null) / count(*), count(*)"
            f" from published.{view} as p join {schema}.{view} as m using ({keys})"
            " group by area_level order by count(*)"
        )
        for level, error, largest, withheld, cells in rows:
            lines.append(f"  {view:29} {level:9} {float(error or 0):6.2f} %  {float(withheld):5.1f} % of {cells}")
            assert (largest or 0) <= 4
            if level == "regency":
                assert float(error or 0) <= 5
    shown(capsys, *lines)
