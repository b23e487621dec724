"""link: which records are of one person."""

from satu.link.linker import LinkResult, link_records

__all__ = ["LinkResult", "link_records"]
