"""Writes of `findings`: merging reports, and what people decide and say."""

from prodsec.findings.services.merging.merge import merge

__all__ = ["merge"]
