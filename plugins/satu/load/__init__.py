"""load: from files to raw tables."""

from satu.load.loader import load_landed
from satu.load.tables import ensure_raw_tables

__all__ = ["ensure_raw_tables", "load_landed"]
