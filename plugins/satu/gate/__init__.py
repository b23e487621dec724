"""gate: run the checks of a release, and say whether it may be published.

A suite is data (`expectations/`), a measurement is a fact (`ops.check_result`), a threshold is a rule beside the check.
`run_checks` measures and judges; `judge` judges again what was measured, with the thresholds of this moment.
"""

from satu.gate.catalogue import write_catalogue
from satu.gate.checks import needed_feeds, run_checks
from satu.gate.decisions import approve, decisions, reject, waive
from satu.gate.silence import expect_no_silence
from satu.gate.verdict import Failure, Verdict, judge

__all__ = [
    "Failure",
    "Verdict",
    "approve",
    "decisions",
    "expect_no_silence",
    "judge",
    "needed_feeds",
    "reject",
    "run_checks",
    "waive",
    "write_catalogue",
]
