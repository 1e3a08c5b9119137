"""Reads of `findings`. Every one starts at the assets the viewer sees."""

from prodsec.findings.queries.counting import Badge, badges, count_owned, counts_by_asset, counts_by_severity
from prodsec.findings.queries.detail import (
    AttributionFacts,
    CommentFacts,
    DecisionFacts,
    EventFacts,
    FindingDetail,
    Story,
    comments,
    decision_facts,
    decisions_on,
    events,
    finding,
    story,
)
from prodsec.findings.queries.diffs import DiffRow, preview_counts, scan_diff
from prodsec.findings.queries.filters import Due, Filters, Order, filters_from
from prodsec.findings.queries.listing import (
    FindingPage,
    FindingRow,
    cluster_members,
    count_capped,
    findings_list,
    others_of_cluster,
    visible,
)

__all__ = [
    "AttributionFacts",
    "Badge",
    "CommentFacts",
    "DecisionFacts",
    "DiffRow",
    "Due",
    "EventFacts",
    "Filters",
    "FindingDetail",
    "FindingPage",
    "FindingRow",
    "Order",
    "Story",
    "badges",
    "cluster_members",
    "comments",
    "count_capped",
    "count_owned",
    "counts_by_asset",
    "counts_by_severity",
    "decision_facts",
    "decisions_on",
    "events",
    "filters_from",
    "finding",
    "findings_list",
    "others_of_cluster",
    "preview_counts",
    "scan_diff",
    "story",
    "visible",
]
