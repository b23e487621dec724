"""export: pages and files of a release."""

from satu.export.package import export_release

__all__ = ["export_release"]
