"""From pairs to people: connected records, split if one return would have a person twice."""

from typing import TYPE_CHECKING

from satu.link.rules import RULES

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]


def cluster(connection: "duckdb.DuckDBPyConnection") -> None:
    """Create table clustered (r, cluster, rule, probability), one row per record.

    `cluster` is the smallest record number in it; rule and probability are those of the strongest pair that links the
    record, null if it is alone. Pairs are accepted strongest first; a pair that would put two lines of one return into
    a cluster is left out. Table apart has additional returns and lines, for records that a reviewer decided are
    different people.
    """
    import numpy as np
    import pyarrow as pa

    size = int(connection.execute("select count(*) from record").fetchall()[0][0])
    edges = connection.execute(_EDGES).fetchnumpy()
    a, b = np.asarray(edges["a"], np.int64), np.asarray(edges["b"], np.int64)
    labels = connected(a, b, size)
    labels = _without_conflicts(connection, labels, a, b)
    clusters = pa.table({"r": pa.array(np.arange(size)), "cluster": pa.array(labels)})
    connection.register("labels", clusters)
    connection.execute(_CLUSTERED)
    connection.unregister("labels")


# Rules on two records go before the household rule, and that before the model; then by probability.
_EDGES = f"select a, b from edge order by greatest(rule, {len(RULES)}), probability desc, rule, a, b"  # noqa: S608 - a number
_CLUSTERED = """
create or replace table clustered as
with accepted as (
    select edge.* from edge join labels as x on x.r = edge.a join labels as y on y.r = edge.b
    where x.cluster = y.cluster
),
sides as (
    select a as r, rule, probability from accepted union all select b, rule, probability from accepted
),
strongest as (
    select r, min(rule) as rule, arg_max(probability, (-rule::integer, probability)) as probability
    from sides group by r
)
select labels.r::integer as r, labels.cluster::integer as cluster, strongest.rule, strongest.probability
from labels left join strongest using (r)
"""


_LINES = """
select r, return_no, line_no from record where return_no is not null union all select r, return_no, line_no from apart
"""


def connected(a: "Ints", b: "Ints", size: int) -> "Ints":
    """Label every record with the smallest record number that it is connected to."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(size, size))
    count, component = connected_components(graph, directed=False)
    smallest = np.full(count, size, dtype=np.int64)
    np.minimum.at(smallest, component, np.arange(size))
    return np.asarray(smallest[component])


def _without_conflicts(connection: "duckdb.DuckDBPyConnection", labels: "Ints", a: "Ints", b: "Ints") -> "Ints":
    """Link the records of every contradictory cluster again, pair by pair."""
    import numpy as np

    lines = connection.execute(_LINES).fetchnumpy()
    holder, return_no, line_no = labels[lines["r"]], lines["return_no"], lines["line_no"]
    order = np.lexsort((line_no, return_no, holder))
    same = (np.diff(holder[order]) == 0) & (np.diff(return_no[order]) == 0)
    contradictory = np.isin(labels, holder[order][1:][same & (np.diff(line_no[order]) != 0)])
    chosen = contradictory[lines["r"]]
    lines_of: dict[int, dict[int, int]] = {}
    for record, return_no, line_no in zip(
        *(lines[name][chosen].tolist() for name in ("r", "return_no", "line_no")), strict=True
    ):
        lines_of.setdefault(record, {})[return_no] = line_no
    merged = _Merger(lines_of)
    chosen = contradictory[a]
    for left, right in zip(a[chosen].tolist(), b[chosen].tolist(), strict=True):
        merged.link(left, right)
    labels = labels.copy()
    for record in np.flatnonzero(contradictory).tolist():
        labels[record] = merged.root(record)
    return labels


class _Merger:
    """Disjoint sets of records, the smallest number at the root; a set has at most one line of a return."""

    def __init__(self, lines: dict[int, dict[int, int]]) -> None:
        """`lines`: the line of a return that a record is, as {record: {return: line}}."""
        self._parent: dict[int, int] = {}
        self._lines = lines

    def root(self, record: int) -> int:
        """Return the smallest record number of the set of `record`."""
        while (parent := self._parent.get(record, record)) != record:
            self._parent[record] = self._parent.get(parent, parent)
            record = parent
        return record

    def link(self, left: int, right: int) -> None:
        """Unite the sets of two records, unless the union would have two lines of a return."""
        first, second = sorted((self.root(left), self.root(right)))
        if first == second:
            return
        held, added = self._lines.get(first, {}), self._lines.get(second, {})
        if any(held.get(return_no, line_no) != line_no for return_no, line_no in added.items()):
            return
        self._parent[second] = first
        self._lines[first] = held | added
