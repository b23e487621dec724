"""Ethnic groups, religions, languages and places of birth of the two cities.

Shares are round figures after the censuses of 2010 and 2020 (provinces) and what is commonly known of the cities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import polars as pl

ETHNICITIES = {
    "3371": {"javanese": 93.5, "chinese": 2.4, "sundanese": 1.3, "batak": 0.7, "malay": 0.4, "madurese": 0.4}
    | {"betawi": 0.3, "balinese": 0.15, "minangkabau": 0.3, "arab": 0.15, "bugis": 0.1, "other": 0.3},
    "1671": {"palembang": 39.0, "javanese": 24.0, "malay": 12.0, "ogan": 5.5, "komering": 4.5, "chinese": 3.2}
    | {"minangkabau": 3.0, "batak": 2.0, "sundanese": 2.2, "bugis": 0.6, "lampung": 0.5, "arab": 0.6, "other": 2.9},
}
RELIGIONS = {
    "chinese": (8, 27, 20, 0.2, 40, 4.5, 0.3),
    "batak": (25, 65, 9.5, 0.1, 0.2, 0, 0.2),
    "balinese": (6, 2, 2, 90, 0, 0, 0),
    "javanese": (91.5, 4.6, 3.4, 0.1, 0.2, 0, 0.2),
    "sundanese": (97, 2, 1, 0, 0, 0, 0),
    "other": (99, 0.6, 0.3, 0, 0.1, 0, 0),
}
"""Islam, Protestant, Catholic, Hindu, Buddhist, Confucian, belief, in the order of their codes."""
FAMILIES_FROM_ELSEWHERE = {"3371": 0.24, "1671": 0.20}
"""Of those whose head has a NIK of the city; of the others nearly all."""
OTHER_PLACES = {
    "3371": {"TEMANGGUNG": 12, "SEMARANG": 12, "YOGYAKARTA": 10, "PURWOREJO": 9, "WONOSOBO": 8, "KEBUMEN": 6}
    | {"SLEMAN": 6, "SURAKARTA": 5, "KLATEN": 5, "BOYOLALI": 4, "SALATIGA": 4, "JAKARTA": 7, "BANDUNG": 3}
    | {"SURABAYA": 2, "KULON PROGO": 2, "BANYUMAS": 2, "CILACAP": 2, "PATI": 1, "MEDAN": 1, "PALEMBANG": 1},
    "1671": {"OGAN ILIR": 14, "KAYU AGUNG": 10, "BANYUASIN": 10, "SEKAYU": 8, "BATURAJA": 8, "PRABUMULIH": 6}
    | {"LAHAT": 6, "MUARA ENIM": 6, "LUBUK LINGGAU": 5, "MARTAPURA": 4, "PAGAR ALAM": 3, "JAKARTA": 5, "JAMBI": 3}
    | {"PADANG": 3, "BANDAR LAMPUNG": 4, "PANGKAL PINANG": 3, "MEDAN": 2, "BENGKULU": 2, "YOGYAKARTA": 2},
}
_LANGUAGES = {
    ("3371", "javanese"): ({"javanese": 1.0}, 0.93, 0.72),
    ("3371", "other"): ({"javanese": 1.0}, 0.45, 0.25),
    ("3371", "chinese"): ({"javanese": 0.85, "chinese": 0.15}, 0.40, 0.15),
    ("1671", "palembang"): ({"palembang": 1.0}, 0.95, 0.84),
    ("1671", "malay"): ({"palembang": 0.6, "malay": 0.4}, 0.93, 0.80),
    ("1671", "javanese"): ({"palembang": 0.6, "javanese": 0.4}, 0.85, 0.60),
    ("1671", "ogan"): ({"palembang": 0.5, "ogan": 0.5}, 0.93, 0.75),
    ("1671", "komering"): ({"palembang": 0.5, "komering": 0.5}, 0.93, 0.75),
    ("1671", "chinese"): ({"palembang": 0.75, "chinese": 0.25}, 0.75, 0.45),
    ("1671", "minangkabau"): ({"palembang": 0.4, "minangkabau": 0.6}, 0.85, 0.55),
    ("1671", "batak"): ({"palembang": 0.5, "batak": 0.5}, 0.65, 0.35),
    ("1671", "sundanese"): ({"palembang": 0.7, "sundanese": 0.3}, 0.75, 0.50),
    ("1671", "other"): ({"palembang": 1.0}, 0.75, 0.50),
}
"""By city and ethnic group: regional languages, and the shares that speak one daily at 70 and at 5 years; the others
speak Indonesian."""


def spoken(people: pl.DataFrame, city: str, rng: np.random.Generator) -> npt.NDArray[np.str_]:
    """Draw the language that each person speaks daily; relatives mostly speak alike, the young more Indonesian."""
    n, family = people.height, people["family"].to_numpy()
    families = int(family.max()) + 1
    draws = []
    for _ in range(2):
        together = rng.random(families)[family]
        draws.append(np.where(rng.random(n) < 0.2, rng.random(n), together))
    old = np.clip((people["age"].to_numpy() - 5) / 65, 0, 1)
    language = np.full(n, "indonesian", dtype="<U16")
    ethnicity = people["ethnicity"].to_numpy()
    for name in np.unique(ethnicity):
        choice, at_70, at_5 = _LANGUAGES.get((city, str(name)), _LANGUAGES[city, "other"])
        rows = np.flatnonzero(ethnicity == name)
        regional = rows[draws[0][rows] < at_5 + (at_70 - at_5) * old[rows]]
        bounds = np.cumsum(list(choice.values()))
        pick = np.minimum(np.searchsorted(bounds, draws[1][regional]), len(choice) - 1)
        language[regional] = np.array(list(choice))[pick]
    return language
