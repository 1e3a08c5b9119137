"""Words that all contexts share, as plain values: no Django, no I/O.

A word stands here when two contexts must mean the same by it: severity, kind of finding, place, component,
CVSS, CWE, vulnerability ids. What only one context says lives in that context's `types.py`.
"""
