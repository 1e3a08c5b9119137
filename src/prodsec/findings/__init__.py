"""Findings: the lasting record of what is wrong, where, since when, and what was decided about it.

Words: a Finding is one weakness in one place of one asset; its identity outlives moved lines, renamed files and new versions.
An Attribution says that a scope (a tool's repeated scan) shows it; a finding is detected while any attribution is open. A
Definition is the text that many findings share. A Cluster is findings of different tools that are one piece of work. A
FindingEvent is one change with actor and reason; state as of any day comes from them. A Decision closes, or changes, findings
it covers, now and on every later import.

Invariants: (asset, identity, ordinal) is unique; detected ⇔ an open attribution; a scan never changes what is outside of its
scope; an unchanged scan writes no row here; a person's word outranks every tool's.

Never: reading reports (`scans`), dates of obligation (`policies`), secrets (only keyed hashes and masked texts come in).
"""
