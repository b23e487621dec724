"""Hostile and broken text: encodings, line ends, quotes and sizes, each with the outcome that docs/traps.md states."""

from asn_files import GOOD, HEADER, OTHER, PLAIN, TOTALS, asn, expect_loaded, expect_refused, names

from support import Landing


def test_utf_16_is_read_in_either_byte_order(landing: Landing) -> None:
    for name, encoding, mark in (("le.csv", "utf-16-le", b"\xff\xfe"), ("be.csv", "utf-16-be", b"\xfe\xff")):
        landing.drop("asn", name, mark + PLAIN.decode().replace("AGUS", f"AGÚS {name}").encode(encoding))
    assert landing.load() == {"loaded": 2}
    assert sorted(names(landing)) == ["AGÚS be.csv", "AGÚS le.csv", "ANGGUN VERA", "ANGGUN VERA"]


def test_a_utf_16_text_that_breaks_off_is_refused(landing: Landing) -> None:
    landing.drop("asn", "half.csv", PLAIN.decode().encode("utf-16")[:-1])
    landing.load()
    expect_refused(landing, "half.csv", "not utf-16 throughout")


def test_windows_1252_is_read_where_the_contract_declares_it(landing: Landing) -> None:
    landing.drop("asn", "old.csv", PLAIN.decode().replace("AGUS", "JOSÉ").encode("windows-1252"))
    assert landing.load() == {"loaded": 1}
    assert names(landing) == ["ANGGUN VERA", "JOSÉ"]


def test_windows_1252_far_down_and_beside_utf_8_is_read(landing: Landing) -> None:
    many = f"{GOOD}\n" * 6000  # the first letter that is not ASCII is beyond the part that decides the encoding
    late = OTHER.replace("AGUS", "JOSÉ")
    content = f"\ufeff{HEADER}\n{many}{late}\n".encode() + f"{late}\n".encode("windows-1252")
    landing.drop("asn", "late.csv", content)
    assert landing.load() == {"loaded": 1}
    assert names(landing)[-2:] == ["JOSÉ", "JOSÉ"]


def test_windows_1252_elsewhere_is_quarantined(landing: Landing) -> None:
    landing.drop("control_total", "old.csv", f"{TOTALS}\n{OTHER.replace('AGUS', 'JOSÉ')}\n{GOOD}\n".encode("latin-1"))
    landing.load()
    expect_loaded(landing, "old.csv", 2, rejected=1)


def test_mixed_line_ends_are_read(landing: Landing) -> None:
    landing.drop("asn", "mixed.csv", f"{HEADER}\r\n{GOOD}\n{OTHER}\r\n".encode())
    assert landing.load() == {"loaded": 1}
    assert landing.query("select kode_kabkota from raw.asn") == [("3371",), ("3371",)]


def test_carriage_returns_alone_end_lines_in_a_file_of_many_blocks(landing: Landing) -> None:
    landing.drop("asn", "cr.csv", f"{HEADER}\r{(GOOD + chr(13)) * 40_000}".encode())
    assert landing.load() == {"loaded": 1}
    expect_loaded(landing, "cr.csv", 40_000)


def test_a_quoted_line_end_belongs_to_the_value(landing: Landing) -> None:
    landing.drop("asn", "lines.csv", asn(GOOD.replace("ANGGUN VERA", '"ANGGUN\nVERA"'), OTHER))
    landing.load()
    expect_loaded(landing, "lines.csv", 2)
    assert names(landing) == ["ANGGUN\nVERA", "AGUS"]


def test_a_quoted_line_end_in_the_first_column_belongs_to_the_value(landing: Landing) -> None:
    header = "nama,nip,nik,instansi,kode_kabkota"
    lines = '"ANGGUN\nVERA",198806182010012000,,SETDA,3371', '"A\nB,C,D,E,F",198702182010011001,,DINKES,3371'
    landing.drop("asn", "a.csv", asn(*lines, header=header))
    landing.load()
    expect_loaded(landing, "a.csv", 2)
    assert names(landing) == ["ANGGUN\nVERA", "A\nB,C,D,E,F"]


def test_lines_after_a_quote_that_never_closes_are_recovered(landing: Landing) -> None:
    landing.drop("asn", "open.csv", asn(GOOD.replace("ANGGUN", '"ANGGUN'), *[OTHER] * 30_000))
    landing.load()
    expect_loaded(landing, "open.csv", 30_001, rejected=1)
    assert landing.query("select record_no, line_no from ops.rejected_record") == [(1, 2)]


def test_a_line_of_10_mb_is_quarantined_with_its_beginning(landing: Landing) -> None:
    landing.drop("asn", "long.csv", asn(GOOD, "x," * 5_000_000, OTHER))
    landing.load()
    expect_loaded(landing, "long.csv", 3, rejected=1)
    [(length, reason)] = landing.query("select length(raw), reason from ops.rejected_record")
    assert length == 1 << 16
    assert "longer than 1,048,576 bytes" in reason


def test_a_line_of_10_mb_is_quarantined_in_utf_16_too(landing: Landing) -> None:
    """The line has as many fields as it should: only its length is wrong."""
    long = OTHER.replace("AGUS", "x" * 10_000_000)
    landing.drop("asn", "long.csv", asn(GOOD, long, OTHER).decode().encode("utf-16"))
    landing.load()
    expect_loaded(landing, "long.csv", 3, rejected=1)
    assert landing.query("select reason from ops.rejected_record") == [("longer than 1,048,576 bytes",)]


def test_a_field_of_200_kb_is_a_value_whatever_else_the_file_holds(landing: Landing) -> None:
    long = GOOD.replace("ANGGUN VERA", "A" * 200_000)
    landing.drop("asn", "long.csv", asn(long, OTHER.replace("AGUS", '"AGUS"')))
    landing.load()
    expect_loaded(landing, "long.csv", 2)


def test_a_rounded_identifier_across_two_blocks_refuses_the_file(landing: Landing) -> None:
    """Text is read in blocks that end at multiples of 256 KiB, in the middle of a line if need be."""
    header = "id_pes,kode_sls,no_urut,nik,nama,jk,tgl_lahir,umur,status,tanggal\n"
    record = "1,3371010002000100,1,{},{},1,2000-01-01,20,PENDUDUK,2020-10-01\n"
    filled, rounded = record.format("", "x" * 4000) * 64, record.format("3.37E+15", "x")
    room = (1 << 18) - len(header) - len(filled) - rounded.index("+")
    text = header + filled + record.format("", "x" * (room - len(record.format("", "")))) + rounded
    assert text.encode()[(1 << 18) - 1 :].startswith(b"E+15")
    landing.drop("pes_person", "a.csv", text.encode())
    landing.load()
    expect_refused(landing, "a.csv", "rounded number")


def test_a_text_that_breaks_off_in_its_last_value_says_so(landing: Landing) -> None:
    landing.drop("asn", "whole.csv", PLAIN[:-1])
    landing.drop("asn", "cut.csv", PLAIN[:-3])
    landing.load()
    assert expect_loaded(landing, "whole.csv", 2)["findings"] is None
    assert "it may be cut off" in expect_loaded(landing, "cut.csv", 2)["findings"]
