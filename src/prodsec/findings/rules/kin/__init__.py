"""Which findings of an asset are one piece of work though different tools (or places) report them. Source: design.md §5.

`topics` says what a finding is about, `roots` which paths of two tools are one file, `lines` which findings of code, configuration
and secrets meet, `recipes` which of all that a recipe uses. Pure: rows in, groups out, whatever the order of the rows.
"""
