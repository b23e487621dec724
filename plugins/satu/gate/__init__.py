"""gate: run the checks of a release and decide whether it may be published.

Suites are data (`expectations/`), measurements are stored (`ops.check_result`), and thresholds are rules beside the
checks. `run_checks` measures and judges; `judge` judges stored measurements again with the current thresholds.
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
