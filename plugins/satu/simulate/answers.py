"""The answers of forms and questionnaires to the questions with codes and texts: given, missing, or contradictory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from satu.simulate import families as f
from satu.simulate.contradictions import Contradictions, contradict
from satu.simulate.wording import mistyped, named_jobs, written
from satu.simulate.work import NOT_ASKED, WORKING

if TYPE_CHECKING:
    from satu.simulate.errors import Objects

FOREIGNER = "9999999999999999"
HUB = {"head": "1", "spouse": "2", "child": "3", "child_in_law": "4", "grandchild": "5", "parent": "6"} | {
    "domestic_worker": "7",
    "other": "8",
}
"""BPS codes of relationship."""
KAWIN = {f.NEVER: "1", f.MARRIED: "2", f.UNREGISTERED: "2", f.DIVORCED: "3", f.WIDOWED: "4"}
_CODED, _WORDED = (("", 0.7), ("-", 0.1), ("98", 0.1), ("99", 0.05), ("N/A", 0.05)), (("", 0.8), ("-", 0.2))
"""How a missing answer looks where codes are given, and where words or numbers are."""


@dataclass(frozen=True)
class Silence:
    """Shares of the members without an answer, by question; those of work are of the people who work."""

    jk: float = 0.002
    hub: float = 0.003
    kawin: float = 0.005
    agama: float = 0.003
    suku: float = 0.01
    bahasa: float = 0.01
    ijazah: float = 0.015
    kegiatan: float = 0.015
    pekerjaan: float = 0.04
    status_kerja: float = 0.03
    lama_tinggal: float = 0.02
    wn: float = 0.003
    tempat_lahir: float = 0.005
    housing: float = 0.01
    """Of households, for each of the five questions."""
    mistyped: float = 0.015
    """Share of the answers in words with a slip of the pen."""

    def times(self, factor: float) -> Silence:
        """Multiply every share."""
        return replace(self, **{name: min(1.0, share * factor) for name, share in vars(self).items()})


ONLINE = Silence()
INTERVIEW = Silence(jk=0.001, ijazah=0.012, kegiatan=0.012)
"""An officer asks again, but does not see the papers."""
_WORDS = ("tempat_lahir", "lama_tinggal", "pekerjaan", "suku", "bahasa")
_TYPED = ("suku", "bahasa", "pekerjaan", "tempat_lahir")


def answered(
    members: pl.DataFrame, silence: Silence, wrong: Contradictions, rng: np.random.Generator, within: str, day: str
) -> pl.DataFrame:
    """Replace the true characteristics of members by what is written; adds columns a_<question>, texts.

    `within` is the column of the return's id, `day` that of the day (into 2020) when it was filled in: who lost their
    spouse later is still married on it. `members` needs no_urut, r_sex and the columns of `populate`.
    """
    later = pl.col("widowed_on").is_not_null() & (pl.col("widowed_on") > pl.col(day))
    married = pl.when(later).then("marital").otherwise("marital_now")
    codes = members.select(
        jk=pl.col("r_sex").cast(pl.String),
        hub=pl.col("relationship").replace_strict(HUB, default="8"),
        kawin=married.replace_strict(KAWIN, return_dtype=pl.String),
        agama=pl.col("religion").cast(pl.String),
        ijazah=pl.col("education").cast(pl.String),
        kegiatan=pl.col("activity").cast(pl.String),
        status_kerja=pl.col("employment").cast(pl.String),
        lama_tinggal=pl.col("months_of_stay").cast(pl.String),
        wn=pl.when("is_foreign").then(pl.lit("2")).otherwise(pl.lit("1")),
        tempat_lahir="birth_place",
    )
    answers = {name: codes[name].to_numpy().astype(object) for name in codes.columns}
    answers["suku"] = written("ethnicity", members["ethnicity"].to_numpy(), rng)
    answers["bahasa"] = written("language", members["language"].to_numpy(), rng)
    answers["pekerjaan"] = named_jobs(members["job"].to_numpy(), rng)
    activity = members["activity"].to_numpy()
    answers["kegiatan"][activity == NOT_ASKED] = ""
    answers["status_kerja"][activity != WORKING] = ""
    contradict(answers, members, wrong, rng, within)
    _mistype(answers, silence.mistyped, rng)
    _silence(answers, members, silence, rng)
    return members.with_columns(pl.Series(f"a_{name}", texts, dtype=pl.String) for name, texts in answers.items())


def _mistype(answers: dict[str, Objects], share: float, rng: np.random.Generator) -> None:
    for name in _TYPED:
        texts = answers[name]
        for i in np.flatnonzero(rng.random(len(texts)) < share):
            texts[i] = mistyped(str(texts[i]), rng)


def _silence(answers: dict[str, Objects], members: pl.DataFrame, silence: Silence, rng: np.random.Generator) -> None:
    reticence = members["reticence"].to_numpy()
    for name, texts in answers.items():
        missing = (rng.random(len(texts)) < getattr(silence, name) * reticence) & (texts != "")
        texts[missing] = unanswered(int(missing.sum()), worded=name in _WORDS, rng=rng)


def unanswered(size: int, rng: np.random.Generator, *, worded: bool) -> Objects:
    """Draw texts that stand for no answer."""
    signs = _WORDED if worded else _CODED
    texts = np.array([sign for sign, _ in signs], dtype=object)
    return np.asarray(texts[rng.choice(len(texts), size=size, p=[share for _, share in signs])])
