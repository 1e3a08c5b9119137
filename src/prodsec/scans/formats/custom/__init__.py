"""Formats that need code: SARIF, GitLab, CycloneDX, Trivy, Grype, OSV-Scanner, npm audit and Snyk.

Each is two or three rooms: `*_document.py` has the typed structs, `*_rows.py` turns a row into observations, and the
file named like the format tells the engine which rows to walk and what the report says as a whole.
"""
