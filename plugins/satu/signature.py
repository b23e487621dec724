"""Who decides and why: words of a person that the ledger keeps; those of an approval or a waiver are published."""

import re

from satu.errors import WrongUsage

LONGEST_NAME = 100
LONGEST_REASON = 1000
IN_GROUPS = r"\d{6}[ ._-]\d{6}[ ._-]\d{4}|(?:\d{4}[ ._-]){3}\d{4}"
"""The sixteen digits of a person as people write them down."""
_NO_CODE = re.compile(rf"\d{{11}}|{IN_GROUPS}")
"""More digits than the code of a village has, or sixteen in groups."""
_MARKUP = re.compile(r"<[A-Za-z!/?]")


def expect(by: str, reason: str, what: str = "a decision") -> None:
    """Refuse words that say nothing, or that may not be kept and shown.

    Raises:
        WrongUsage: a name or a reason is missing, or `problem` finds one.
    """
    if not by.strip() or not reason.strip():
        raise WrongUsage(f"{what} needs the name of who decides and a reason; one of them is empty")
    if found := problem(by, reason):
        raise WrongUsage(f"{found}; it is kept and may be published. Say it without")


def problem(by: str, reason: str) -> str | None:
    """Return what keeps a name or a reason from being shown, without quoting it; none where nothing does."""
    for what, text, longest in (("name", by, LONGEST_NAME), ("reason", reason, LONGEST_REASON)):
        if len(text) > longest:
            return f"the {what} has {len(text):,} characters, expected at most {longest:,}"
        if _NO_CODE.search(text):
            return f"the {what} holds a long number, such as that of a person"
        if _MARKUP.search(text):
            return f"the {what} holds markup"
        if any(not sign.isprintable() for sign in text.replace("\n", "" if what == "reason" else "\n")):
            return f"the {what} holds a sign that cannot be seen"
    return None
