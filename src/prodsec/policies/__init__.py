"""Policies: rules as documents, and the clocks they set.

Words: a Document is one version of a rule text; a Clock says by when a finding has to be mitigated or remediated, and by
which version. Invariants: start = max(first detected, fix available); due = start + time allowed + extensions; a clock rebuilt
from a finding's events equals the stored one. Never: what a finding is or how bad; that is `findings`.
"""
