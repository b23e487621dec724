"""The files for catalogues: CKAN takes the record, DCAT-AP and SDMX hold, BPS sees what is blank, all say simulated."""

import csv
import hashlib
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from satu.errors import BuildFailed, WrongUsage
from satu.export.catalogue.office import BLANK, blanks, load_office
from satu.export.catalogue.sdmx import TABLES
from satu.export.catalogue.sdmx_data import SHOWN, Status, code, status_of, version
from satu.export.data import CATALOGUE
from support import Published

if TYPE_CHECKING:
    from rdflib import Graph

# The mandatory properties of DCAT-AP 3 for what the file holds, and those that a release promises beside them.
SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix spdx: <http://spdx.org/rdf/terms#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <urn:shapes:> .

:Dataset a sh:NodeShape ; sh:targetClass dcat:Dataset ; sh:nodeKind sh:IRI ;
  sh:property [ sh:path dct:title ; sh:minCount 2 ; sh:datatype rdf:langString ; sh:uniqueLang true ] ,
    [ sh:path dct:description ; sh:minCount 2 ; sh:datatype rdf:langString ; sh:uniqueLang true ] ,
    [ sh:path dct:publisher ; sh:minCount 1 ; sh:maxCount 1 ; sh:class foaf:Agent ] ,
    [ sh:path dct:license ; sh:minCount 1 ; sh:class dct:LicenseDocument ; sh:nodeKind sh:IRI ] ,
    [ sh:path dct:issued ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:dateTime ] ,
    [ sh:path dct:temporal ; sh:minCount 1 ; sh:class dct:PeriodOfTime ] ,
    [ sh:path dct:spatial ; sh:minCount 1 ; sh:class dct:Location ] ,
    [ sh:path dcat:distribution ; sh:minCount 1 ; sh:class dcat:Distribution ] .

