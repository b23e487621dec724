"""All checks of a run, measured and judged."""

from satu.gate.measure import measure
from satu.gate.suites import load_suites
from satu.gate.verdict import Verdict, judge
from satu.settings import Settings


def run_checks(settings: Settings, run_id: str) -> Verdict:
    """Run all suites on the warehouse, store the results under `run_id` and return the verdict.

    Raises:
        BuildFailed: a suite file is not what it should be.

    """
    measure(settings, run_id, load_suites(settings.project_dir / "expectations"))
    return judge(settings, run_id)


def needed_feeds(settings: Settings) -> list[str]:
    """Return the feeds of which the gate always needs a record.

    Raises:
        BuildFailed: a suite file is not what it should be.
    """
    suites = load_suites(settings.project_dir / "expectations")
    return [feed for feed in suites.feeds() if suites.checks()["file", f"{feed}.records"].severity == "critical"]
