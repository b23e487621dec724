"""What the model compares: the pairs, their fields, and the starting values of each level of agreement."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from splink import SettingsCreator
    from splink.internals.comparison_creator import ComparisonCreator


def settings(prior: float) -> "SettingsCreator":
    """Return Splink's starting settings; `prior`: share of all pairs that are one person, 0 to 1."""
    from splink import SettingsCreator

    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=_comparisons(),
        blocking_rules_to_generate_predictions=[f"({block}) and (l.is_alone or r.is_alone)" for block in _BLOCKS],
        probability_two_random_records_match=prior,
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
_COMPARABLE = "is_comparable(name_key_l, name_key_r)"


def _comparisons() -> list["ComparisonCreator | dict[str, Any]"]:
    from splink.comparison_library import CustomComparison

    return [
        CustomComparison(
            [
                {
                    "sql_condition": f"coalesce(not {_COMPARABLE}, true)",
                    "is_null_level": True,
                },
                {**_level("name_key_l = name_key_r", 0.911, 7.4e-5), "tf_adjustment_column": "name_key"},
                _level(
                    "number_of(name_key_l) = number_of(name_key_r) and "
                    "(is_slip(name_key_l, name_key_r) or is_same_name(name_key_l, name_key_r))",
                    0.055,
                    9.6e-5,
                ),
                _level("is_shortened(name_key_l, name_key_r)", 0.014, 7.7e-4),
                _level("is_cut(name_key_l, name_key_r)", 0.013, 1.5e-5),
                _level("is_alike(name_key_l, name_key_r)", 0.004, 0.03),
                _level("ELSE", 0.003, 0.96904),
            ],
            "name_key",
        ),
        CustomComparison(
            [
                _missing("birth_date"),
                _level("birth_date_l = birth_date_r", 0.983, 6.0e-5),
                _level("is_near_birth(birth_date_l, birth_date_r)", 0.012, 3.9e-3),
                _level("ELSE", 0.005, 0.99604),
            ],
            "birth_date",
        ),
        CustomComparison(
            [
                _missing("sex"),
                _level("sex_l = sex_r", 0.994, 0.5),
                _level("ELSE", 0.006, 0.5),
            ],
            "sex",
        ),
        CustomComparison(
            [
                _missing("nik"),
                _level("nik_l = nik_r", 0.986, 4.5e-6),
                _level("is_typo(nik_l, nik_r)", 0.008, 1e-6),
                _level("ELSE", 0.006, 0.999994),
            ],
            "nik",
        ),
        CustomComparison(
            [
                _missing("family_card_no"),
                _level("family_card_no_l = family_card_no_r", 0.979, 2.9e-5),
                _level("ELSE", 0.021, 0.999971),
            ],
            "family_card_no",
        ),
        CustomComparison(
            [
                _missing("village_code"),
                _level("sls_code_l = sls_code_r", 0.257, 0.0003),
                _level("village_code_l = village_code_r", 0.690, 0.0607),
                _level("ELSE", 0.053, 0.939),
            ],
            "place",
        ),
    ]


def _missing(column: str) -> dict[str, Any]:
    return {"sql_condition": f"{column}_l is null or {column}_r is null", "is_null_level": True}


def _level(condition: str, m: float, u: float) -> dict[str, Any]:
    """Return a level of agreement; m and u: shares of the pairs that reach it, among matches and among random pairs."""
    return {"sql_condition": condition, "m_probability": m, "u_probability": u}
