"""Name and reason of a decision, kept in the ledger; those of an approval or a waiver are published."""

import re

from satu.errors import WrongUsage

LONGEST_NAME = 100
LONGEST_REASON = 1000
IN_GROUPS = r"\d{6}[ ._-]\d{6}[ ._-]\d{4}|(?:\d{4}[ ._-]){3}\d{4}"
"""The sixteen digits of a person, in groups as people write them."""
_NO_CODE = re.compile(rf"\d{{11}}|{IN_GROUPS}")
"""More digits than the code of a village has, or sixteen in groups."""
_MARKUP = re.compile(r"<[A-Za-z!/?]")


def expect(by: str, reason: str, what: str = "a decision") -> None:
    """Check that a name and a reason are given and may be stored and shown.

    Raises:
        WrongUsage: a name or a reason is missing, or `problem` finds one.
    """
    if not by.strip() or not reason.strip():
        raise WrongUsage(f"{what} needs a name and a reason; one of them is empty")
    if found := problem(by, reason):
        raise WrongUsage(f"{found}; it is stored and may be published. Leave it out")


def problem(by: str, reason: str) -> str | None:
    """Return why a name or a reason must not be shown, without quoting it; none if it may."""
    for what, text, longest in (("name", by, LONGEST_NAME), ("reason", reason, LONGEST_REASON)):
        if len(text) > longest:
            return f"the {what} has {len(text):,} characters, expected at most {longest:,}"
        if _NO_CODE.search(text):
            return f"the {what} has a long number, such as that of a person"
        if _MARKUP.search(text):
            return f"the {what} has markup"
        if any(not letter.isprintable() for letter in text.replace("\n", "" if what == "reason" else "\n")):
            return f"the {what} has an invisible character"
    return None
