"""link: find the records of the same person."""

from satu.link.linker import LinkResult, link_records

__all__ = ["LinkResult", "link_records"]