:Distribution a sh:NodeShape ; sh:targetClass dcat:Distribution ;
  sh:property [ sh:path dcat:accessURL ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ,
    [ sh:path dcat:downloadURL ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ,
    [ sh:path dcat:mediaType ; sh:minCount 1 ; sh:maxCount 1 ; sh:class dct:MediaType ] ,
    [ sh:path dcat:byteSize ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:nonNegativeInteger ] ,
    [ sh:path spdx:checksum ; sh:minCount 1 ; sh:maxCount 1 ; sh:class spdx:Checksum ] .

:Agent a sh:NodeShape ; sh:targetClass foaf:Agent ;
  sh:property [ sh:path foaf:name ; sh:minCount 1 ; sh:nodeKind sh:Literal ] .

:Period a sh:NodeShape ; sh:targetClass dct:PeriodOfTime ;
  sh:property [ sh:path dcat:startDate ; sh:maxCount 1 ; sh:minCount 1 ; sh:datatype xsd:date ] ,
    [ sh:path dcat:endDate ; sh:maxCount 1 ; sh:minCount 1 ; sh:datatype xsd:date ] .

:Checksum a sh:NodeShape ; sh:targetClass spdx:Checksum ;
  sh:property [ sh:path spdx:algorithm ; sh:hasValue spdx:checksumAlgorithm_sha256 ] ,
    [ sh:path spdx:checksumValue ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:hexBinary ] .
"""
DCAT, DCT = "http://www.w3.org/ns/dcat#", "http://purl.org/dc/terms/"
MARK = re.compile(r"simulated|simulasi", re.IGNORECASE)


@pytest.fixture(scope="module")
def folder(published: Published) -> Path:
    return published.settings.releases_dir / str(published.outcome.release_id)


def data_files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in (folder / "data").iterdir()}


def test_ckan_takes_the_record(folder: Path) -> None:
    record = json.loads((folder / "catalogue" / "ckan.json").read_text())
    assert re.fullmatch(r"[a-z0-9_-]{2,100}", record["name"])
    assert all(re.fullmatch(r"[\w .-]{2,100}", tag["name"]) for tag in record["tags"])
    assert record["license_id"] == "cc-by"
    keys = [extra["key"] for extra in record["extras"]]
    assert len(keys) == len(set(keys))
    extras = {extra["key"]: extra["value"] for extra in record["extras"]}
    assert all(isinstance(value, str) and value for value in extras.values())
    assert (extras["release_id"], extras["is_simulated"]) == (folder.name, "true")
    assert (extras["spatial_code"], extras["spatial_name"]) == ("3371", "Kota Magelang")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", extras["temporal"])
    assert {resource["url"] for resource in record["resources"]} == data_files(folder)
    for resource in record["resources"]:
        content = (folder / resource["url"]).read_bytes()
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource["size"] == len(content)
        assert resource["name"]
        assert resource["description"]


@pytest.fixture(scope="module")
def graph(folder: Path) -> "Graph":
    from rdflib import Graph

    path = folder / "catalogue" / "dcat.jsonld"
    return Graph().parse(data=path.read_text(encoding="utf-8"), format="json-ld", publicID=path.as_uri())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # rdflib's own, of its older classes
def test_the_dataset_has_what_dcat_ap_asks_for(graph: "Graph") -> None:
    from pyshacl import validate
    from rdflib import RDF, Graph, URIRef

    shapes = Graph().parse(data=SHAPES, format="turtle")
    conforms, _, report = validate(graph, shacl_graph=shapes)
    assert conforms, report
    assert len(list(graph.subjects(RDF.type, URIRef(f"{DCAT}Dataset")))) == 1
    for name in (f"{DCT}title", f"{DCT}publisher", f"{DCAT}accessURL", "http://spdx.org/rdf/terms#checksumValue"):
        without = Graph()
        for triple in graph:
            if triple[1] != URIRef(name):
                without.add(triple)
        assert not validate(without, shacl_graph=shapes)[0], name


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_addresses_sizes_and_checksums_of_dcat_are_those_of_the_files(folder: Path, graph: "Graph") -> None:
    from rdflib import RDF, URIRef

    base = f"{folder.as_uri()}/"
    [dataset] = graph.subjects(RDF.type, URIRef(f"{DCAT}Dataset"))
    assert str(dataset) == base
    assert {title.language for title in graph.objects(dataset, URIRef(f"{DCT}title"))} == {"id", "en"}
    found = {}
    for distribution in graph.objects(dataset, URIRef(f"{DCAT}distribution")):
        address = str(graph.value(distribution, URIRef(f"{DCAT}downloadURL"))).removeprefix(base)
        checksum = graph.value(distribution, URIRef("http://spdx.org/rdf/terms#checksum"))
        digest = graph.value(checksum, URIRef("http://spdx.org/rdf/terms#checksumValue"))
        found[address] = (str(digest), int(str(graph.value(distribution, URIRef(f"{DCAT}byteSize")))))
    assert found == {
        name: (hashlib.sha256((folder / name).read_bytes()).hexdigest(), (folder / name).stat().st_size)
        for name in data_files(folder)
    }


@pytest.mark.parametrize("table", TABLES)
def test_sdmx_reads_back_as_published(published: Published, folder: Path, table: str) -> None:
    from pandas import isna
    from pysdmx.io import get_datasets

    place = folder / "catalogue" / "sdmx"
    [dataset] = get_datasets(place / f"simulated_{table}.csv", place / "simulated_structure.xml")
    structure: Any = dataset.structure
    assert structure.id == f"SIMULATED_{table.upper()}"
    dimensions = [part.id for part in structure.components.dimensions]
    rows = dataset.data.to_dict("records")
    found = {tuple(row[name] for name in dimensions): row for row in rows}
    assert len(found) == len(rows) > 0
    expected = published_values(published, table, dimensions)
    assert found.keys() == expected.keys()
    for key, (value, statuses) in expected.items():
        read = found[key]["OBS_VALUE"]
        assert (None if isna(read) else Decimal(str(read))) == value, key
        assert (value is None) == (statuses[2] != SHOWN), key
        assert tuple(found[key][name] for name in ("OBS_STATUS", "CONF_STATUS", "VALUE_STATUS")) == statuses, key
    for part in structure.components:
        if part.enumeration:
            assert {row[part.id] for row in rows} <= {item.id for item in part.enumeration}, part.id


def published_values(
    published: Published, table: str, dimensions: list[str]
) -> dict[tuple[str, ...], tuple[Decimal | None, tuple[str, str, str]]]:
    """Return what the warehouse publishes of a table: key of SDMX ↦ (value, its three statuses)."""
    listed = "select column_name from information_schema.columns where table_schema = 'published' and table_name = "
    names = [name for (name,) in published.rows(f"{listed} '{table}'")]
    statuses = {
        status: (observation, confidentiality, status)
        for status, observation, confidentiality in published.rows(
            "select status, obs_status, conf_status from published.value_status"
        )
    }
    [(day,)] = published.rows("select reference_date::text from published.release_info")
    found = {}
    for values in published.rows(f"select {', '.join(names)} from published.{table}"):
        row = dict(zip(names, values, strict=True))
        known = {"REF_AREA": row["area_code"], "TIME_PERIOD": day}
        known |= {name: code(row[name.lower()]) for name in dimensions if name.lower() in row}
        for name in names:
            if not name.endswith(("_count", "_percent", "_error")):
                continue
            key = tuple({**known, "INDICATOR": name.upper()}[dimension] for dimension in dimensions)
            value = None if row[name] is None else Decimal(str(float(row[name])))
            found[key] = (value, statuses[row.get(f"{name}_status", SHOWN)])
    return found


@pytest.mark.parametrize(
    ("value", "expected"),
    [("00-04", "Y0T4"), ("75+", "Y_GE75"), ("male", "M"), ("total", "_T"), ("unknown", "_U"), ("a b", "a_b")],
)
def test_a_category_becomes_a_code_of_sdmx(value: str, expected: str) -> None:
    assert code(value) == expected


def test_a_status_without_codes_is_named() -> None:
    with pytest.raises(BuildFailed, match="area has the status 'lost'"):
        status_of("area", "lost", {SHOWN: Status("given", "A", "F")})


def test_a_later_release_has_a_later_version() -> None:
    releases = ["2026-01-05.1", "2026-01-05.2", "2026-11-28.1", "2027-01-01.1"]
    versions = [tuple(map(int, version(release).split("."))) for release in releases]
    assert versions == sorted(versions)
    assert version("2026-11-28.1") == "2026.1128.1"


def test_the_metadata_of_bps_have_every_variable_and_indicator(published: Published, folder: Path) -> None:
    tables = json.loads((folder / "manifest.json").read_text())["tables"]
    with (folder / "catalogue" / "ms-variabel.csv").open() as text:
        variables = list(csv.DictReader(text))
    assert [(row["tabel"], row["nama_variabel"]) for row in variables] == [
        (table["name"], column["name"]) for table in tables for column in table["columns"]
    ]
    assert {row["yang_belum_diisi"] for row in variables} == {"referensi_pemilihan"}
    with (folder / "catalogue" / "ms-indikator.csv").open() as text:
        indicators = list(csv.DictReader(text))
    assert [(row["tabel"], row["nama_variabel"]) for row in indicators] == sorted(
        published.rows("select dataset_id, variable_name from published.indicator_metadata")
    )
    assert {row["yang_belum_diisi"] for row in indicators} == {"interpretasi"}
    share = next(row for row in indicators if row["nama_variabel"] == "young_person_percent")
    parts = {"young_person_count", "working_age_person_count", "old_person_count"}
    assert set(share["variabel_pembangun"].split("; ")) == parts


def test_the_activity_lists_what_is_blank(folder: Path) -> None:
    activity = json.loads((folder / "catalogue" / "ms-kegiatan.json").read_text())
    missing = activity.pop("yang_belum_diisi")
    assert missing == list(blanks(activity))
    assert {"perencanaan_dan_persiapan.anggaran", "penanggung_jawab.nama"} <= set(missing)
    assert not {name for name in missing if name.startswith("diseminasi")}


def test_what_the_office_gives_is_read_and_a_wrong_key_refused(tmp_path: Path) -> None:
    assert load_office(tmp_path).budget == BLANK
    (tmp_path / "governance").mkdir()
    path = tmp_path / "governance" / "office.yaml"
    path.write_text("budget: Rp 1\nresponsible: {name: A}\n")
    office = load_office(tmp_path)
    assert (office.budget, office.responsible.name, office.responsible.email) == ("Rp 1", "A", BLANK)
    for wrong, named in (("budgett: 1", "budgett"), ("a: [", "not valid YAML")):
        path.write_text(wrong)
        with pytest.raises(WrongUsage, match=named):
            load_office(tmp_path)


def test_every_file_says_that_the_data_are_simulated(folder: Path) -> None:
    made = [path for path in (folder / "catalogue").rglob("*") if path.is_file()]
    assert {path.name for path in made} >= set(CATALOGUE)
    assert len(made) == len(CATALOGUE) + len(TABLES) + 1
    for path in made:
        assert MARK.search(path.read_text(encoding="utf-8")), path.name
        if path.parent.name == "sdmx":
            assert path.name.startswith("simulated_")
    for name in CATALOGUE:
        assert f'href="../catalogue/{name}"' in (folder / "site" / "downloads.html").read_text(encoding="utf-8")
