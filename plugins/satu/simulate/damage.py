"""Breaks single lines of a CSV file the way broken exports do; each stays one line, so its neighbours stay good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from satu.simulate.writing import Delivery

Damage = Literal["open_quote", "too_many_fields", "too_few_fields", "nul_byte", "broken_utf8"]
SEVERAL: tuple[Damage, ...] = ("too_many_fields", "too_few_fields", "open_quote", "nul_byte", "broken_utf8")


def break_lines(text: str, delivery: Delivery, rng: np.random.Generator) -> tuple[bytes, list[tuple[int, Damage]]]:
    """Break one line for each kind in `delivery.damage`; returns the bytes and (record number, kind) in line order.

    At most one quote stays open in a file: two would pair up and swallow the records between them.
    """
    dialect = delivery.dialect
    bom = b"\xef\xbb\xbf" if dialect.encoding == "utf-8-sig" else b""
    lines = text.encode("utf-8").split(dialect.line_end.encode())
    wanted = min(len(delivery.damage), delivery.frame.height // 5)
    chosen = np.sort(rng.choice(np.arange(1, delivery.frame.height + 1), size=wanted, replace=False))
    damaged: list[tuple[int, Damage]] = []
    for number, kind in zip(chosen.tolist(), delivery.damage[:wanted], strict=True):
        lines[number] = _broken(lines[number], kind, dialect.separator.encode())
        damaged.append((number, kind))
    return bom + dialect.line_end.encode().join(lines), damaged


def _broken(line: bytes, kind: Damage, separator: bytes) -> bytes:
    fields = line.replace(b'"', b"").split(separator)
    at = min(3, len(fields) - 1)
    if kind == "too_many_fields":
        return separator.join([*fields, b"", b"x"])
    if kind == "too_few_fields":
        return separator.join(fields[: max(2, len(fields) // 2)])
    if kind == "open_quote":
        fields[at] = b'"' + fields[at]
    elif kind == "nul_byte":
        fields[at] = fields[at] + b"\x00"
    else:
        fields[at] = fields[at] + b"\xc3\x28"
    return separator.join(fields)
