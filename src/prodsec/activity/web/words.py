"""Actions and kinds of objects in plain words. A test sees that every action that is written down has its words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTIONS: dict[str, Promise] = {
    "activity.checkpoint_lost": _("The signed end of the record was gone and was made again"),
    "activity.exported": _("Took a copy of the record"),
    "activity.verified": _("Checked the chain of the record"),
    "asset.archived": _("Archived an asset"),
    "asset.changed": _("Changed an asset"),
    "asset.codeowners_changed": _("Gave an asset another CODEOWNERS file"),
    "asset.created": _("Added an asset"),
    "asset.moved": _("Moved an asset"),
    "asset.owner_changed": _("Gave an asset another owner"),
    "asset.restored": _("Took an asset out of the archive"),
    "channel.changed": _("Changed a channel of notices"),
    "channel.created": _("Added a channel of notices"),
    "channel.removed": _("Deleted a channel of notices"),
    "decision.revoked": _("Revoked a decision"),
    "demo.removal_asked": _("Asked to remove the demo"),
    "demo.removed": _("Removed the demo"),
    "destination.changed": _("Changed a destination of the record"),
    "destination.created": _("Added a destination of the record"),
    "destination.removed": _("Deleted a destination of the record"),
    "finding.assigned": _("Assigned findings"),
    "finding.comment_edited": _("Changed a comment on a finding"),
    "finding.comment_removed": _("Took back a comment on a finding"),
    "finding.commented": _("Commented on findings"),
    "finding.dismissed": _("Dismissed findings"),
    "finding.exported": _("Took a copy of a list of findings"),
    "finding.extended": _("Gave findings more time"),
    "finding.mitigated": _("Marked findings as mitigated"),
    "finding.owner_changed": _("Handed findings over to another team"),
    "finding.paused": _("Paused the clock of findings"),
    "finding.remediation_started": _("Started work on findings"),
    "finding.reopened_by_person": _("Reopened findings"),
    "finding.resumed": _("Let the clock of findings run again"),
    "finding.severity_set": _("Set the severity of findings"),
    "finding.triaged": _("Confirmed findings"),
    "person.changed": _("Changed a person"),
    "person.created": _("Added a person"),
    "person.factor_added": _("Added a second factor"),
    "person.factor_removed": _("Removed a second factor"),
    "person.factor_renamed": _("Renamed a second factor"),
    "person.factors_taken_away": _("Took a person's second factors away"),
    "person.groups_followed": _("Followed the groups of an identity provider"),
    "person.invited": _("Invited a person"),
    "person.linked": _("Linked a person to an identity provider"),
    "person.password_changed": _("Changed their own password"),
    "person.password_set": _("Gave a person a new password"),
    "person.provisioned": _("An identity provider began to keep a person"),
    "person.sessions_ended": _("Ended sessions"),
    "person.unlinked": _("Unlinked a person from an identity provider"),
    "policy.activated": _("Put a policy into force"),
    "provider.changed": _("Changed an identity provider"),
    "provider.created": _("Added an identity provider"),
    "provider.group_added": _("Mapped a group of an identity provider"),
    "provider.group_removed": _("Took the mapping of a group away"),
    "provider.removed": _("Deleted an identity provider"),
    "role.changed": _("Changed a role"),
    "role.created": _("Added a role"),
    "role.given": _("Gave a role"),
    "role.removed": _("Deleted a role"),
    "role.taken": _("Took a role away"),
    "scan.cancelled": _("Cancelled an import"),
    "scan.imported": _("Imported a report"),
    "scan.undone": _("Took an import back"),
    "sign_in.changed": _("Changed how people sign in"),
    "team.created": _("Added a team"),
    "team.deleted": _("Deleted a team"),
    "team.member_added": _("Put a person into a team"),
    "team.member_removed": _("Took a person out of a team"),
    "team.opened": _("Opened a team to a group of an identity provider, or closed it"),
    "team.provisioned": _("A group of an identity provider took a team over"),
    "team.released": _("An identity provider let go of a team"),
    "team.renamed": _("Gave a team another name"),
    "token.created": _("Made an API token"),
    "token.revoked": _("Revoked an API token"),
    "view.changed": _("Changed a saved view"),
    "view.removed": _("Deleted a saved view"),
    "view.saved": _("Saved a view"),
}

TYPES: dict[str, Promise] = {
    "activity": _("record of activity"),
    "asset": _("asset"),
    "channel": _("channel of notices"),
    "decision": _("decision"),
    "destination": _("destination of the record"),
    "finding": _("finding"),
    "person": _("person"),
    "policy": _("policy"),
    "provider": _("identity provider"),
    "role": _("role"),
    "scan": _("import"),
    "team": _("team"),
    "token": _("token"),
    "view": _("saved view"),
}


def told(action: str) -> str:
    """An action in plain words; one that has none says its name."""
    known = ACTIONS.get(action)
    return str(known) if known is not None else action.replace(".", ": ").replace("_", " ")


def named(object_type: str) -> str:
    """A kind of object in plain words."""
    known = TYPES.get(object_type)
    return str(known) if known is not None else object_type.replace("_", " ")
