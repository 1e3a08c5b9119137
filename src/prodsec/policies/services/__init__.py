"""Writes of `policies`: documents, and the clocks they set."""

from prodsec.policies.services.breaches import take_breaches
from prodsec.policies.services.clocks import apply, apply_to_all, due_times
from prodsec.policies.services.documents import activate_sla, ensure_default_sla

__all__ = ["activate_sla", "apply", "apply_to_all", "due_times", "ensure_default_sla", "take_breaches"]
