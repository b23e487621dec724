"""The metadata of statistics by Peraturan BPS 5/2020: `ms-kegiatan.json`, `ms-variabel.csv` and `ms-indikator.csv`.

The names of the fields are those of the forms MS-Keg, MS-Var and MS-Ind as they are commonly known; they were not
checked against the text of the regulation. Only well-known fields are here. Names and fixed texts are Indonesian;
definitions are English, as in the release.
"""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from satu.export import source
from satu.export.catalogue.office import BLANK, blanks
from satu.export.catalogue.subject import Subject
from satu.export.data import NUMBERS, Exported
from satu.export.site.words import Language

ACTIVITY = "ms-kegiatan.json"
VARIABLES = "ms-variabel.csv"
INDICATORS = "ms-indikator.csv"
OPEN = "yang_belum_diisi"
"""The field that lists what is blank: paths in the activity, columns in a row."""
_FORM = "Menurut Peraturan BPS 5/2020 sebagaimana diketahui; nama rincian belum dicocokkan dengan teks peraturan."
_STATUS = "_status"
_YES, _NO = "ya", "tidak"
_TYPES = {
    "boolean": "ya/tidak",
    "integer": "bilangan bulat",
    "number": "bilangan desimal",
    "date": "tanggal",
    "timestamp": "waktu",
    "string": "teks",
}
_LEVELS = {
    "country": "nasional",
    "province": "provinsi",
    "regency": "kabupaten/kota",
    "district": "kecamatan",
    "village": "desa/kelurahan",
    "sls": "satuan lingkungan setempat (SLS)",
}
_MEASURES = {"_percent": "persentase", "_rate": "laju", "_ratio": "rasio", "_index": "indeks", "_count": "jumlah"}


