"""A person who is nobody else, in every feed that has people: in good records, damaged lines and refused files."""

import os
from pathlib import Path

import psycopg
from psycopg import sql

from satu import warehouse
from satu.settings import Settings

NIK = "3371015508779876"
FAMILY_CARD = "3371010101019875"
NAME = "ZZYXQUORIN WUXVANDELBRAK"
VALUES = (NIK, FAMILY_CARD, "ZZYXQUORIN", "WUXVANDELBRAK")
SLS = "3371010002000100"

# feed ↦ period, header, record; the last column is one that a file must have.
FEEDS = {
    "registry": (
        "2019-12-31",
        "no_kk,nama_lengkap,tmpt_lhr,tgl_lhr,jk,shdk,stat_kwn,agama,pddk_akh,alamat,kode_wilayah,semester,nik",
        f"{FAMILY_CARD},{NAME},MAGELANG,1977-08-15,2,1,1,1,5,JL. UJI NO. 987654,33.71.01.1007,2019S2,{NIK}",
    ),
    "online_household": (
        "2020-05-29",
        "id_kiriman,kode_sls,alamat,mulai,selesai,status,grade,perangkat,no_kk",
        f"OPLANTED1,{SLS},JL. UJI NO. 987654,2020-05-28T08:00:00+07:00,2020-05-28T08:02:00+07:00,KIRIM,A,MOBILE,"
        f"{FAMILY_CARD}",
    ),
    "online_person": (
        "2020-05-29",
        "id_kiriman,no_urut,nik,hub,jk,tempat_lahir,tgl_lahir,wn,kawin,kegiatan,ada_di_alamat,nama",
        f"OPLANTED1,1,{NIK},1,2,MAGELANG,1977-08-15,1,1,1,1,{NAME}",
    ),
    "verification": (
        "2020-09-10",
        "kode_sls,no_dp,no_kk,nik,jk,tgl_lahir,sumber,status,id_petugas,waktu,catatan,nama",
        f"{SLS},9871,{FAMILY_CARD},{NIK},2,1977-08-15,DUKCAPIL,ADA_SESUAI_KK,PS1,2020-09-08T09:00:00+07:00,,{NAME}",
    ),
    "interview_household": (
        "2020-10-03",
        "id_wawancara,kode_sls,no_kk,id_petugas,mode,mulai,selesai,hasil",
        f"CPLANTED1,{SLS},{FAMILY_CARD},PS1,WAWANCARA,2020-09-20T09:00:00+07:00,2020-09-20T09:20:00+07:00,LENGKAP",
    ),
    "interview_person": (
        "2020-10-03",
        "id_wawancara,no_urut,nik,hub,jk,tempat_lahir,tgl_lahir,wn,kawin,kegiatan,ada_di_alamat,nama",
        f"CPLANTED1,1,{NIK},1,2,MAGELANG,1977-08-15,1,1,1,1,{NAME}",
    ),
    "pes_person": (
        "2020-11-30",
        "id_pes,kode_sls,no_urut,nik,jk,tgl_lahir,umur,status,tanggal,nama",
        f"PPLANTED1,{SLS},1,{NIK},2,1977-08-15,43,PENDUDUK,2020-11-02,{NAME}",
    ),
    "asn": (
        "2020-03-01",
        "nip,nik,instansi,kode_kabkota,nama",
        f"197708152001012987,{NIK},DISDUKCAPIL,3371,{NAME}",
    ),
}


def plant(landing: Path) -> None:
    """Put the person into the landing place: in each feed a good record, a damaged line and a refused file."""
    for feed, (_, header, record) in FEEDS.items():
        write(landing, feed, "planted.csv", f"{header}\n{record}\n{record},one field too many\n")
        write(landing, feed, "planted_refused.csv", f"{without_last(header)}\n{without_last(record)},{NAME}\n")


def write(landing: Path, feed: str, name: str, text: str) -> None:
    """Write one file into its slot, as if it had been there for a while."""
    folder = landing / feed / "area=3371" / f"period={FEEDS[feed][0]}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    second = 1_600_000_000 + len(text)
    os.utime(path, (second, second))


def without_last(line: str) -> str:
    """Return a line without its last field."""
    return line.rpartition(",")[0]


def found_in(text: str) -> list[str]:
    """Return what of the person is in a text."""
    upper = text.upper()
    return [value for value in VALUES if value in upper]


def found_in_files(*folders: Path) -> dict[str, list[str]]:
    """Return file ↦ what of the person is in it, of all files below the folders."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {str(path): found for path in files if (found := found_in(path.read_bytes().decode("latin-1")))}


def tables_with(given: Settings) -> dict[str, int]:
    """Table ↦ rows with a value of the person, of every table of the database, the server's own included."""
    found = {}
    with psycopg.connect(warehouse.admin_url(given), autocommit=True) as connection:
        tables = connection.execute(
            "select n.nspname, c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
            " where c.relkind in ('r', 'm', 'v') and n.nspname <> 'information_schema' and (c.relkind <> 'v' or"
            " n.nspname !~ '^pg_') and n.nspname !~ '^pg_t' order by 1, 2"
        ).fetchall()
        for schema, table in tables:
            text = "encode(t.raw, 'escape')" if table == "rejected_record" else "t::text"
            query = sql.SQL("select count(*) from {} as t where upper({}) ~ {}").format(
                sql.Identifier(schema, table), sql.SQL(text), sql.Literal("|".join(VALUES))
            )
            row = connection.execute(query).fetchone()
            if row and row[0]:
                found[f"{schema}.{table}"] = row[0]
    return found


def tables_of_ours(given: Settings) -> dict[str, int]:
    """Tables with the person, but the server's statistics, which it gathers when it likes."""
    return {table: rows for table, rows in tables_with(given).items() if table != "pg_catalog.pg_statistic"}


def answer(given: Settings, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(warehouse.admin_url(given), autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()


def planted_person(given: Settings) -> list[tuple[object, ...]]:
    return answer(
        given,
        "select distinct person_id from staging.person_evidence join population.person_record"
        f" using (feed, file_id, record_no) where nik = '{NIK}'",
    )
