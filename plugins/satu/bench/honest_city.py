"""An honest city's deliveries, and the ways to change them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from satu.simulate.writing import Delivery

Change = Callable[[Delivery], Delivery | None]
"""A change of a delivery; none: it does not arrive."""


@dataclass(frozen=True)
class City:
    """An honest city: its deliveries, and where each person truly lives."""

    deliveries: list[Delivery]
    homes: pl.DataFrame
    """One row a person: true_id and kode_kelurahan, null for those who live elsewhere."""

    def of(self, feed: str) -> list[Delivery]:
        """Return the deliveries of a feed, in order."""
        return [delivery for delivery in self.deliveries if delivery.feed == feed]

    def changed(self, change: Change, *feeds: str) -> list[Delivery]:
        """Return the deliveries with those of some feeds changed, or left out where the change returns nothing."""
        found = [change(delivery) if delivery.feed in feeds else delivery for delivery in self.deliveries]
        return [delivery for delivery in found if delivery is not None]

    def villages(self) -> list[str]:
        """Return the codes of the villages, the largest first."""
        residents = self.homes.drop_nulls().group_by("kode_kelurahan").len()
        return residents.sort("len", "kode_kelurahan", descending=True)["kode_kelurahan"].to_list()

    def forms_of(self, village: str) -> pl.Series:
        """Return the numbers of the online forms and interviews that people of a village are on."""
        living = self.homes.filter(pl.col("kode_kelurahan") == village)["true_id"]
        forms = [
            delivery.frame.filter(delivery.true_ids.is_in(living.implode()))[delivery.frame.columns[0]]
            for delivery in self.deliveries
            if delivery.feed in ("online_person", "interview_person") and delivery.true_ids is not None
        ]
        return pl.concat(forms).unique()

    def without(self, village: str, *feeds: str) -> list[Delivery]:
        """Return the deliveries without a village's records in some feeds."""
        forms = self.forms_of(village)

        def kept(delivery: Delivery) -> Delivery:
            first = delivery.frame.columns[0]
            is_there = (
                pl.col("kode_sls").str.starts_with(village)
                if first == "kode_sls"
                else pl.col(first).is_in(forms.implode())
            )
            return with_frame(delivery, delivery.frame.filter(~is_there))

        return self.changed(kept, *feeds)


def with_frame(delivery: Delivery, frame: pl.DataFrame) -> Delivery:
    """Return a delivery of the same name with other records; damaged lines belong to the former ones."""
    return replace(delivery, frame=frame, true_ids=None, damage=())


def edited(*columns: pl.Expr) -> Change:
    """Return the change that replaces columns of a delivery."""
    return lambda delivery: with_frame(delivery, delivery.frame.with_columns(*columns))


def largest(deliveries: list[Delivery]) -> Delivery:
    """Return the delivery of most records."""
    return max(deliveries, key=lambda delivery: (delivery.frame.height, delivery.period))


def twice(city: City, *feeds: str) -> list[Delivery]:
    """Deliver feeds again under another name, the records in another order."""
    copies = [
        replace(with_frame(delivery, delivery.frame.reverse()), name=f"{delivery.name} (1)")
        for feed in feeds
        for delivery in city.of(feed)
    ]
    return [*city.deliveries, *copies]
