"""The errors that pseudopeople makes in what is written down, at its rates, from its tables."""

import csv
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

_CELL, _TOKEN, _EXTRA_LETTER = 0.01, 0.1, 0.1
Cells = list[str | None]
Noise = Callable[[str, np.random.Generator], str | None]
Kinds = list[tuple[Noise | None, float]]
"""Kinds of error with the share of cells that get them, in their order; none: what somebody at home has is copied."""


def spoil(cells: Cells, noise: Noise | None, share: float, other: Cells | None, rng: np.random.Generator) -> None:
    """Apply a kind of error to a share of the cells that are not empty; without `noise` the other's value is copied."""
    able = np.array(
        [cell is not None and (noise is not None or (other or cells)[i] is not None) for i, cell in enumerate(cells)]
    )
    filled = sum(cell is not None for cell in cells)
    scaled = share * filled / max(int(able.sum()), 1) if noise is None else share
    for i in np.flatnonzero(able & (rng.random(len(cells)) < scaled)).tolist():
        cells[i] = (other or cells)[i] if noise is None else noise(str(cells[i]), rng)


class Mistakes:
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
