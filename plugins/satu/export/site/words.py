"""The two languages of the site: texts from gettext catalogues; numbers, days and times as the language writes them."""

import gettext
import io
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LANGUAGES = ("id", "en")
"""The first is that of the start page."""
NAMES = {"id": "Bahasa Indonesia", "en": "English"}
_LOCALES = {"id": "id_ID", "en": "en_GB"}
_JAKARTA = ZoneInfo("Asia/Jakarta")
_CATALOGUES = Path(__file__).parent / "locale"
_MEASURES = ("_count", "_percent")
NOISE = (
    "Every count of people or households is off by up to 4 at random, so that nobody can be found by subtracting"
    " tables; a count that comes out at 1 to 4 is withheld. Totals have noise of their own."
)
"""What every reader of a count must know."""
OF_NOBODY = "Simulated data: nobody in these figures lives."
NOTHING = "\N{EN DASH}"
"""What stands where there is no value."""


@lru_cache
def catalogue(code: str) -> gettext.NullTranslations:
    """Return the translations of a language; the texts of the code are English."""
    path = _CATALOGUES / code / "LC_MESSAGES" / "satu.po"
    if not path.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@dataclass(frozen=True)
class Language:
    """How one language writes what the pages show."""

    code: str

    def text(self, english: str) -> str:
        """Return a text of the site in this language."""
        return catalogue(self.code).gettext(english) if english else ""

    def heading(self, column: str) -> str:
        """Return the name of a column as a heading: `responded_household_count` becomes `Responded family cards`."""
        return self.text(heading(column))

    def category(self, code: object) -> str:
        """Return a code of a list as words: `junior_high` becomes `junior high`."""
        return self.text(str(code).replace("_", " "))

    def cell(self, value: object) -> str:
        """Return a value as people of the language write it; a dash for none."""
        if value is None:
            return NOTHING
        if isinstance(value, bool):
            return self.text("yes") if value else self.text("no")
        if isinstance(value, int | float | Decimal):
            pattern = "#,##0" if isinstance(value, int) else "#,##0.0#"
            return str(format_decimal(value, pattern, locale=_LOCALES[self.code]))
        if isinstance(value, datetime):
            return self.moment(value)
        if isinstance(value, date):
            return str(format_date(value, "d MMMM y", locale=_LOCALES[self.code]))
        return str(value)

    def moment(self, when: datetime) -> str:
        """Return a time in Western Indonesian time."""
        local = when.astimezone(_JAKARTA)
        return f"{format_datetime(local, 'd MMMM y, HH:mm', locale=_LOCALES[self.code])} WIB"


def heading(column: str) -> str:
    """Return the English heading of a column."""
    words = column.removesuffix("_count").removesuffix("_name")
    words = words.removesuffix("_percent") + " %" if words.endswith("_percent") else words
    if column.endswith(_MEASURES):
        words = words.replace("household", "family cards").replace("person", "people")
    plain = words.replace("_", " ").replace("un age sex", "UN age-sex")
    return plain[:1].upper() + plain[1:]
