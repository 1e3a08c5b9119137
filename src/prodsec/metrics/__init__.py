"""Metrics: how many, how old, how late, on any day; with the formula beside each number.

Words: a Span is a time for which a finding was open with one severity and one owner; a finding's events make its spans. A Part
is what a span adds to a number on one day. A Roll-up is the sum of the parts of one day, by place in the tree, owner team,
severity and kind; a number as of a day is the sum of all its parts until then. A Node is a place that roll-ups are kept of: an
asset with others below it, one with very many findings, and the whole (0). What is no node is small, and summed from its spans.

Invariants: spans follow from a finding's events, its due date and nothing else; roll-ups follow from spans; counted bit by bit or
all at once, both are the same. A number and the list of what it counts come from the same spans.

Never: writing anybody else's tables; numbers of single people; a zero where nobody knows.
"""
