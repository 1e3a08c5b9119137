"""What each role gets of every page: a line for every address, a column for each who asks; `deed` is one that only takes POST.

Those who ask are those of `table.py`. An address without a line fails the build.
"""

PAGES = """
                                                                    outsider viewer developer owner security auditor admin
/                                                                        200    200       200   200      200     200   200
/account/                                                                200    200       200   200      200     200   200
/account/app/add/                                                        200    200       200   200      200     200   200
/account/app/remove/                                                     404    404       404   404      404     404   404
/account/keys/add/                                                       200    200       200   200      200     200   200
/account/keys/{pk}/remove/                                               404    404       404   404      404     404   404
/account/keys/{pk}/rename/                                               404    404       404   404      404     404   404
/account/recovery-codes/                                                 200    200       200   200      200     200   200
/account/sessions/end-others/                                       deed
/account/sessions/{session_id}/end/                                 deed
/accounts/inactive/                                                      200    200       200   200      200     200   200
/accounts/login/                                                         302    302       302   302      302     302   302
/accounts/logout/                                                        200    200       200   200      200     200   200
/accounts/oidc/{provider_id}/login/                                      404    404       404   404      404     404   404
/accounts/oidc/{provider_id}/login/callback/                             404    404       404   404      404     404   404
/accounts/passkey/                                                       302    302       302   302      302     302   302
/accounts/password/change/                                               302    302       302   302      302     302   302
/accounts/password/reset/                                                404    404       404   404      404     404   404
/accounts/password/set/                                                  200    200       200   200      200     200   200
/accounts/reauthenticate/                                                403    403       403   403      403     403   403
/accounts/reauthenticate/code/                                           403    403       403   403      403     403   403
/accounts/reauthenticate/key/                                            403    403       403   403      403     403   403
/accounts/saml/{organization_slug}/acs/                                  404    404       404   404      404     404   404
/accounts/saml/{organization_slug}/acs/finish/                           404    404       404   404      404     404   404
/accounts/saml/{organization_slug}/login/                                404    404       404   404      404     404   404
/accounts/saml/{organization_slug}/metadata/                             404    404       404   404      404     404   404
/accounts/second-step/                                                   302    302       302   302      302     302   302
/accounts/signup/                                                        404    404       404   404      404     404   404
/admin/                                                                  302    302       302   302      302     302   302
/admin/activity/                                                         403    403       403   403      200     200   200
/admin/activity/check/                                              deed
/admin/activity/copy/                                               deed
/admin/activity/forwarding/                                              403    403       403   403      403     403   200
/admin/activity/forwarding/{destination_id}/                             403    403       403   403      403     403   200
/admin/activity/forwarding/{destination_id}/remove/                 deed
/admin/channels/                                                         403    403       403   403      200     403   200
/admin/demo/                                                             403    403       403   403      403     403   200
/admin/demo/remove/                                                 deed
/admin/grants/{grant_id}/take/                                      deed
/admin/jobs/                                                             403    403       403   403      200     200   200
/admin/people/                                                           403    403       403   403      200     200   200
/admin/people/{person_id}/                                               403    403       403   403      200     200   200
/admin/people/{person_id}/factors/remove/                           deed
/admin/people/{person_id}/invitation/                               deed
/admin/people/{person_id}/invitation/send/                          deed
/admin/people/{person_id}/password/                                 deed
/admin/people/{person_id}/sessions/end/                             deed
/admin/people/{person_id}/sign-in/                                       403    403       403   403      403     403   200
/admin/roles/                                                            403    403       403   403      200     200   200
/admin/roles/{slug}/                                                     403    403       403   403      403     403   200
/admin/roles/{slug}/delete/                                         deed
/admin/sign-in/                                                          403    403       403   403      403     403   200
/admin/sign-in/providers/                                                403    403       403   403      200     200   200
/admin/sign-in/providers/add/{kind}/                                     403    403       403   403      403     403   404
/admin/sign-in/providers/{provider_id}/                                  403    403       403   403      200     200   200
/admin/sign-in/providers/{provider_id}/delete/                      deed
/admin/sign-in/providers/{provider_id}/groups/                      deed
/admin/sign-in/providers/{provider_id}/groups/{group_id}/remove/    deed
/admin/sign-in/providers/{provider_id}/people/{identity_id}/unlink/ deed
/admin/sign-in/providers/{provider_id}/try/                         deed
/admin/sla/                                                              200    200       200   200      200     200   200
/admin/teams/                                                            200    200       200   200      200     200   200
/admin/teams/{team_id}/                                                  200    200       200   200      200     200   200
/admin/teams/{team_id}/delete/                                      deed
/admin/teams/{team_id}/identity-provider/                           deed
/admin/teams/{team_id}/members/                                     deed
/admin/teams/{team_id}/members/{person_id}/remove/                  deed
/admin/tokens/                                                           200    200       200   200      200     200   200
/admin/tokens/{token_id}/revoke/                                    deed
/assets/                                                                 200    200       200   200      200     200   200
/assets/import/                                                          200    200       200   200      200     200   200
/assets/new/                                                             200    200       200   200      200     200   200
/assets/{asset_id}/                                                      404    200       200   200      200     200   200
/assets/{asset_id}/archive/                                         deed
/assets/{asset_id}/below/                                                404    200       200   200      200     200   200
/assets/{asset_id}/codeowners/                                      deed
/assets/{asset_id}/edit/                                                 404    403       403   200      200     403   200
/assets/{asset_id}/owner/                                           deed
/assets/{asset_id}/people/                                               404    200       200   200      200     200   200
/choices/columns/                                                   deed
/choices/density/                                                   deed
/choices/first-steps/                                               deed
/choices/language/                                                  deed
/choices/theme/                                                     deed
/clusters/                                                               200    200       200   200      200     200   200
/clusters/runs/{run_id}/                                                 403    403       403   403      403     403   404
/docs/                                                                   200    200       200   200      200     200   200
/docs/search/                                                            200    200       200   200      200     200   200
/docs/{name}/                                                            404    404       404   404      404     404   404
/findings/                                                               200    200       200   200      200     200   200
/findings/bulk/                                                     deed
/findings/bulk/new/                                                      200    200       200   200      200     200   200
/findings/bulk/{bulk_id}/                                                404    404       404   200      200     200   200
/findings/bulk/{bulk_id}/cancel/                                    deed
/findings/completions/                                                   200    200       200   200      200     200   200
/findings/export/                                                   deed
/findings/preview/                                                  deed
/findings/undo/                                                     deed
/findings/within/                                                        200    200       200   200      200     200   200
/findings/{finding_id}/                                                  404    200       200   200      200     200   200
/findings/{finding_id}/comments/{comment_id}/                            404    200       200   200      200     200   200
/findings/{finding_id}/comments/{comment_id}/remove/                deed
/findings/{finding_id}/members/                                          404    200       200   200      200     200   200
/findings/{finding_id}/panel/                                            404    200       200   200      200     200   200
/findings/{finding_id}/{deed}/                                      deed
/formats/                                                                200    200       200   200      200     200   200
/formats/map/                                                            403    403       403   403      302     403   302
/formats/new/                                                            403    403       403   403      200     403   200
/formats/of/{name}/                                                      404    404       404   404      404     404   404
/formats/of/{name}/off/                                             deed
/formats/of/{name}/spec.yaml                                             404    404       404   404      404     404   404
/formats/of/{name}/use/                                             deed
/formats/write/                                                          403    403       403   403      200     403   200
/imports/                                                                200    200       200   200      200     200   200
/imports/upload/                                                         200    200       200   200      200     200   200
/imports/{scan_id}/                                                      404    200       200   200      200     200   200
/imports/{scan_id}/cancel/                                          deed
/imports/{scan_id}/progress/                                             404    200       200   200      200     200   200
/imports/{scan_id}/undo/                                            deed
/invitation/{token}/                                                     404    404       404   404      404     404   404
/metrics/                                                                200    200       200   200      200     200   200
/metrics/charts/{name}.csv                                               404    404       404   404      404     404   404
/metrics/findings/                                                       200    200       200   200      200     200   200
/notifications/                                                          200    200       200   200      200     200   200
/notifications/channels/{channel_id}/                                    404    404       404   200      200     404   200
/notifications/channels/{channel_id}/remove/                        deed
/notifications/channels/{channel_id}/test/                          deed
/notifications/read/                                                deed
/notifications/settings/                                                 200    200       200   200      200     200   200
/notifications/teams/{team_id}/                                          403    403       403   200      200     403   200
/notifications/watch/                                               deed
/search/                                                                 200    200       200   200      200     200   200
/search/palette/                                                         200    200       200   200      200     200   200
/setup/{token}/                                                          404    404       404   404      404     404   404
/views/                                                                  200    200       200   200      200     200   200
/views/pinned/                                                           200    200       200   200      200     200   200
/views/{view_id}/                                                        404    404       404   200      404     404   404
/views/{view_id}/ask/                                               deed
/views/{view_id}/pin/                                               deed
/views/{view_id}/remove/                                            deed
/views/{view_id}/subscribe/                                         deed
"""
