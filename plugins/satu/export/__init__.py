"""export: what people open of a release."""

from satu.export.package import export

__all__ = ["export"]
