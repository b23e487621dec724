"""How people write what has no code: their ethnic group, their language and their job."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from satu.simulate.work import NO_JOB, jobs

if TYPE_CHECKING:
    from satu.simulate.areas import Ints
    from satu.simulate.errors import Objects

_VAGUE = ("KARYAWAN", "SWASTA", "WIRASWASTA", "BURUH", "PEGAWAI", "USAHA", "KERJA", "KARYAWAN SWASTA", "HONORER")
_VAGUE_SHARE = 0.035
"""Answers that tell no job; the commonest first."""
_OTHER_SPELLING = 0.05
_SPELLINGS = (
    ("SOPIR", "SUPIR"),
    ("PEMBANTU RUMAH TANGGA", "ART"),
    ("PENJAHIT", "TUKANG JAHIT"),
    ("PEDAGANG", "JUALAN"),
    ("STAF ADMINISTRASI", "STAFF ADMIN"),
    ("WARUNG MAKAN", "JUALAN NASI"),
    ("MONTIR", "MEKANIK"),
    ("PELAYAN TOKO", "JAGA TOKO"),
    ("OJEK ONLINE", "OJOL"),
    ("BURUH", "BRH"),
    ("GURU", "PENGAJAR"),
    ("TUKANG", "TKG"),
)


def written(variable: str, category: Objects, rng: np.random.Generator) -> Objects:
    """Return the answers to ethnicity or language; a category of no answer is written as its name."""
    answers = category.astype(object)
    for name, texts, share in _answers(variable):
        rows = np.flatnonzero(category == name)
        answers[rows] = np.array(texts, dtype=object)[rng.choice(len(texts), size=len(rows), p=share)]
    return answers


@cache
def _answers(variable: str) -> tuple[tuple[str, tuple[str, ...], tuple[float, ...]], ...]:
    lines = (files(__package__) / "wording.csv").read_text("utf-8").splitlines()
    found: dict[str, dict[str, float]] = {}
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        if row["variable"] == variable:
            found.setdefault(row["category"], {})[row["answer"]] = float(row["weight"])
    return tuple(
        (name, tuple(texts), tuple(w / sum(texts.values()) for w in texts.values())) for name, texts in found.items()
    )


def named_jobs(job: Ints, rng: np.random.Generator) -> Objects:
    """Return jobs as people write them; `job` has rows of `jobs`, -1 gives an empty text."""
    text = jobs()["text"].to_numpy().astype(object)[job]
    for i in np.flatnonzero(rng.random(len(job)) < _OTHER_SPELLING):
        usual, other = next(((u, o) for u, o in _SPELLINGS if u in text[i]), ("", ""))
        text[i] = text[i].replace(usual, other) if usual else text[i]
    vague = np.flatnonzero(rng.random(len(job)) < _VAGUE_SHARE)
    rank = 1.0 / np.arange(2, len(_VAGUE) + 2)
    text[vague] = np.array(_VAGUE, dtype=object)[rng.choice(len(_VAGUE), size=len(vague), p=rank / rank.sum())]
    text[job == NO_JOB] = ""
    return np.asarray(text)


def mistyped(text: str, rng: np.random.Generator) -> str:
    """Drop, double or exchange letters of a word."""
    if len(text) < 4:
        return text
    at = int(rng.integers(1, len(text) - 1))
    kind = rng.integers(3)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
