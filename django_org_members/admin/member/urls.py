"""The pages of one member, of joining and of pending invitations, for `shell.route`."""

from __future__ import annotations

from ..joining import create, invitations, invite
from ..shell import Page
from . import action, detail

routes: list[tuple[str, Page, str]] = [
    ("members/invite/", invite.invite_page, "member_invite"),
    ("members/create/", create.create_page, "member_create"),
    ("members/<int:member_id>/", detail.profile_page, "member_profile"),
    ("members/<int:member_id>/security/", detail.security_page, "member_security"),
    ("members/<int:member_id>/activity/", detail.activity_page, "member_activity"),
    ("members/<int:member_id>/<slug:action>/", action.action_page, "member_action"),
    ("invitations/<int:invitation_id>/resend/", invitations.resend_page, "invitation_resend"),
    ("invitations/<int:invitation_id>/link/", invitations.link_page, "invitation_link"),
    ("invitations/<int:invitation_id>/revoke/", invitations.revoke_page, "invitation_revoke"),
]
"""(pattern below the organization, page, URL name without the prefix `org_members_`)."""
