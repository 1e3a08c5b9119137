"""Merging a report into the record, in named steps over sets.

stage      one pass over the rows: what is exactly as it was is skipped, the rest is COPYed to a temporary table
join       staged rows are paired with known findings (`rules.matching`)
steps      the record is changed, one statement a step
clusters   findings of different tools that are one piece of work
merge      the order of it all, and what it changed
"""
