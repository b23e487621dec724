"""Wrong deliveries: a sender's mistakes in the exports of an honest city, one function per kind.

A kind takes the deliveries of a city and returns the wrong ones. Values are changed in the form of the exports. Kinds
in CORRECTIONS arrive after the honest deliveries are released, under the same names.
"""

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from satu.bench.honest_city import Change, City, edited, largest, twice, with_frame
from satu.simulate.writing import Delivery

PERSON_FEEDS = ("registry", "online_person", "verification", "interview_person", "pes_person")
ANSWERS = ("online_household", "online_person", "verification", "interview_household", "interview_person")


def _swapped_sex() -> pl.Expr:
    return pl.col("jk").replace({"1": "2", "2": "1", "L": "P", "P": "L"})


def _born(column: str, years: int) -> pl.Expr:
    """Move the year in a date, however it is written, by so many years."""
    year = pl.col(column).str.extract(r"(\d{4})", 1).cast(pl.Int64)
    moved = (year + years).cast(pl.String)
    return pl.col(column).str.extract(r"^(.*?)\d{4}", 1) + moved + pl.col(column).str.extract(r"\d{4}(.*)$", 1)


def _moved_births(years: int) -> Change:
    def change(delivery: Delivery) -> Delivery:
        column = "tgl_lhr" if "tgl_lhr" in delivery.frame.columns else "tgl_lahir"
        return with_frame(delivery, delivery.frame.with_columns(pl.coalesce(_born(column, years), column)))

    return change


def _shifted(column: str) -> pl.Expr:
    """Give each line the value of the line above it."""
    return pl.coalesce(pl.col(column).shift(1), pl.col(column).last())


def _only(delivery: Delivery, change: Change) -> Change:
    """Return the change of one delivery alone."""
    return lambda other: change(other) if other is delivery else other


def sex_swapped(city: City) -> list[Delivery]:
    """Swap the sexes in all feeds but one registry file."""
    kept = city.of("registry")[0]
    swap = edited(_swapped_sex())
    return city.changed(lambda delivery: delivery if delivery is kept else swap(delivery), *PERSON_FEEDS)


def village_renumbered(city: City) -> list[Delivery]:
    """Deliver a newer area table in which a village has another code in both systems."""
    village = city.villages()[1]
    (table,) = city.of("area")
    new_code = village[:7] + "099"
    is_there = pl.col("kode_sls").str.starts_with(village)
    frame = table.frame.with_columns(
        kode_sls=pl.when(is_there).then(new_code + pl.col("kode_sls").str.slice(10)).otherwise("kode_sls"),
        kode_kemendagri=pl.when(is_there)
        .then(pl.col("kode_kemendagri").str.slice(0, 9) + "1099")
        .otherwise("kode_kemendagri"),
        vintage=pl.lit("2020S2"),
    )
    return [*city.deliveries, replace(with_frame(table, frame), period="2020-08-01")]


