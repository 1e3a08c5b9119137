"""Tables of `findings`: the record itself, and what people do to it by the set."""

from prodsec.findings.models.changes import BulkChange, BulkItem
from prodsec.findings.models.kinship import ClusterDrift, ClusterRun, ClusterWord, VulnerabilityAlias
from prodsec.findings.models.record import (
    Attribution,
    Cluster,
    Comment,
    CommentVersion,
    Decision,
    Definition,
    DetailBlock,
    Finding,
    FindingEvent,
    PreviewChange,
)
from prodsec.findings.models.views import ChosenColumns, PinnedView, SavedView, ViewSubscription

__all__ = [
    "Attribution",
    "BulkChange",
    "BulkItem",
    "ChosenColumns",
    "Cluster",
    "ClusterDrift",
    "ClusterRun",
    "ClusterWord",
    "Comment",
    "CommentVersion",
    "Decision",
    "Definition",
    "DetailBlock",
    "Finding",
    "FindingEvent",
    "PinnedView",
    "PreviewChange",
    "SavedView",
    "ViewSubscription",
    "VulnerabilityAlias",
]
