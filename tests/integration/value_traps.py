"""The drop of test_traps_values.py: values that look good and are not, each in a record of its own."""

import csv
import io

from support import Landing

VILLAGE = "JAWA TENGAH,KOTA MAGELANG,MAGELANG SELATAN"
AREA_COLUMNS = "nama_provinsi,nama_kabkota,nama_kecamatan,nama_kelurahan,kode_kemendagri"
AREA = f"""kode_sls,nama_sls,{AREA_COLUMNS},zona,target_kk,target_penduduk,vintage,luas_km2
3371010002000100,RT 001 RW 001,{VILLAGE},MAGERSARI,33.71.01.1007,1,32,,%s,0.0250
3371010002000200,RT 002 RW 001,{VILLAGE},MAGERSARI,33.71.01.1007,1,34,,%s,"0,0150"
3371010003000100,RT 001 RW 002,{VILLAGE},REJOWINANGUN,33.71.01.1003,1,30,,%s,"1.250,5"
"""
GONE = f"3371010002000900,RT 009 RW 001,{VILLAGE},MAGERSARI,33.71.01.1007,1,12,,2019S2,0\n"
RENUMBERED = "3371010003000500"  # what 3371010003000100 was before
TWICE = "3371010002000200,RT 002 RW 001,JAWA TENGAH,KOTA SOLO,MAGELANG SELATAN,MAGERSARI,33.71.01.1007,1,99,,2020S1,\n"
# Residents of the registry by the trap that they are in; the rest is as in PLAIN, with a name and card of their own.
PLAIN = {
    "no_kk": "", "nama_lengkap": "", "tmpt_lhr": "MAGELANG", "tgl_lhr": "1995-06-07", "jk": "1",
    "shdk": "4", "stat_kwn": "1", "agama": "1", "pddk_akh": "5", "jenis_pkrjn": "GURU", "alamat": "JL. MAHENDRA",
    "no_rt": "001", "no_rw": "001", "kode_wilayah": "33.71.01.1007", "semester": "2019S2",
}  # fmt: skip
RESIDENTS: dict[str, dict[str, str]] = {
    "good": {"nik": "3371015806880001", "nama_lengkap": "ANGGUN VERA", "tgl_lhr": "1988-06-18", "jk": "2"},
    "slashed": {"nik": "3371010706950001", "tgl_lhr": "07/06/1995"},
    "slashed without zeros": {"nik": "3371010706950011", "tgl_lhr": "7/6/1995"},
    "month name": {"nik": "3371010706950002", "tgl_lhr": "07 Juni 1995"},
    "short month": {"nik": "3371010708950003", "tgl_lhr": "7 Agt 1995"},
    "serial": {"nik": "3371010706950004", "tgl_lhr": "34857"},
    "dashed": {"nik": "3371010706950021", "tgl_lhr": "07-06-1995"},
    "dotted": {"nik": "3371010706950022", "tgl_lhr": "07.06.1995"},
    "with a time": {"nik": "3371010706950023", "tgl_lhr": "1995-06-07 00:00:00"},
    "english month": {"nik": "3371010706950024", "tgl_lhr": "7-Jun-1995"},
    "without signs": {"nik": "3371010706950025", "tgl_lhr": "19950607"},
    "midnight elsewhere": {"nik": "3371010706950026", "tgl_lhr": "1995-06-06T17:00:00Z"},
    "floats": {"nik": "3371010706950027.0", "jk": "1.0", "no_rt": "1.0", "kode_wilayah": "3371011007.0"},
    "unseen": {"nik": "'3371010706950028\u200b", "jk": "1\u00a0", "kode_wilayah": "33.71.01.1007\t"},
    "code of a number": {"nik": "3371010706950029", "kode_wilayah": "33.7"},
    "words": {"nik": "3371010706950030", "stat_kwn": "NULL", "agama": "#N/A", "tmpt_lhr": "tidak ada", "no_rt": "nan"},
    "no name": {"nik": "3371010706950031", "nama_lengkap": "NULL"},
    "impossible day": {"nik": "3371010706950005", "tgl_lhr": "31/02/1995"},
    "month first": {"nik": "3371010706950006", "tgl_lhr": "06/25/1995"},
    "two-digit year": {"nik": "3371010706950007", "tgl_lhr": "07/06/95"},
    "nik date": {"nik": "3371010806950008"},
    "nik sex": {"nik": "3371014706950009"},
    "serial 0000": {"nik": "3371010706950000"},
    "day 35": {"nik": "3371013506950001"},
    "15 digits": {"nik": "337101070695001"},
    "none": {"nik": "9999999999999995"},
    "none through a float": {"nik": "9999999999999996"},
    "refused": {"nik": "9999999999999994"},
    "shared a": {
        "nik": "3371010101800001",
        "nama_lengkap": "SITI",
        "tgl_lhr": "1980-01-01",
        "no_kk": "3371011606090825",
    },
    "shared b": {
        "nik": "3371010101800001",
        "nama_lengkap": "WAWAN",
        "tgl_lhr": "1962-11-23",
        "no_kk": "3371011606090826",
    },
    "other system": {"nik": "3371010706950012", "kode_wilayah": "3371010002"},
    "unknown place": {"nik": "3371010706950013", "kode_wilayah": "33.71.09.1099"},
    "lost zero": {"nik": "3371010706950014", "kode_wilayah": "33.71.1.1007", "no_rt": "1", "no_rw": "01", "jk": "01"},
    "missing codes": {
        "nik": "3371010706950015",
        "stat_kwn": "98",
        "agama": "99",
        "tmpt_lhr": "-",
        "alamat": "N/A",
        "no_rt": "0",
    },
    "unknown code": {"nik": "3371010706950016", "stat_kwn": "7"},
    "formula": {
        "nik": "3371010706950017",
        "nama_lengkap": '=HYPERLINK("x")',
        "tmpt_lhr": "@SUM(A1)",
        "alamat": "+62",
        "jenis_pkrjn": "-GURU",
    },
    "two niks": {
        "nik": "3371010203750001",
        "nama_lengkap": "KUSUMA WARDANI",
        "tgl_lhr": "1975-03-02",
        "no_kk": "3371011606090827",
    },
}
VERIFICATION = "kode_sls,no_dp,no_kk,nik,nama,jk,tgl_lahir,sumber,status,id_petugas,waktu,catatan"
MORNING = "PS1,2020-09-07T08"
HERE = "DUKCAPIL,ADA_SESUAI_KK"
FIELD = f"""{VERIFICATION}
3371010002000100,1,3371011606099999,3371015806880001,ANGGUN VERA,2,1988-06-18,{HERE},{MORNING}:00:00+07:00,
3371010002000100,2,3371011606090827,3371010203750002,KUSUMA WARDANI,1,1975-03-02,{HERE},{MORNING}:10:00+07:00,
3371010002000900,3,,,TONO,1,,BARU,BARU_BELUM_TERCATAT,{MORNING}:20:00+07:00,
{RENUMBERED},4,,,TUTI,2,,BARU,BARU_BELUM_TERCATAT,{MORNING}:30:00+07:00,
3371010002000100,5,3371011606090828,3371014511810001,RATIH PALUPI,2,1981-11-05,{HERE},{MORNING}:40:00+07:00,
3371010002000100,6,3371011606090828,,RATIH PALUPI,2,1981-11-05,{HERE},{MORNING}:50:00+07:00,
"""
TIMES = f"""{VERIFICATION}
3371010002000100,11,,,SRI,2,1988-06-18,BARU,BARU_BELUM_TERCATAT,PS1,2020-09-07 08:30:00,
3371010002000100,12,,,DWI,1,1975-03-02,BARU,BARU_BELUM_TERCATAT,PS1,2020-09-07 08:30:00+07,
3371010002000100,13,,,TRI,2,1975-03-02,BARU,BARU_BELUM_TERCATAT,PS1,07/09/2020 08.30,
3371010002000100,14,,,EKO,1,1975-03-02,BARU,BARU_BELUM_TERCATAT,PS1,07-09-2020 08:30:00 WIB,
3371010002000100,15,,,YUNI,2,1975-03-02,BARU,BARU_BELUM_TERCATAT,PS1,7 September 2020 10.30 WIT,
"""
LATE = f"""{VERIFICATION}
3371010002000200,9,,,RINI,2,,BARU,BARU_PINDAH_MASUK,PS1,2020-09-30T08:00:00+07:00,
"""
OFFICER = "id_petugas,nama,peran,kode_sls,mulai,selesai\nPS1,OFFICER,PS,3371010002000100,2020-09-01,2020-09-30\n"
RETURN = """id_wawancara,kode_sls,no_kk,id_petugas,mode,mulai,selesai,hasil
C1,3371010003000100,,PS1,WAWANCARA,2020-09-23T08:14:00+07:00,2020-09-23T08:16:03+07:00,LENGKAP
"""
MEMBER = """id_wawancara,no_urut,nik,nama,hub,jk,tgl_lahir,ada_di_alamat
C1,1,,PARDI,1,1,1966-07-06,1
"""
ASN = "nip,nik,nama,instansi,kode_kabkota"


