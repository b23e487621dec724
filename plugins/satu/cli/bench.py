"""The commands `satu bench …`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from satu import settings
from satu.cli import console as show
from satu.cli.output import JsonFlag, answer, print_json

bench = typer.Typer(
    help="Measure speed and quality, as ratios against a baseline of the same run.", no_args_is_help=True
)


@bench.command("load")
def bench_load(
    records: Annotated[int, typer.Option(help="How many records.", min=8000)] = 2_000_000, as_json: JsonFlag = False
) -> None:
    """Compare the speed of loading with psql's copy and other loaders, on a separate server."""
    from satu.bench.load import bench_load as measure

    console = show.console(stderr=as_json)
    found = asdict(measure(settings.load(), records, lambda line: console.print(line, highlight=False)))
    answer(as_json, found, [f"{name}: {value}" for name, value in found.items()])


@bench.command("link")
def bench_link(
    scale: Annotated[float, typer.Option(help="Share of the simulated city's population.", min=0.01, max=10)] = 1.0,
    large: Annotated[
        bool, typer.Option("--large", help="Link five million records as well; takes an hour and 40 GB.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Measure how well and how fast records are linked, on simulated cities (servers of their own) and public data."""
    from satu.bench.link import bench_link as measure

    console = show.console(stderr=as_json)
    found = asdict(measure(settings.load(), scale, large, lambda line: console.print(line, highlight=False)))
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        console.print(
            show.table(value, name, console.width) if isinstance(value, list) else f"{name}: {value}", highlight=False
        )


@bench.command("coverage")
def bench_coverage(
    simulations: Annotated[int, typer.Option(help="How many cities.", min=1)] = 100, as_json: JsonFlag = False
) -> None:
    """Count the coverage estimates whose interval contains the truth, on simulated cities and a separate server."""
    from satu.bench.coverage import bench_coverage as measure

    console = show.console(stderr=as_json)
    found = asdict(measure(settings.load(), simulations, lambda line: console.print(line, highlight=False)))
    answer(as_json, found, [f"{name}: {value}" for name, value in found.items()])


@bench.command("edit")
def bench_edit(
    seeds: Annotated[int, typer.Option(help="How many cities.", min=1)] = 20,
    scale: Annotated[float, typer.Option(help="Share of the simulated city's population.", min=0.01, max=10)] = 1.0,
    as_json: JsonFlag = False,
) -> None:
    """Damage the answers of simulated cities, edit them on a separate server, and compare with the truth."""
    from satu.bench.edit import bench_edit as measure
    from satu.bench.edit import by_variable

    console = show.console(stderr=as_json)
    measured = measure(settings.load(), seeds, scale, lambda line: console.print(line, highlight=False))
    found = asdict(measured)
    if as_json:
        print_json(found)
        return
    console.print(show.table(by_variable(measured), "by variable", console.width), highlight=False)
    for name, value in found.items():
        if name not in ("distance", "accuracy"):
            console.print(f"{name}: {value}", highlight=False)


@bench.command("gate")
def bench_gate(
    campaigns: Annotated[int, typer.Option(help="How many honest campaigns, each released five times.", min=0)] = 4,
    kind: Annotated[list[str] | None, typer.Option(help="Plant only this kind of mistake; may be repeated.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Plant wrong deliveries into small simulated cities, release honest campaigns, and count what the gate sees."""
    from satu.bench.gate import bench_gate as measure

    console = show.console(stderr=as_json)
    found = asdict(measure(settings.load(), campaigns, kind, lambda line: console.print(line, highlight=False)))
    answer(as_json, found, [f"{name}: {value}" for name, value in found.items()])


@bench.command("whole")
def bench_whole(
    size: Annotated[
        list[float] | None, typer.Option(help="Multiple of Kota Magelang's population; may be repeated.", min=0.01)
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw seconds by records into this file, as SVG.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Measure time, memory and disk of the whole pipeline over cities of growing size, and a new day on the largest."""
    from satu.bench.growth_plot import growth_svg
    from satu.bench.whole import SIZES
    from satu.bench.whole import bench_whole as measure

    console = show.console(stderr=as_json)
    sizes = tuple(size) if size else SIZES
    measured = measure(settings.load(), sizes, lambda line: console.print(line, highlight=False))
    found = asdict(measured)
    answer(as_json, found, [f"{name}: {value}" for name, value in found.items()])
    if plot:
        plot.write_text(growth_svg(measured.sizes), encoding="utf-8")


@bench.command("spark")
def bench_spark(
    scale: Annotated[float, typer.Option(help="Share of the simulated city's population.", min=0.01, max=10)] = 1.0,
    as_json: JsonFlag = False,
) -> None:
    """Build a simulated city on Apache Spark as well, and compare every table with PostgreSQL's, cell by cell."""
    from satu.bench.spark import bench_spark as measure

    console = show.console(stderr=as_json)
    found = asdict(measure(settings.load(), scale, lambda line: console.print(line, highlight=False)))
    answer(as_json, found, [f"{name}: {value}" for name, value in found.items()])
