"""An Airflow operator that asks a person whether a run with warnings may be published.

The task is deferred while it waits. The ledger records who answered in Airflow, and the reason. The task also checks
the ledger every few minutes and stops asking when the run was decided by `satu approve` or `satu waive`, or replaced by
a newer run. After a day it fails, so that later runs are not blocked for ever.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowFailException
from airflow.sdk.timezone import utcnow

from satu import signature
from satu.orchestration.tasks import call
from satu.pipeline import approval

if TYPE_CHECKING:
    from airflow.sdk import Context

LOOKS_EVERY = timedelta(minutes=5)
GIVES_UP_AFTER = timedelta(days=1)


class ApprovalOfRun(ApprovalOperator):
    """Asks a person about the failed warnings of a run; succeeds at once if there are none."""

    template_fields: Sequence[str] = ("release_run",)

    def __init__(self, *, release_run: Any, **kwargs: Any) -> None:
        self.release_run = release_run
        reason = Param("", type="string", title="Reason", description="Reason; kept with the decision.")
        super().__init__(subject="Publish this run?", params={"reason": reason}, response_timeout=LOOKS_EVERY, **kwargs)

    def execute(self, context: "Context") -> Any:
        """Ask, unless the run may continue without a decision.

        Raises:
            AirflowFailException: the run was rejected, blocked or replaced, or nobody answered for a day.
        """
        warnings = call(approval.open_warnings, self.release_run)
        if not warnings:
            return None
        begun = context["dag_run"].start_date
        if begun and utcnow() - begun > GIVES_UP_AFTER:
            raise AirflowFailException(
                f"nobody decided on run {self.release_run} within a day; `satu approve` still publishes it"
            )
        self.subject = f"Publish run {self.release_run} with {len(warnings)} warnings?"
        self.body = "\n".join(["These checks failed:", "", *(f"- {warning}" for warning in warnings)])
        return super().execute(context)

    def execute_complete(self, context: "Context", event: dict[str, Any]) -> Any:
        """Record the answer; ask again if there is none or its reason cannot be kept.

        Raises:
            AirflowFailException: a person rejected the run, or it can no longer be decided.
        """
        reason = str((event.get("params_input") or {}).get("reason", "")).strip()
        person = event.get("responded_by_user")
        if not (person and reason) or signature.problem(person["name"], reason):
            return self.execute(context)
        if not call(approval.open_warnings, self.release_run):
            return self.execute(context)
        if event["chosen_options"] == [self.REJECT]:
            call(approval.reject, self.release_run, person["name"], reason)
            raise AirflowFailException(f"run {self.release_run} was rejected by {person['name']}; nothing was released")
        call(approval.record_approval, self.release_run, person["name"], reason)
        return None
