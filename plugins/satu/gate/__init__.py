"""gate: run the checks of a release, and say whether it may be published.

A suite is data (`expectations/`), a measurement is a fact (`ops.check_result`), a threshold is a rule beside the check.
`gate` measures and judges; `judge` judges again what was measured, with the thresholds of this moment.
"""

from satu.gate.catalogue import write_catalogue
from satu.gate.decisions import approve, decisions, reject, waive
from satu.gate.measure import measure
from satu.gate.silence import watch
from satu.gate.suites import load_suites
from satu.gate.verdict import Failure, Verdict, judge
from satu.settings import Settings

__all__ = [
    "Failure",
    "Verdict",
    "approve",
    "decisions",
    "gate",
    "judge",
    "needed_feeds",
    "reject",
    "waive",
    "watch",
    "write_catalogue",
]


def gate(settings: Settings, run_id: str) -> Verdict:
    """Run all suites against the warehouse, keep the results under `run_id` and return the verdict.

    Raises:
        BuildFailed: a suite file is not what it should be.

    """
    measure(settings, run_id, load_suites(settings.project_dir / "expectations"))
    return judge(settings, run_id)


def needed_feeds(settings: Settings) -> list[str]:
    """Return the feeds without a record of which the gate blocks, whatever else there is.

    Raises:
        BuildFailed: a suite file is not what it should be.
    """
    suites = load_suites(settings.project_dir / "expectations")
    return [feed for feed in suites.feeds() if suites.checks()["file", f"{feed}.records"].severity == "critical"]
