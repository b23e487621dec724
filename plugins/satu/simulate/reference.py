"""Reference deliveries: work areas, officers, civil servants, publicity and the published control totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from satu.simulate.names import draw_names
from satu.simulate.officers import SLS_PER_OFFICER, officer_id, officer_of
from satu.simulate.writing import Delivery, Dialect

if TYPE_CHECKING:
    from satu.simulate.areas import Areas

_OFFICES = ("SETDA", "DINKES", "DISDIKBUD", "DISKOMINSTA", "DISDUKCAPIL", "BAPPEDA", "SATPOL PP", "KECAMATAN")
_CHANNELS = ("EDARAN", "RADIO", "DIALOG", "MEDIA_SOSIAL", "WEBSITE", "SPANDUK", "JEMPUT_BOLA")


def areas_delivery(areas: Areas, people: pl.DataFrame) -> Delivery:
    """List the SLS with both code systems; the target is the number of cards in the extract, persons only for some."""
    cards = people.filter("in_registry").group_by("card").agg(kk=pl.col("kk").n_unique(), people=pl.len())
    place = areas.kelurahan[areas.kelurahan_of]
    frame = (
        areas.sls.with_row_index("row")
        .with_columns(pl.col("row").cast(pl.Int64))
        .join(cards, left_on="row", right_on="card", how="left", maintain_order="left")
    )
    return Delivery(
        "area",
        "2020-02-01",
        "wilayah",
        frame.select(
            kode_sls="code",
            nama_sls=pl.format("RT {} RW {}", "rt", "rw"),
            nama_provinsi=place["nama_provinsi"],
            nama_kabkota=place["nama_kabkota"],
            nama_kecamatan=place["nama_kecamatan"],
            nama_kelurahan=place["nama_kelurahan"],
            kode_kemendagri=place["kode_kemendagri"],
            zona=pl.lit(str(areas.city.zone)),
            target_kk=pl.col("kk").fill_null(0).cast(pl.String),
            target_penduduk=pl.when(pl.col("row") % 4 == 0)
            .then(pl.lit(""))
            .otherwise(pl.col("people").fill_null(0).cast(pl.String)),
            vintage=pl.lit("2020S1"),
        ),
    )


def officers_delivery(areas: Areas, rng: np.random.Generator) -> Delivery:
    """List enumerators with five SLS each and a supervisor (KOSEKA) for every eight enumerators, as a spreadsheet."""
    n = len(areas.weight)
    frame = pl.DataFrame({"sls": np.arange(n)}).with_columns(officer=officer_of(pl.col("sls")))
    officers = -(-n // SLS_PER_OFFICER)
    supervisors = -(-officers // 8)
    size = officers + supervisors
    name = draw_names(areas.city.code, rng.integers(1, 3, size), rng.integers(1965, 1999, size), np.arange(size), rng)
    supervisor = pl.format("KS{}{}", pl.lit(areas.city.code), (pl.col("officer") // 8).cast(pl.String).str.zfill(5))
    enumerators = frame.select(
        id_petugas=officer_id(areas.city.code, pl.col("officer")),
        nama=name.gather(frame["officer"]),
        peran=pl.lit("PS"),
        kode_sls=areas.sls["code"].gather(frame["sls"]),
    )
    leaders = frame.select(
        id_petugas=supervisor,
        nama=name.gather(frame["officer"] // 8 + officers),
        peran=pl.lit("KOSEKA"),
        kode_sls=areas.sls["code"].gather(frame["sls"]),
    )
    rows = pl.concat([enumerators, leaders]).with_columns(mulai=pl.lit("2020-09-01"), selesai=pl.lit("2020-09-30"))
    titles = ("DAFTAR PETUGAS SENSUS PENDUDUK 2020 (SIMULASI)", areas.kelurahan["nama_kabkota"][0])
    return Delivery("officer", "2020-08-31", "petugas", rows, dialect=Dialect("xlsx", titles=titles))


def asn_delivery(people: pl.DataFrame, areas: Areas, errors: float, rng: np.random.Generator) -> Delivery:
    """Civil servants: one resident adult in twenty-five; NIP = birth, appointment month, sex, serial (18 digits).

    2 % of the NIKs are the code of a refusal and 2 % lack a digit, times `errors`.
    """
    adults = people.filter(pl.col("is_resident") & pl.col("age").is_between(23, 58) & pl.col("nik").is_not_null())
    staff = adults.filter(pl.Series(rng.random(adults.height) < 0.04))
    n = staff.height
    office = pl.Series([_OFFICES[i] for i in rng.integers(0, len(_OFFICES), n).tolist()], dtype=pl.String)
    appointed = pl.concat_str(
        pl.col("birth").dt.year() + 22 + pl.min_horizontal(pl.col("age") - 23, pl.Series(rng.integers(0, 8, n))),
        pl.Series([f"{m:02d}" for m in rng.integers(1, 13, n).tolist()], dtype=pl.String),
    )
    fault = pl.Series(rng.random(n) / max(errors, 1e-9))
    frame = staff.select(
        nip=pl.concat_str(
            pl.col("birth").dt.to_string("%Y%m%d"),
            appointed,
            pl.col("sex"),
            (pl.int_range(pl.len()) % 999 + 1).cast(pl.String).str.zfill(3),
        ),
        nik=pl.when(fault < 0.02)
        .then(pl.lit("9999999999999994"))
        .when(fault < 0.04)
        .then(pl.col("nik").str.slice(0, 15))
        .otherwise("nik"),
        nama="name",
        instansi=office,
        kode_kabkota=pl.lit(areas.city.code),
    )
    return Delivery("asn", "2020-03-01", "asn", frame)


def outreach_delivery(areas: Areas, rng: np.random.Generator) -> Delivery:
    """Sixty publicity activities over the online phase, in the city and in its kelurahan."""
    n = 60
    day = np.sort(rng.integers(40, 150, n))
    codes = np.array([areas.city.code, *areas.kelurahan["kode_kelurahan"].to_list()])
    place = np.where(rng.random(n) < 0.4, areas.city.code, codes[rng.integers(0, len(codes), n)])
    channel = np.array(_CHANNELS)[rng.integers(0, len(_CHANNELS), n)]
    frame = pl.DataFrame({"row": np.arange(n), "day": day, "kode_wilayah": place, "kanal": channel}).select(
        id_kegiatan=pl.format("K{}{}", pl.lit(areas.city.code), pl.col("row").cast(pl.String).str.zfill(3)),
        tanggal=(pl.date(2020, 1, 1) + pl.duration(days="day")).dt.to_string("%Y-%m-%d"),
        kode_wilayah="kode_wilayah",
        kanal="kanal",
        judul=pl.lit("Sosialisasi ") + pl.col("kanal").str.replace("_", " ").str.to_titlecase(),
        jangkauan=pl.Series(rng.integers(100, 6000, n)).cast(pl.String),
    )
    return Delivery("outreach", "2020-06-01", "sosialisasi", frame)


def control_delivery(people: pl.DataFrame, online: pl.Series, areas: Areas) -> Delivery:
    """State the true figures of the simulation: residents by sex, their households, and those reached online."""
    residents = people.filter("is_resident")
    reached = residents.filter(pl.col("true_id").is_in(online.implode()))
    figures = {
        "PENDUDUK": residents.height,
        "PENDUDUK_L": residents.filter(pl.col("sex") == 1).height,
        "PENDUDUK_P": residents.filter(pl.col("sex") == 2).height,
        "KK": residents["hh"].n_unique(),
        "ONLINE_PENDUDUK": reached.height,
        "ONLINE_KK": reached["hh"].n_unique(),
    }
    frame = pl.DataFrame({"indikator": list(figures), "nilai": [str(n) for n in figures.values()]}).select(
        kode_wilayah=pl.lit(areas.city.code),
        indikator="indikator",
        nilai="nilai",
        tanggal=pl.lit("2020-09-30"),
        sumber=pl.lit("simulasi"),
    )
    return Delivery("control_total", "2020-12-31", "kontrol", frame)
