"""What each may do: a line for every route and method of the API, a column for each who asks.

The red team owns the asset, its findings and imports, which makes `owner` its maintainer; viewer and developer have their
role on it, security and auditor over all. The outsider owns another asset, and so do, in a test of their own, people with
each role elsewhere. All tokens but `elsewhere` and `expired` are the owner's. `elsewhere` is an admin's token for another
subtree. A route without a line fails the build.
"""

API = """
                                                   anonymous outsider viewer developer owner security auditor admin reads imports elsewhere expired
GET    /me                                               401      200    200       200   200      200     200   200   200     200       200     401
GET    /people                                           401      403    403       403   403      200     200   200   403     403       403     401
POST   /people                                           401      403    403       403   403      403     403   201   403     403       403     401
GET    /people/{person_id}                               401      403    403       403   403      200     200   200   403     403       403     401
PATCH  /people/{person_id}                               401      403    403       403   403      403     403   200   403     403       403     401
PUT    /people/{person_id}/password                      401      403    403       403   403      403     403   204   403     403       403     401
POST   /people/{person_id}/invitation                    401      403    403       403   403      403     403   201   403     403       403     401
DELETE /people/{person_id}/factors                       401      403    403       403   403      403     403   204   403     403       403     401
GET    /teams                                            401      200    200       200   200      200     200   200   200     403       200     401
POST   /teams                                            401      403    403       403   403      403     403   201   403     403       403     401
GET    /teams/{team_id}                                  401      200    200       200   200      200     200   200   200     403       200     401
PATCH  /teams/{team_id}                                  401      403    403       403   403      403     403   200   403     403       403     401
DELETE /teams/{idle_team}                                401      403    403       403   403      403     403   204   403     403       403     401
PUT    /teams/{team_id}/members/{person_id}              401      403    403       403   403      403     403   204   403     403       403     401
DELETE /teams/{team_id}/members/{person_id}              401      403    403       403   403      403     403   204   403     403       403     401
POST   /service-accounts                                 401      403    403       403   403      403     403   201   403     403       403     401
GET    /roles                                            401      200    200       200   200      200     200   200   200     403       200     401
POST   /roles                                            401      403    403       403   403      403     403   201   403     403       403     401
PATCH  /roles/{role}                                     401      403    403       403   403      403     403   200   403     403       403     401
DELETE /roles/{role}                                     401      403    403       403   403      403     403   204   403     403       403     401
GET    /grants                                           401      403    403       403   403      200     200   200   403     403       403     401
POST   /grants                                           401      404    403       403   201      201     403   201   403     404       404     401
DELETE /grants/{grant_id}                                401      404    403       403   204      204     403   204   403     404       404     401
GET    /tokens                                           401      200    200       200   200      200     200   200   403     403       403     401
POST   /tokens                                           401      201    201       201   201      201     201   201   403     403       403     401
DELETE /tokens/{token_id}                                401      404    404       404   204      404     404   204   403     403       403     401
GET    /sign-in/providers                                401      403    403       403   403      200     200   200   403     403       403     401
POST   /sign-in/providers                                401      403    403       403   403      403     403   201   403     403       403     401
GET    /sign-in/providers/{provider_id}                  401      403    403       403   403      200     200   200   403     403       403     401
PATCH  /sign-in/providers/{provider_id}                  401      403    403       403   403      403     403   200   403     403       403     401
DELETE /sign-in/providers/{provider_id}                  401      403    403       403   403      403     403   204   403     403       403     401
POST   /sign-in/providers/{provider_id}/try              401      403    403       403   403      403     403   200   403     403       403     401
POST   /sign-in/providers/{provider_id}/groups           401      403    403       403   403      403     403   201   403     403       403     401
DELETE /sign-in/providers/{provider_id}/groups/{group_id} 401     403    403       403   403      403     403   204   403     403       403     401
GET    /sign-in/providers/{provider_id}/people           401      403    403       403   403      200     200   200   403     403       403     401
DELETE /sign-in/providers/{provider_id}/people/{identity_id} 401  403    403       403   403      403     403   204   403     403       403     401
GET    /activity                                         401      403    403       403   403      200     200   200   403     403       403     401
POST   /activity/export                                  401      403    403       403   403      200     200   200   403     403       403     401
GET    /activity/destinations                            401      403    403       403   403      403     403   200   403     403       403     401
POST   /activity/destinations                            401      403    403       403   403      403     403   201   403     403       403     401
PUT    /activity/destinations/{destination_id}           401      403    403       403   403      403     403   200   403     403       403     401
DELETE /activity/destinations/{destination_id}           401      403    403       403   403      403     403   204   403     403       403     401
GET    /assets                                           401      200    200       200   200      200     200   200   200     403       200     401
POST   /assets                                           401      403    403       403   201      201     403   201   403     403       404     401
POST   /assets/import                                    401      200    200       200   200      200     200   200   403     403       200     401
GET    /assets/{asset_id}                                401      404    200       200   200      200     200   200   200     403       404     401
PATCH  /assets/{asset_id}                                401      404    403       403   200      200     403   200   403     403       404     401
DELETE /assets/{asset_id}                                401      404    403       403   204      204     403   204   403     403       404     401
GET    /assets/{asset_id}/codeowners                     401      404    200       200   200      200     200   200   200     403       404     401
PUT    /assets/{asset_id}/codeowners                     401      404    403       403   200      200     403   200   403     403       404     401
GET    /assets/{asset_id}/owner                          401      404    200       200   200      200     200   200   200     403       404     401
POST   /imports                                          401      404    403       202   202      202     403   202   403     202       404     401
GET    /imports                                          401      200    200       200   200      200     200   200   200     200       200     401
GET    /imports/{scan_id}                                401      404    200       200   200      200     200   200   200     404       404     401
GET    /imports/{scan_id}/rejects                        401      404    200       200   200      200     200   200   200     404       404     401
GET    /imports/{scan_id}/diff                           401      404    200       200   200      200     200   200   200     404       404     401
POST   /imports/{waiting}/cancel                         401      404    403       200   200      200     403   200   403     404       404     401
POST   /imports/{scan_id}/undo                           401      404    403       200   200      200     403   200   403     404       404     401
GET    /formats                                          401      200    200       200   200      200     200   200   200     403       200     401
POST   /formats                                          401      403    403       403   403      201     403   201   403     403       403     401
POST   /formats/test                                     401      403    403       403   403      200     403   200   403     403       403     401
GET    /formats/{format_id}                              401      200    200       200   200      200     200   200   200     403       200     401
POST   /formats/{format_id}/use                          401      403    403       403   403      200     403   200   403     403       403     401
POST   /formats/{format_id}/off                          401      403    403       403   403      204     403   204   403     403       403     401
GET    /findings                                         401      200    200       200   200      200     200   200   200     403       200     401
GET    /metrics                                          401      200    200       200   200      200     200   200   200     403       200     401
GET    /metrics/findings                                401      200    200       200   200      200     200   200   200     403       200     401
GET    /findings/groups                                  401      200    200       200   200      200     200   200   200     403       200     401
POST   /findings/export                                  401      200    200       200   200      200     200   200   200     403       200     401
GET    /findings/{finding_id}                            401      404    200       200   200      200     200   200   200     403       404     401
GET    /findings/{finding_id}/events                     401      404    200       200   200      200     200   200   200     403       404     401
GET    /findings/{finding_id}/members                    401      404    200       200   200      200     200   200   200     403       404     401
GET    /findings/{finding_id}/decisions                  401      404    200       200   200      200     200   200   200     403       404     401
GET    /findings/{finding_id}/comments                   401      404    200       200   200      200     200   200   200     403       404     401
POST   /findings/{finding_id}/comments                   401      404    201       201   201      201     403   201   403     404       404     401
GET    /findings/{finding_id}/people                     401      404    200       200   200      200     200   200   200     403       404     401
PATCH  /findings/{finding_id}/comments/{comment_id}      401      404    403       403   200      403     403   403   403     404       404     401
DELETE /findings/{finding_id}/comments/{comment_id}      401      404    403       403   204      403     403   403   403     404       404     401
GET    /findings/{finding_id}/comments/{comment_id}/versions 401      404    200       200   200      200     200   200   200     403       404     401
POST   /comments/preview                                 401      200    200       200   200      200     200   200   403     403       200     401
POST   /findings/confirm                                 401      404    403       200   200      200     403   200   403     404       404     401
POST   /findings/start                                   401      404    403       200   200      200     403   200   403     404       404     401
POST   /findings/mitigate                                401      404    403       200   200      200     403   200   403     404       404     401
POST   /findings/dismiss                                 401      404    403       200   200      200     403   200   403     404       404     401
POST   /findings/reopen                                  401      404    403       200   200      200     403   200   403     404       404     401
POST   /findings/severity                                401      404    403       403   200      200     403   200   403     404       404     401
POST   /findings/assign                                  401      404    403       200   200      200     403   200   403     404       404     401
GET    /views                                            401      200    200       200   200      200     200   200   200     403       200     401
POST   /views                                            401      201    201       201   201      201     201   201   403     403       201     401
GET    /views/{view_id}                                  401      404    404       404   200      404     404   404   200     403       404     401
PATCH  /views/{view_id}                                  401      404    404       404   200      404     404   404   403     403       404     401
DELETE /views/{view_id}                                  401      404    404       404   204      404     404   404   403     403       404     401
PUT    /views/{view_id}/pin                              401      404    404       404   204      404     404   404   403     403       404     401
DELETE /views/{view_id}/pin                              401      404    404       404   204      404     404   404   403     403       404     401
PUT    /views/{view_id}/subscription                     401      404    404       404   204      404     404   404   403     403       404     401
DELETE /views/{view_id}/subscription                     401      404    404       404   204      404     404   404   403     403       404     401
POST   /findings/bulk                                    401      404    403       202   202      202     403   202   403     403       404     401
GET    /findings/bulk/{bulk_id}                          401      404    404       404   200      200     200   200   200     403       404     401
POST   /findings/bulk/{bulk_waiting}/cancel              401      404    404       404   200      404     404   404   403     403       404     401
POST   /findings/bulk/{bulk_id}/undo                     401      404    404       404   200      404     404   404   403     403       404     401
GET    /cluster-words                                    401      200    200       200   200      200     200   200   200     403       200     401
POST   /findings/{finding_id}/part                       401      404    403       201   201      201     403   201   403     404       404     401
POST   /findings/{finding_id}/join                       401      404    403       201   201      201     403   201   403     404       404     401
POST   /cluster-words/{word_id}/withdraw                 401      404    403       204   204      204     403   204   403     404       404     401
POST   /decisions                                        401      404    403       403   201      201     403   201   403     404       404     401
POST   /decisions/{decision_id}/revoke                   401      404    403       403   204      204     403   204   403     404       404     401
GET    /notifications                                    401      200    200       200   200      200     200   200   200     403       200     401
POST   /notifications/read                               401      200    200       200   200      200     200   200   403     403       200     401
POST   /notifications/read_all                           401      200    200       200   200      200     200   200   403     403       200     401
POST   /notifications/unread                             401      200    200       200   200      200     200   200   403     403       200     401
GET    /notifications/settings                           401      200    200       200   200      200     200   200   200     403       200     401
PUT    /notifications/settings                           401      200    200       200   200      200     200   200   403     403       200     401
GET    /watches                                          401      200    200       200   200      200     200   200   200     403       200     401
PUT    /watches/finding/{finding_id}                     401      404    204       204   204      204     204   204   403     404       404     401
DELETE /watches/finding/{finding_id}                     401      404    204       204   204      204     204   204   403     404       404     401
PUT    /watches/asset/{asset_id}                         401      404    204       204   204      204     204   204   403     404       404     401
DELETE /watches/asset/{asset_id}                         401      404    204       204   204      204     204   204   403     404       404     401
GET    /teams/{team_id}/channels                         401      403    403       403   200      200     403   200   403     403       403     401
POST   /teams/{team_id}/channels                         401      403    403       403   201      201     403   201   403     403       403     401
PATCH  /channels/{channel_id}                            401      404    404       404   200      200     404   200   404     404       404     401
DELETE /channels/{channel_id}                            401      404    404       404   204      204     404   204   404     404       404     401
POST   /channels/{channel_id}/test                       401      404    404       404   202      202     404   202   404     404       404     401
"""

