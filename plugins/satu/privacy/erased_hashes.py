"""How the ledger recognises erased people: by hashes with a separate key, never by values.

`ops.erased_identifier` has one hash per NIK and one per record (feed and natural key), so that later records of the
same person are recognised during loading, even without a NIK; and one of a family card that only this person had, to
recognise damaged lines.
"""

from psycopg import sql

from satu.contracts import Contract

REASON = "erased at the person's request"
"""Reason of a rejected record that was erased, or delivered after the erasure."""


def hash_of(what: sql.Composable) -> sql.Composed:
    """Return SQL for the hash of a text, null for none; the query reads `ops.erasure_key` as `key`."""
    return sql.SQL("encode(sha256(convert_to(key.secret || ':' || {}, 'UTF8')), 'hex')").format(what)


def nik_of(column: sql.Composable) -> sql.Composed:
    """Return SQL for the hashed form of a NIK: its 16 digits, without separators or the .0 of a float."""
    digits = sql.SQL("regexp_replace(translate({}, {}, '0123456789'), '[^0-9]', '', 'g')")
    full_width = sql.Literal("".join(chr(0xFF10 + digit) for digit in range(10)))
    return sql.SQL("'nik:' || substr({}, 1, 16)").format(digits.format(column, full_width))


def card_of(column: sql.Composable) -> sql.Composed:
    """Return SQL for the hashed form of a family card that only this person has; others may join it later."""
    return sql.SQL("'card:' || {}").format(column)


def record_of(contract: Contract, alias: str) -> sql.Composed:
    """Return SQL for the hashed form of a record of the feed's raw table; null if its natural key is incomplete."""
    part = sql.SQL("upper(trim(leading '0' from nullif(trim({}), '')))")
    parts = [part.format(sql.Identifier(alias, column)) for column in contract.natural_key]
    return sql.SQL("{} || {}").format(sql.Literal(f"record:{contract.feed}|"), sql.SQL(" || '|' || ").join(parts))
