"""release: candidate tables become the next release, and releases are listed, compared, kept and dropped."""

from satu.release.diff import Difference, diff, rules_that_differ
from satu.release.publishing import (
    Release,
    ReleaseResult,
    bring_views_up_to_date,
    is_built_from_now,
    is_dealt_with,
    is_released,
    manifest_of,
    publish,
    releases,
    rollback,
)
from satu.release.retention import keep, let_go, prune

__all__ = [
    "Difference",
    "Release",
    "ReleaseResult",
    "bring_views_up_to_date",
    "diff",
    "is_built_from_now",
    "is_dealt_with",
    "is_released",
    "keep",
    "let_go",
    "manifest_of",
    "prune",
    "publish",
    "releases",
    "rollback",
    "rules_that_differ",
]
