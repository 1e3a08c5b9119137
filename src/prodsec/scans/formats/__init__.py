"""Readers of scanner reports: bytes in, observations out. No Django, no database.

source      a file, or what a gzip or zip holds, as members that are safe to open
detect      which format a member is, by its content
json_walk (on json_scan), xml_rows, html_rows, tables     readers: rows out of files of any size, behind `rows`
mapping, expressions, filters, facts    the spec language
specs/      formats as data;  custom/   the few that need code
bounded     time, number of rejected rows and places in archives, for every reading
registry    all formats; `readings()` is the door
"""

from prodsec.scans.formats.registry import formats, readings

__all__ = ["formats", "readings"]
