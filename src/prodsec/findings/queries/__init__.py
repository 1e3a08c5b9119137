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
    require_visible,
    story,
    titles,
)
from prodsec.findings.queries.diffs import DiffRow, preview_counts, scan_diff
from prodsec.findings.queries.filters import unknown_names
from prodsec.findings.queries.listing import (
    FindingPage,
    FindingRow,
    cluster_members,
    count_capped,
    findings_list,
    others_of_cluster,
    visible,
)
from prodsec.findings.queries.quick import QuickFinding, quick_findings
from prodsec.findings.queries.views import (
    MOST_PINNED,
    address_of,
    columns_of,
    counts_of,
    may_share,
    question,
    saved_view,
    saved_views,
)
from prodsec.findings.rules.filtering.addresses import canonical, filters_from, filters_in, salvaged
from prodsec.findings.rules.filtering.clauses import Filters
from prodsec.findings.rules.filtering.fields import Order

__all__ = [
    "MOST_PINNED",
    "AttributionFacts",
    "Badge",
    "CommentFacts",
    "DecisionFacts",
    "DiffRow",
    "EventFacts",
    "Filters",
    "FindingDetail",
    "FindingPage",
    "FindingRow",
    "Order",
    "QuickFinding",
    "Story",
    "address_of",
    "badges",
    "canonical",
    "cluster_members",
    "columns_of",
    "comments",
    "count_capped",
    "count_owned",
    "counts_by_asset",
    "counts_by_severity",
    "counts_of",
    "decision_facts",
    "decisions_on",
    "events",
    "filters_from",
    "filters_in",
    "finding",
    "findings_list",
    "may_share",
    "others_of_cluster",
    "preview_counts",
    "question",
    "quick_findings",
    "require_visible",
    "salvaged",
    "saved_view",
    "saved_views",
    "scan_diff",
    "story",
    "titles",
    "unknown_names",
    "visible",
]
