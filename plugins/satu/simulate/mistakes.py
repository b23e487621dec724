"""Variants of names: slips, older spelling, nicknames, forms of address, words in another order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

_ABBREVIATIONS = {
    "MUHAMMAD": ("MUH.", "M.", "MOCH.", "MOH.", "MOHAMMAD", "MUHAMAD"),
    "AHMAD": ("ACHMAD", "AKHMAD", "A."),
    "ABDUL": ("ABD.", "ABDUL"),
    "SITI": ("ST.", "SITTI"),
    "NUR": ("NOOR", "NUUR"),
    "YUSUF": ("YUSUP", "JUSUF"),
    "FATIMAH": ("FATIMA",),
    "AGUS": ("AGOES",),
}
_SOUNDS = (("Y", "J"), ("U", "OE"), ("F", "P"), ("I", "Y"), ("D", "DH"), ("K", "Q"), ("S", "SY"), ("H", ""))
# Spelling before 1972; what is U today was written OE before 1947, and by many for longer.
_OLD_SPELLING = {"NY": "NJ", "SY": "SJ", "KH": "CH", "CH": "CH", "C": "TJ", "J": "DJ", "Y": "J", "U": "OE"}
_OLD_SOUND = re.compile("|".join(_OLD_SPELLING))
_LAST_SYLLABLES = re.compile("[^AEIOU]?[AEIOU]+[^AEIOU]*[AEIOU][^AEIOU]*$")
_FATHERS = ("ABDULLAH", "UMAR", "AHMAD", "HASAN", "SARDI", "KASAN", "SLAMET", "USMAN", "YUSUF", "KARTO")
_NO_NAME = ("", "-", "NN", "TANPA NAMA")
_ADULT = 17


def mistaken(name: str, rng: np.random.Generator) -> str:
    """Write a name with one of the usual slips of the pen."""
    return _MISTAKES[rng.integers(len(_MISTAKES))](name, rng)


def old_spelling(name: str, rng: np.random.Generator) -> str:
    """Write a name as it was spelled before 1972: TJOKRO DJOJO for COKRO JOYO; a third have only the OE."""
    if rng.random() < 1 / 3:
        return name.replace("U", "OE")
    return _OLD_SOUND.sub(lambda found: _OLD_SPELLING[found.group()], name)


def nickname(name: str, rng: np.random.Generator) -> str:
    """Call a person by the last syllables of one of their names: YONO for SUGIYONO, alone or before the rest."""
    words = name.split(" ")
    at = int(rng.integers(len(words)))
    found = _LAST_SYLLABLES.search(words[at])
    short = found.group() if found else words[at]
    return short if rng.random() < 0.6 else " ".join([short, *words[at + 1 :]])


def addressed(name: str, sex: int, age: int, rng: np.random.Generator) -> str:
    """Put a form of address before a name."""
    if age < _ADULT:
        return f"{('AN.', 'ANAK')[int(rng.integers(2))]} {name}"
    forms = (("TN.", "BPK", "BAPAK", "SDR.", "PAK"), ("NY", "NY.", "IBU", "SDRI.", "BU"))[sex - 1]
    return f"{forms[int(rng.integers(len(forms)))]} {name}"


def reordered(name: str, rng: np.random.Generator) -> str:
    """Put the last word first, one time in three with a comma behind it."""
    rest, _, last = name.rpartition(" ")
    return f"{last}{',' if rng.random() < 1 / 3 else ''} {rest}" if rest else name


def known_as(name: str, rng: np.random.Generator) -> str:
    """Add the name that a person is known by."""
    return f"{name} {('ALIAS', 'AL')[int(rng.integers(2))]} {nickname(name, rng)}"


def child_of(name: str, sex: int, rng: np.random.Generator) -> str:
    """Add the father's name."""
    return f"{name} {('BIN', 'BINTI')[sex - 1]} {_FATHERS[int(rng.integers(len(_FATHERS)))]}"


def no_name(rng: np.random.Generator) -> str:
    """Return the entry for an unknown name."""
    return _NO_NAME[int(rng.integers(len(_NO_NAME)))]


def _abbreviated(name: str, rng: np.random.Generator) -> str:
    words = name.split(" ")
    for at, word in enumerate(words):
        if word in _ABBREVIATIONS:
            short = _ABBREVIATIONS[word]
            return " ".join([*words[:at], short[int(rng.integers(len(short)))], *words[at + 1 :]])
    return f"{' '.join(words[:-1])} {words[-1][0]}." if len(words) > 1 else _transposed(name, rng)


def _transposed(name: str, rng: np.random.Generator) -> str:
    at = int(rng.integers(max(1, len(name) - 1)))
    return name[:at] + name[at + 1 : at + 2] + name[at : at + 1] + name[at + 2 :]


def _respelled(name: str, rng: np.random.Generator) -> str:
    start = int(rng.integers(len(_SOUNDS)))
    for old, new in _SOUNDS[start:] + _SOUNDS[:start]:
        if old in name[1:]:
            return name[0] + name[1:].replace(old, new, 1)
    return _transposed(name, rng)


def _spaced(name: str, rng: np.random.Generator) -> str:
    if " " in name:
        return name.replace(" ", ("", "  ")[int(rng.integers(2))], 1)
    at = int(rng.integers(1, max(2, len(name))))
    return f"{name[:at]} {name[at:]}"


def _shortened(name: str, rng: np.random.Generator) -> str:
    return name.rsplit(" ", 1)[0] if " " in name else _doubled(name, rng)


def _doubled(name: str, rng: np.random.Generator) -> str:
    at = int(rng.integers(len(name)))
    return name[: at + 1] + name[at:]


_MISTAKES: tuple[Callable[[str, np.random.Generator], str], ...] = (
    _abbreviated,
    _transposed,
    _respelled,
    _spaced,
    _shortened,
    _doubled,
)
