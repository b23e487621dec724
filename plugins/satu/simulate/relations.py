"""Who heads each dwelling group on the census day, and how its members are related to the head."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from satu.simulate import families as f

if TYPE_CHECKING:
    from satu.simulate.areas import Ints

ADULT = 17
KINDS = ("other", "head", "spouse", "child", "child_in_law", "grandchild", "parent", "domestic_worker")
_OTHER, _HEAD, _SPOUSE, _CHILD, _CHILD_IN_LAW, _GRANDCHILD, _PARENT, _WORKER = range(len(KINDS))
_CHILDREN = range(f.CHILD, f.LAST_CHILD + 1)
_GRANDCHILDREN = range(f.GRANDCHILD, f.PARENT)
_PARENTS = (f.PARENT, f.OTHER_PARENT)
COUPLES = ((f.HEAD, f.WIFE), (f.CHILD, f.IN_LAW), _PARENTS)
"""Places of husband and wife; either may be the man but for the head's."""
_SHDK_WORKER = 10


def _table() -> Ints:
    """Relationship of the person in each place (column) to a head in each place (row)."""
    table = np.full((f.SLOTS, f.SLOTS), _OTHER)
    for head in (f.HEAD, f.WIFE):
        table[head, _CHILDREN], table[head, _GRANDCHILDREN], table[head, _PARENTS] = _CHILD, _GRANDCHILD, _PARENT
        table[head, f.IN_LAW] = _CHILD_IN_LAW
    table[_CHILDREN, f.HEAD], table[_CHILDREN, f.WIFE] = _PARENT, _PARENT
    for head in (f.CHILD, f.IN_LAW):
        table[head, _GRANDCHILDREN] = _CHILD
    table[f.IN_LAW, f.HEAD], table[f.IN_LAW, f.WIFE] = _PARENT, _PARENT
    for parent in _PARENTS:
        table[parent, f.HEAD], table[parent, _CHILDREN] = _CHILD, _GRANDCHILD
    for one, other in COUPLES:
        table[one, other], table[other, one] = _SPOUSE, _SPOUSE
    np.fill_diagonal(table, _HEAD)
    return table


_RELATION = _table()


def relate(people: pl.DataFrame) -> pl.DataFrame:
    """Add relationship, to the head of the dwelling group on the census day; null for those in no group.

    Head is the head of the family, else the wife, else the oldest adult child, else the oldest adult. Members of the
    group who do not live there on that day (they died or left) have a relationship too, for the forms that list them.
    `people` needs hh, slot, shdk, age and is_resident.
    """
    n = people.height
    group, slot, age = (people[column].to_numpy() for column in ("hh", "slot", "age"))
    rank = np.select([slot == f.HEAD, slot == f.WIFE, (slot >= f.CHILD) & (slot <= f.LAST_CHILD)], [0, 1, 2], 3)
    eligible = people["is_resident"].to_numpy() & (age >= ADULT) & (group >= 0)
    rows = np.flatnonzero(eligible)
    order = rows[np.lexsort((rows, -age[rows], rank[rows], group[rows]))]
    groups, first = np.unique(group[order], return_index=True)
    heads = order[first]
    at = np.minimum(np.searchsorted(groups, group), max(len(groups) - 1, 0))
    has_head = groups[at] == group
    head = np.where(has_head, heads[at], 0)
    kind = np.where(head == np.arange(n), _HEAD, _RELATION[slot[head], slot])
    kind = np.where((people["shdk"].to_numpy() == _SHDK_WORKER) & (kind != _HEAD), _WORKER, kind)
    names = pl.Series(np.array(KINDS)[kind])
    return people.with_columns(
        relationship=pl.when(pl.Series(has_head)).then(names), is_head=pl.Series(has_head & (kind == _HEAD))
    )


def partners(people: pl.DataFrame) -> Ints:
    """Return the row of everybody's husband or wife in the family, -1 for none; shape (people,)."""
    key = people["family"].to_numpy() * f.SLOTS + people["slot"].to_numpy()
    other = np.arange(f.SLOTS)
    for one, two in COUPLES:
        other[one], other[two] = two, one
    slot = people["slot"].to_numpy()
    wanted = key - slot + other[slot]
    at = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    return np.where((key[at] == wanted) & (wanted != key), at, -1)