def regency_renamed(city: City) -> list[Delivery]:
    """Give the regency another name in one row of the area table."""
    rename = pl.when(pl.int_range(pl.len()) == pl.len() // 2).then(pl.lit("AAA")).otherwise("nama_kabkota")
    return city.changed(edited(rename.alias("nama_kabkota")), "area")


def codes_swapped(city: City) -> list[Delivery]:
    """Give the lists and interviews of two villages each other's code."""
    one, other = city.villages()[:2]
    code, rest = pl.col("kode_sls").str.slice(0, 10), pl.col("kode_sls").str.slice(10)
    swapped = code.replace({one: other, other: one}) + rest
    return city.changed(edited(swapped.alias("kode_sls")), "verification", "interview_household")


def officer_finds_nobody(city: City) -> list[Delivery]:
    """Let one officer mark the whole list as not found."""
    officer = largest(city.of("verification")).frame["id_petugas"].mode()[0]
    status = pl.when(pl.col("id_petugas") == officer).then(pl.lit("TIDAK_ADA")).otherwise("status")
    return city.changed(edited(status.alias("status")), "verification")


def district_missing(city: City) -> list[Delivery]:
    """Leave out the registry's file of a district."""
    lost = largest(city.of("registry"))
    return [delivery for delivery in city.deliveries if delivery is not lost]


def registry_empty(city: City) -> list[Delivery]:
    """Deliver a registry extract that holds one record in twenty."""
    return city.changed(lambda one: with_frame(one, one.frame.head(one.frame.height // 20)), "registry")


def registry_outdated(city: City) -> list[Delivery]:
    """Deliver as the newest extract one in which half of the people are not yet."""
    newer = [
        replace(with_frame(delivery, delivery.frame.head(delivery.frame.height // 2)), period="2020-06-30")
        for delivery in city.of("registry")
    ]
    return [*city.deliveries, *newer]


def file_lost(city: City) -> list[Delivery]:
    """Leave out the list of one day in the middle of the field phase."""
    lost = largest(city.of("verification"))
    return [delivery for delivery in city.deliveries if delivery is not lost]


def day_twice(city: City) -> list[Delivery]:
    """Deliver a day of online forms again under another name and other numbers."""
    day = largest(city.of("online_household")).period
    renumbered = [
        replace(
            with_frame(delivery, delivery.frame.with_columns(pl.lit("X") + pl.col("id_kiriman"))),
            name=f"{delivery.name} (1)",
        )
        for delivery in city.deliveries
        if delivery.feed in ("online_household", "online_person") and delivery.period == day
    ]
    return [*city.deliveries, *renumbered]


def officer_finds_everybody(city: City) -> list[Delivery]:
    """Let one officer mark the whole list as found."""
    officer = largest(city.of("verification")).frame["id_petugas"].mode()[0]
    status = pl.when(pl.col("id_petugas") == officer).then(pl.lit("ADA_SESUAI_KK")).otherwise("status")
    return city.changed(edited(status.alias("status")), "verification")


def day_copied(city: City) -> list[Delivery]:
    """Deliver the forms of the day before again, instead of those of the busiest day."""
    busiest = largest(city.of("online_household")).period
    former = max(delivery.period for delivery in city.of("online_household") if delivery.period < busiest)
    frames = {delivery.feed: delivery.frame for delivery in city.deliveries if delivery.period == former}
    return city.changed(
        lambda delivery: with_frame(delivery, frames[delivery.feed]) if delivery.period == busiest else delivery,
        "online_household",
        "online_person",
    )


def newborns_missing(city: City) -> list[Delivery]:
    """Leave people born in the year before the census out of every feed."""

    def change(delivery: Delivery) -> Delivery:
        column = "tgl_lhr" if "tgl_lhr" in delivery.frame.columns else "tgl_lahir"
        is_newborn = pl.col(column).fill_null("").str.contains(r"2020|2019.1[0-2]|1[0-2].2019")
        return with_frame(delivery, delivery.frame.filter(~is_newborn))

    return city.changed(change, *PERSON_FEEDS)


def names_swapped(city: City) -> list[Delivery]:
    """Deliver a newer area table in which two villages have each other's name."""
    one, other = city.villages()[:2]
    (table,) = city.of("area")
    village = pl.col("kode_sls").str.slice(0, 10)
    named = table.frame.group_by(village.alias("village")).agg(pl.col("nama_kelurahan").first())
    names = dict(named.rows())
    name = village.replace(names | {one: names[other], other: names[one]})
    frame = table.frame.with_columns(name.alias("nama_kelurahan"), vintage=pl.lit("2020S2"))
    return [replace(with_frame(table, frame), period="2020-08-01")]


def list_silent(city: City) -> list[Delivery]:
    """Stop the list check after three days while interviews go on, seen in mid-phase."""
    return [
        delivery
        for delivery in city.deliveries
        if delivery.period <= "2020-09-12" and not (delivery.feed == "verification" and delivery.period > "2020-09-03")
    ]


def _correction_cut(city: City) -> list[Delivery]:
    day = largest(city.of("verification"))
    return [with_frame(day, day.frame.head(-min(60, day.frame.height // 2)))]


def _correction_of_names(city: City) -> list[Delivery]:
    day = largest(city.of("verification"))
    return [with_frame(day, day.frame.with_columns(pl.col("nama").reverse(), _swapped_sex()))]


KINDS: dict[str, Callable[[City], list[Delivery]]] = {
    "village missing from answers and lists": lambda city: city.without(city.villages()[4], *ANSWERS),
    "village missing from one feed": lambda city: city.without(city.villages()[1], "verification"),
    "village missing from online": lambda city: city.without(city.villages()[0], "online_household", "online_person"),
    "village missing from interviews": lambda city: city.without(
        city.villages()[0], "interview_household", "interview_person"
    ),
    "sex swapped": sex_swapped,
    "sex swapped in one feed": lambda city: city.changed(edited(_swapped_sex()), "verification"),
    "sex swapped in one file": lambda city: city.changed(
        _only(largest(city.of("verification")), edited(_swapped_sex())), "verification"
    ),
    "birth years -10": lambda city: city.changed(
        _moved_births(-10), "registry", "online_person", "verification", "interview_person"
    ),
    "birth years +10 in one feed": lambda city: city.changed(_moved_births(10), "online_person"),
    "area table twice": lambda city: twice(city, "area"),
    "registry twice": lambda city: twice(city, "registry"),
    "asn twice": lambda city: twice(city, "asn"),
    "control_total twice": lambda city: twice(city, "control_total"),
    "village renumbered": village_renumbered,
    "one row renames the regency": regency_renamed,
    "period 2202": lambda city: [
        *city.deliveries,
        replace(city.of("outreach")[0], period="2202-06-01", name="sosialisasi 2"),
    ],
    "file lost in the middle": file_lost,
    "day delivered twice": day_twice,
    "officer finds nobody": officer_finds_nobody,
    "names shifted by a line": lambda city: city.changed(edited(_shifted("nama")), "verification"),
    "NIKs shifted by a line": lambda city: city.changed(edited(_shifted("nik")), "verification"),
    "village codes swapped": codes_swapped,
    "targets x10": lambda city: city.changed(
        edited(pl.col("target_kk") + "0", pl.col("target_penduduk").replace("", None) + "0"), "area"
    ),
    "district missing from the registry": district_missing,
    "all died": lambda city: city.changed(edited(pl.lit("MENINGGAL").alias("status")), "verification"),
    "officer finds everybody": officer_finds_everybody,
    "all found": lambda city: city.changed(edited(pl.lit("ADA_SESUAI_KK").alias("status")), "verification"),
    "day copied": day_copied,
    "newborns missing": newborns_missing,
    "marital status swapped": lambda city: city.changed(
        edited(pl.col("kawin").replace({"1": "2", "2": "1"})), "online_person", "interview_person"
    ),
    "religion all one": lambda city: city.changed(edited(pl.lit("2").alias("agama")), "interview_person"),
    "activity all one": lambda city: city.changed(
        edited(pl.lit("1").alias("kegiatan")), "online_person", "interview_person"
    ),
    "NIKs of civil servants shifted by a line": lambda city: city.changed(edited(_shifted("nik")), "asn"),
    "relationship shifted by a line": lambda city: city.changed(edited(_shifted("hub")), "online_person"),
    "registry empty": registry_empty,
    "registry outdated": registry_outdated,
    "daily feed silent for a week": list_silent,
}
"""Whole deliveries by kind of mistake, as the first release of a city."""

CORRECTIONS: dict[str, Callable[[City], list[Delivery]]] = {
    "correction takes lines away": _correction_cut,
    "correction changes names and sexes": _correction_of_names,
    "newer area table swaps names": names_swapped,
}
"""What arrives after the release of the honest deliveries."""
