"""Other ways to impute the same gaps: the city's most frequent value, and hot deck by the R package VIM."""

import shutil
import subprocess
from pathlib import Path

import polars as pl

from satu.bench.edit_truth import VARIABLES

_SCRIPT = r"""
suppressMessages(library(VIM))
args <- commandArgs(trailingOnly = TRUE)
set.seed(as.integer(args[3]))
d <- read.csv(args[1], na.strings = "", colClasses = "character")
for (name in c("age", "months_of_stay", "area")) d[[name]] <- as.numeric(d[[name]])
group <- function(age) ifelse(is.na(age), "unknown", as.character(age %/% 5))
deck <- function(data, variable, order, domain) {
  suppressWarnings(suppressMessages(
    hotdeck(data, variable = variable, ord_var = order, domain_var = domain, imp_var = FALSE)))
}
d$age_group <- group(d$age)
d$known_sex <- ifelse(is.na(d$sex), "unknown", d$sex)
d <- deck(d, "sex", "area", "age_group")
d <- deck(d, "age", "area", "known_sex")
d$age_group <- group(d$age)
d$age_order <- d$age %/% 5
rest <- setdiff(names(d), c("person_id", "area", "age_group", "age_order", "known_sex", "sex", "age"))
d <- deck(d, rest, c("area", "age_order"), c("sex", "age_group"))
write.csv(d, args[2], na = "", row.names = FALSE)
"""


def modes(stated: pl.DataFrame) -> dict[str, str]:
    """Return the most frequent stated value of each variable."""
    return {name: str(stated[name].drop_nulls().mode().sort()[0]) for name in VARIABLES}


def has_vim() -> bool:
    """Return whether R with package VIM is installed."""
    rscript = shutil.which("Rscript")
    return bool(rscript) and _ran([str(rscript), "-e", "library(VIM)"])


def vim(stated: pl.DataFrame, folder: Path, seed: int) -> pl.DataFrame | None:
    """Impute by VIM's hot deck, in the order of area and age, within sex and age group; none if R fails.

    Sex is imputed within age groups and age within sex, before the others.
    """
    source, result, script = folder / "stated.csv", folder / "imputed.csv", folder / "vim.R"
    frame = stated.select("person_id", *VARIABLES, area=pl.col("sls_code").str.slice(0, 10))
    frame.write_csv(source)
    script.write_text(_SCRIPT, encoding="utf-8")
    if not _ran(["Rscript", str(script), str(source), str(result), str(seed)]):
        return None
    found = pl.read_csv(result, infer_schema=False).with_columns(
        pl.col("person_id").cast(pl.Int64), pl.col("age", "months_of_stay").cast(pl.Float64).cast(pl.Int64)
    )
    return found.sort("person_id")


def _ran(command: list[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True, stdin=subprocess.DEVNULL).returncode == 0
