"""link: which records are of one person."""

from satu.link.linker import LinkResult, link

__all__ = ["LinkResult", "link"]