def write_bps(connection: psycopg.Connection, about: Subject, folder: Path) -> None:
    """Write the three files into `folder`; a table has one header line, and no rows where the release has none."""
    activity = {**_head(about), **_activity(about)}
    activity[OPEN] = list(blanks(activity))
    (folder / ACTIVITY).write_text(json.dumps(activity, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    statuses = [row["status"] for row in source.read(connection, about.info.release_id, "value_status")]
    _write(folder / VARIABLES, _VARIABLE, _variables(about, statuses))
    _write(folder / INDICATORS, _INDICATOR, _indicators(connection, about))


def _head(about: Subject) -> dict[str, Any]:
    head = {
        "formulir": "MS-Keg",
        "bentuk": _FORM,
        "rilis": about.info.release_id,
        "data_simulasi": about.info.is_simulated,
    }
    return {**head, **({"keterangan": about.notice("id")} if about.info.is_simulated else {})}


def _activity(about: Subject) -> dict[str, Any]:
    office, info = about.office, about.info
    contact, schedule = office.responsible, office.schedule
    day = about.info.reference_date or BLANK
    return {
        "identitas": {
            "judul_kegiatan": about.title("id"),
            "tahun_kegiatan": day[:4] if about.info.reference_date else BLANK,
            "kode_kegiatan": office.activity_code,
            "jenis_statistik": "statistik dasar",
            "cara_pengumpulan_data": "pencacahan lengkap",
            "sektor_kegiatan": "kependudukan",
        },
        "penyelenggara": {
            "instansi_penyelenggara": office.institution,
            "alamat": office.institution_address,
            "telepon": office.institution_telephone,
            "email": office.institution_email,
        },
        "penanggung_jawab": {
            "unit_eselon_1": office.unit_echelon_1,
            "unit_eselon_2": office.unit_echelon_2,
            "nama": contact.name,
            "jabatan": contact.position,
            "alamat": contact.address,
            "telepon": contact.telephone,
            "email": contact.email,
        },
        "perencanaan_dan_persiapan": {
            "latar_belakang": office.background,
            "tujuan": "Menghitung penduduk dan rumah tangga menurut wilayah, umur, jenis kelamin, dan ciri lain.",
            "dasar_hukum": office.legal_basis,
            "anggaran": office.budget,
            "jadwal": {
                "perencanaan": schedule.planning,
                "pengumpulan_data": schedule.collection,
                "pengolahan": schedule.processing,
                "analisis": schedule.analysis,
                "diseminasi": schedule.dissemination,
                "evaluasi": schedule.evaluation,
            },
        },
        "desain_kegiatan": {
            "hari_rujukan": day,
            "cakupan_wilayah": f"{info.area_code} {about.area_name}",
            "metode_pengumpulan_data": "pengisian sendiri secara daring, pemeriksaan daftar penduduk, dan wawancara",
            "unit_pengumpulan_data": "individu dan rumah tangga",
        },
        "pengolahan": {
            "tahapan_pengolahan": "penyuntingan, penyandian, pemadanan rekaman, dan validasi",
            "metode_analisis": "deskriptif; cakupan diperkirakan dari survei pascasensus bila ada",
            "unit_analisis": "individu, rumah tangga, dan wilayah",
            "perlindungan_kerahasiaan": "cacah diubah secara acak; cacah yang kecil tidak ditampilkan",
        },
        "diseminasi": {
            "tersedia_digital": _YES,
            "lisensi": about.settings.licence,
            "tanggal_rilis": info.created_at.date().isoformat(),
            "produk": [table.name for table in about.exported],
        },
    }


_VARIABLE = (
    *("tabel", "nama_variabel", "alias", "definisi", "bahasa_definisi", "referensi_pemilihan", "referensi_waktu"),
    *("tipe_data", "domain_nilai", "aturan_validasi", "dapat_diakses_umum", "rilis", "data_simulasi", OPEN),
)


def _variables(about: Subject, statuses: list[str]) -> Iterator[dict[str, str]]:
    words = Language("id")
    for table in about.exported:
        keys, meant = about.keys.get(table.name, ()), about.meanings[table.name].columns
        for name, kind in table.columns.items():
            definition = meant.get(name, "")
            yield {
                "tabel": table.name,
                "nama_variabel": name,
                "alias": words.heading(name),
                "definisi": definition,
                "bahasa_definisi": "en" if definition else "",
                "referensi_pemilihan": about.office.variable_reference,
                "referensi_waktu": about.info.reference_date or BLANK,
                "tipe_data": _TYPES.get(kind, kind),
                "domain_nilai": "; ".join(statuses) if name.endswith(_STATUS) else "",
                "aturan_validasi": _rule(table, name, keys),
                "dapat_diakses_umum": _YES,
                **_ending(about),
            }


def _rule(table: Exported, name: str, keys: tuple[str, ...]) -> str:
    if name in keys:
        return f"tidak kosong; unik bersama {', '.join(keys)}"
    if f"{name}{_STATUS}" in table.columns:
        return f"kosong hanya bila {name}{_STATUS} bukan shown"
    return ""


_INDICATOR = (
    *("tabel", "nama_variabel", "nama_indikator", "alias", "definisi", "bahasa_definisi", "interpretasi", "kegunaan"),
    *("metode_perhitungan", "ukuran", "satuan", "klasifikasi_penyajian", "indikator_komposit", "variabel_pembangun"),
    *("level_estimasi", "referensi_waktu", "dapat_diakses_umum", "rilis", "data_simulasi", OPEN),
)


def _indicators(connection: psycopg.Connection, about: Subject) -> Iterator[dict[str, str]]:
    words = Language("id")
    columns = {table.name: table.columns for table in about.exported}
    rows = source.read(connection, about.info.release_id, "indicator_metadata")
    levels = {table: _levels(connection, about, table) for table in {r["dataset_id"] for r in rows} & columns.keys()}
    for row in sorted(rows, key=lambda r: (r["dataset_id"], r["variable_name"])):
        name, table = row["variable_name"], row["dataset_id"]
        named = set(re.findall(r"\w+", row["computation"])) - {name}
        parts = [part for part, kind in columns.get(table, {}).items() if part in named and kind in NUMBERS]
        yield {
            "tabel": table,
            "nama_variabel": name,
            "nama_indikator": row["indicator_name"],
            "alias": words.heading(name),
            "definisi": row["definition"],
            "bahasa_definisi": "en",
            "interpretasi": about.office.interpretations.get(name, BLANK),
            "kegunaan": row["intended_use"],
            "metode_perhitungan": row["computation"],
            "ukuran": next((word for ending, word in _MEASURES.items() if name.endswith(ending)), ""),
            "satuan": row["unit"],
            "klasifikasi_penyajian": "; ".join(about.keys.get(table, ())),
            "indikator_komposit": _NO,
            "variabel_pembangun": "; ".join(parts),
            "level_estimasi": "; ".join(levels.get(table, [])),
            "referensi_waktu": about.info.reference_date or BLANK,
            "dapat_diakses_umum": _YES,
            **_ending(about),
        }


def _levels(connection: psycopg.Connection, about: Subject, table: str) -> list[str]:
    query = sql.SQL("select distinct area_level from {} where release_id = %s").format(
        sql.Identifier("released", table)
    )
    found = {level for (level,) in connection.execute(query, (about.info.release_id,))}
    return [name for level, name in _LEVELS.items() if level in found]


def _ending(about: Subject) -> dict[str, str]:
    return {"rilis": about.info.release_id, "data_simulasi": _YES if about.info.is_simulated else _NO}


def _write(target: Path, names: tuple[str, ...], rows: Iterator[dict[str, str]]) -> None:
    with target.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({**row, OPEN: "; ".join(blanks(row))})