def registry_file() -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, ["nik", *PLAIN], lineterminator="\n")
    writer.writeheader()
    for number, values in enumerate(RESIDENTS.values()):
        own = {"no_kk": f"33710116060907{number:02}", "nama_lengkap": f"WARGA {chr(ord('A') + number) * 6}"}
        writer.writerow({**PLAIN, **own, **values})
    return text.getvalue().encode()


def deliver(landing: Landing) -> None:
    """Put the whole drop into its slots."""
    old = AREA.replace("3371010003000100", RENUMBERED) % (("2019S2",) * 3)
    landing.drop("area", "old.csv", (old + GONE).encode(), period="2019-08-01")
    new = AREA % (("2020S1",) * 3)
    landing.drop("area", "new.csv", new.encode(), period="2020-02-01")
    landing.drop("area", "new (1).csv", (new.splitlines()[0] + "\n" + TWICE).encode(), period="2020-02-01")
    landing.drop("officer", "officer.csv", OFFICER.encode(), period="2020-09-01")
    landing.drop("registry", "dkb.csv", registry_file(), period="2019-12-31")
    landing.drop("verification", "dp.csv", FIELD.encode(), period="2020-09-07")
    landing.drop("verification", "times.csv", TIMES.encode(), period="2020-09-07")
    landing.drop("verification", "late.csv", LATE.encode(), period="2020-10-15")
    for period in ("2020-09-23", "2020-09-24"):  # sent twice, then once more with the supervisor's approval
        for name in ("c1.csv", "c1_again.csv")[: 2 if period == "2020-09-23" else 1]:
            blank = "\n" if name == "c1_again.csv" else ""
            landing.drop("interview_household", name, (RETURN + blank).encode(), period=period)
            landing.drop("interview_person", name, (MEMBER + blank).encode(), period=period)
    rounded = "".join(f"{number},33710107069500{number:02}0"[:-2] + "0,A,B,3371\n" for number in range(10, 35))
    landing.drop("asn", "excel.csv", f"{ASN}\n{rounded}".encode())
