"""How the ledger remembers whom it has erased: by hashes under a key of its own, never by a value.

`ops.erased_identifier` holds one hash a NIK and one a record (its feed and natural key), so that a later delivery of
the same person is recognised while it is loaded, also where the record has no NIK; and one of a family card that was
the person's alone, by which damaged lines are recognised.
"""

from psycopg import sql

from satu.contracts import Contract

REASON = "erased at the person's request"
"""What a rejected record says that was erased, or came after its person was."""


def hash_of(what: sql.Composable) -> sql.Composed:
    """Return SQL for the hash of a text, null for none; the query reads `ops.erasure_key` as `key`."""
    return sql.SQL("encode(sha256(convert_to(key.secret || ':' || {}, 'UTF8')), 'hex')").format(what)


def nik_of(column: sql.Composable) -> sql.Composed:
    """Return SQL for what is hashed of a NIK: its 16 digits, whatever stands between or, as of a float, behind them."""
    digits = sql.SQL("regexp_replace(translate({}, {}, '0123456789'), '[^0-9]', '', 'g')")
    full_width = sql.Literal("".join(chr(0xFF10 + digit) for digit in range(10)))
    return sql.SQL("'nik:' || substr({}, 1, 16)").format(digits.format(column, full_width))


def card_of(column: sql.Composable) -> sql.Composed:
    """Return SQL for what is hashed of a family card that is of nobody else; others may come into it later."""
    return sql.SQL("'card:' || {}").format(column)


def record_of(contract: Contract, alias: str) -> sql.Composed:
    """Return SQL for what is hashed of a record of the feed's raw table; null where its natural key is not complete."""
    part = sql.SQL("upper(trim(leading '0' from nullif(trim({}), '')))")
    parts = [part.format(sql.Identifier(alias, column)) for column in contract.natural_key]
    return sql.SQL("{} || {}").format(sql.Literal(f"record:{contract.feed}|"), sql.SQL(" || '|' || ").join(parts))
