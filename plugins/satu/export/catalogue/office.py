"""`governance/office.yaml`: what only the statistics office knows about the activity, with blanks where it is open."""

from collections.abc import Iterator
from pathlib import Path

import yaml
from pydantic import Field, ValidationError

from satu.errors import WrongUsage
from satu.strict import Strict

BLANK = "isi di sini"
"""What is written where the office has not given a value."""


class Responsible(Strict):
    """Who answers for the activity."""

    name: str = BLANK
    position: str = BLANK
    address: str = BLANK
    telephone: str = BLANK
    email: str = BLANK


class Schedule(Strict):
    """When each step of the activity takes place, as text."""

    planning: str = BLANK
    collection: str = BLANK
    processing: str = BLANK
    analysis: str = BLANK
    dissemination: str = BLANK
    evaluation: str = BLANK


class Office(Strict):
    """The whole file; each key that is not given is a blank."""

    institution: str = BLANK
    institution_address: str = BLANK
    institution_telephone: str = BLANK
    institution_email: str = BLANK
    unit_echelon_1: str = BLANK
    unit_echelon_2: str = BLANK
    responsible: Responsible = Responsible()
    legal_basis: str = BLANK
    activity_code: str = BLANK
    background: str = BLANK
    budget: str = BLANK
    variable_reference: str = BLANK
    """Where the definitions of the variables were taken from, such as a recommendation of the United Nations."""
    schedule: Schedule = Schedule()
    interpretations: dict[str, str] = Field(default_factory=dict)
    """How to read an indicator, by the name of its variable."""


def load_office(project: Path) -> Office:
    """Read the file of a project; where there is none, every value is a blank.

    Raises:
        WrongUsage: the file has another form.
    """
    path = project / "governance" / "office.yaml"
    try:
        return Office.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except FileNotFoundError:
        return Office()
    except yaml.YAMLError as error:
        raise WrongUsage(f"{path} is not valid YAML: {error}. Expected keys with texts") from None
    except ValidationError as error:
        details = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise WrongUsage(f"{path} does not have the form of the office's values: {details}") from None


def blanks(value: object, path: str = "") -> Iterator[str]:
    """Yield where in nested mappings a value is still blank, as `part.name`."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from blanks(inner, f"{path}.{name}" if path else str(name))
    elif value == BLANK:
        yield path
