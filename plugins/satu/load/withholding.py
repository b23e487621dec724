"""Erased people do not return with later deliveries: their records are rejected, and the bytes are not kept."""

import psycopg
from psycopg import sql

from satu.contracts import Contract
from satu.privacy.erased_hashes import REASON, card_of, hash_of, nik_of, record_of

_WITHHOLD = """
with gone as (
    delete from {table} as r using ops.erasure_key as key
    where r._file_id = {file_id} and ({conditions}) returning r._record_no
)
insert into ops.rejected_record (file_id, record_no, reason) select {file_id}, _record_no, {reason} from gone
"""
# A rejected line has no columns: every run of 16 digits in it may be a NIK or a card. Bytes beyond ASCII become octals.
_BLANK = """
update ops.rejected_record as r set raw = null, reason = {reason}
from ops.erasure_key as key
where r.file_id = {file_id} and exists (
    select from regexp_split_to_table(
        regexp_replace(encode(r.raw, 'escape'), '\\\\[0-7][0-7][0-7]', ' ', 'g'), '[^0-9]+'
    ) as digits, generate_series(1, length(digits) - 15) as start
    where {nik} in (select identifier_hash from ops.erased_identifier)
        or {card} in (select identifier_hash from ops.erased_identifier)
)
"""


def withhold(connection: psycopg.Connection, contract: Contract, file_id: int) -> int:
    """Reject loaded records of erased people, and delete the bytes of rejected ones; return how many."""
    if not connection.execute("select 1 from ops.erased_identifier limit 1").fetchone():
        return 0
    hashed = [record_of(contract, "r")]
    hashed += [nik_of(sql.Identifier("r", column)) for column in contract.identifier_columns]
    known = sql.SQL("{} in (select identifier_hash from ops.erased_identifier)")
    values = {
        "table": sql.Identifier("raw", contract.feed),
        "file_id": sql.Literal(file_id),
        "reason": sql.Literal(REASON),
        "conditions": sql.SQL(" or ").join(known.format(hash_of(what)) for what in hashed),
        "nik": hash_of(nik_of(sql.SQL("substr(digits, start, 16)"))),
        "card": hash_of(card_of(sql.SQL("substr(digits, start, 16)"))),
    }
    connection.execute(sql.SQL(_BLANK).format(**values))
    return connection.execute(sql.SQL(_WITHHOLD).format(**values)).rowcount
