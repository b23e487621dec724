"""The formulas of the coverage estimate, computed by the server with the project's macros, against their sources."""

from math import comb
from pathlib import Path

import jinja2
import psycopg
import pytest
from scipy import stats

from satu import warehouse
from satu.settings import Settings

MACROS = Path(__file__).resolve().parents[2] / "dbt_project" / "macros" / "dual_system.sql"


def computed(settings: Settings, call: str) -> float:
    """Return what the server makes of a call of a macro."""
    query = jinja2.Template(MACROS.read_text() + "{{ " + call + " }}").render(type_named=str)
    with psycopg.connect(warehouse.url(settings)) as connection:
        found = connection.execute(f"select ({query.strip()})::float8").fetchone()
    assert found is not None
    return float(found[0])


@pytest.mark.parametrize(("people", "first", "second"), [(20, 12, 11), (10, 5, 5), (30, 29, 28)])
def test_chapman_is_unbiased_where_the_lists_could_hold_everybody(
    satu_settings: Settings, people: int, first: int, second: int
) -> None:
    """Chapman (1951): exactly so over all ways of drawing two lists that together are as long as the population."""
    ways = {m: comb(first, m) * comb(people - first, second - m) for m in range(first + second - people, second + 1)}
    expected = sum(n * computed(satu_settings, f"chapman({first}, {second}, {m})") for m, n in ways.items() if n)
    assert expected / comb(people, second) == pytest.approx(people, rel=1e-9)


@pytest.mark.parametrize("degrees", [9, 19, 51, 500])
def test_the_quantile_of_t_is_right_to_three_decimals(satu_settings: Settings, degrees: int) -> None:
    assert computed(satu_settings, f"student_t_975({degrees})") == pytest.approx(stats.t.ppf(0.975, degrees), abs=5e-4)


@pytest.mark.parametrize(
    ("events", "people", "printed"),
    [
        # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3.
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_wilsons_limits_are_what_the_table_prints(
    satu_settings: Settings, events: int, people: int, printed: tuple[float, float]
) -> None:
    limits = [
        computed(satu_settings, f"wilson_limit('({events}.0 / {people})', '{people}.0', '1.959964', '{sign}')")
        for sign in "-+"
    ]
    assert limits == pytest.approx(printed, abs=5e-5)


@pytest.mark.parametrize(
    ("share", "variance", "expected"),
    [(0.1, 0.0018, 50), (0.1, 0.0009, 100), (0.1, 0.0001, 100), (0.0, 0.0, 100)],
)
def test_the_effective_size_is_never_more_than_were_drawn(
    satu_settings: Settings, share: float, variance: float, expected: float
) -> None:
    assert computed(satu_settings, f"effective_size('{share}', '{variance}', '100.0')") == pytest.approx(expected)