# Bodies that would be right, so that only the permission decides. `$name` stands for an id of the world.
HARBOUR = """\
id: harbour
title: Harbour
tool: Harbour
kind: code
reader: json
detect:
  json: [harbour_checks]
each: harbour_checks[*]
fields:
  rule: rule
  title: title
  file: file
"""

BODIES: dict[str, object] = {
    "POST /formats": {"spec": HARBOUR.replace("title: title", "title: title | upper")},
    "POST /formats/test": {"spec": HARBOUR, "sample": '{"harbour_checks": []}'},
    "POST /formats/{format_id}/use": {"version": 1},
    "POST /people": {"email": "new@acme.example", "name": "New"},
    "PATCH /people/{person_id}": {"name": "Renamed"},
    "PUT /people/{person_id}/password": {"password": "a harbour full of boats"},
    "POST /teams": {"name": "Green"},
    "PATCH /teams/{team_id}": {"name": "Crimson"},
    "POST /service-accounts": {"name": "ci"},
    "POST /roles": {"slug": "new", "name": "New", "permissions": ["asset:read"]},
    "PATCH /roles/{role}": {"name": "Other"},
    "POST /grants": {"role": "viewer", "person": "$person_id", "asset": "$asset_id"},
    "POST /tokens": {"name": "new", "scopes": ["read"]},
    "POST /activity/destinations": {"name": "another", "address": "udp://siem.example.com:514"},
    "PUT /activity/destinations/{destination_id}": {"name": "renamed", "address": "udp://siem.example.com:514"},
    "POST /sign-in/providers": {
        "name": "New", "kind": "oidc", "address": "https://idp.example", "client_id": "x", "secret": "y",
    },
    "PATCH /sign-in/providers/{provider_id}": {"name": "Renamed"},
    "POST /sign-in/providers/{provider_id}/groups": {"group": "more", "team": "$team_id"},
    "POST /assets": {"path": "acme/red/new"},
    "POST /assets/import": [{"path": "acme/red", "tier": 1}],
    "PATCH /assets/{asset_id}": {"tier": 1},
    "PUT /assets/{asset_id}/codeowners": {"text": "* @red"},
    "POST /findings/{finding_id}/comments": {"body": "Seen."},
    "PATCH /findings/{finding_id}/comments/{comment_id}": {"body": "Seen, and so has @boss."},
    "POST /comments/preview": {"body": "**Seen.**"},
    "POST /findings/confirm": {"findings": ["$finding_id"]},
    "POST /findings/start": {"findings": ["$finding_id"]},
    "POST /findings/mitigate": {"findings": ["$finding_id"], "reason": "behind the firewall"},
    "POST /findings/dismiss": {"findings": ["$finding_id"], "kind": "false_positive", "reason": "a test file"},
    "POST /findings/reopen": {"findings": ["$finding_id"]},
    "POST /findings/severity": {"findings": ["$finding_id"], "severity": "low", "reason": "not reachable"},
    "POST /findings/assign": {"findings": ["$finding_id"], "person_id": "$person_id"},
    "POST /views": {"name": "New", "query": "severity=high"},
    "PATCH /views/{view_id}": {"name": "Renamed"},
    "POST /notifications/read": {"notices": [1]},
    "POST /notifications/unread": {"notices": [1]},
    "PUT /notifications/settings": {"kinds": ["mention"], "pace": "hourly"},
    "POST /teams/{team_id}/channels": {
        "name": "Chat", "address": "jsons://chat.example/hook", "wishes": {"kinds": ["breach"]},
    },
    "PATCH /channels/{channel_id}": {"name": "Another"},
    "POST /findings/{finding_id}/part": {"reason": "another sink"},
    "POST /findings/{finding_id}/join": {"other": "$third_id"},
    "POST /findings/bulk": {"deed": "confirm", "findings": ["$finding_id"]},
    "POST /decisions": {
        "asset_id": "$asset_id", "scope": "rule", "value": "lintel/no-eval", "kind": "accepted", "reason": "agreed",
    },
}  # fmt: skip

# Where the permission to read is anybody's, what is read still has to be the reader's to see.
HIDDEN_FROM = dict.fromkeys(
    ("outsider", "elsewhere"), ("GET /assets", "GET /imports", "GET /findings", "GET /findings/groups")
)
