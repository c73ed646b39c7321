"""Signals for a project's own code.

All are sent **inside** the transaction that makes the change: a receiver's error undoes the change, and a receiver
that talks to the outside world does so with `transaction.on_commit`. `sender` is the model class (`Membership`,
`Invitation`, `Role` or `Organization`). Every signal carries:

- `organization`: the `Organization` (None where permissions are granted on all organizations);
- `actor`: the user who did it, or None where nobody was signed in (a management command);
- what it is about: `members`, a list of `Membership` (up to one batch), or `invitations`, a list of `Invitation`, or
  `role`, a `Role`.

Three are about accounts, not an organization: `password_changed`, `mfa_changed` and `sign_in_ended`. Their `sender` is the
user model, and they carry `user`, or `users`, in place of all that.
"""

from django.dispatch import Signal

members_added = Signal()
"""`members` joined. Also carries `how`: "created", "accepted" or "organization_created"."""

members_removed = Signal()
"""`members` were removed; the instances are unsaved copies that keep their `pk`."""

members_disabled = Signal()
"""`members` can no longer act in the organization."""

members_enabled = Signal()
"""`members` have their access back."""

member_role_changed = Signal()
"""`members` have a new role. Also carries `role` and `previous_roles`: a dict of member pk to `Role`."""

member_profile_changed = Signal()
"""The profile behind `members` changed. Also carries `changes`: a dict of member pk to {field: (before, after)}."""

member_password_reset = Signal()
"""`members` got a temporary password. The password itself is never sent."""

member_reset_link_sent = Signal()
"""`members` are sent a link to set a new password. Neither the link nor the password is in it."""

password_changed = Signal()
"""`user` chose a new password, on the page for that or by a link. The password itself is never sent."""

mfa_changed = Signal()
"""`user` changed their own second factors. Also carries `change`: "enrolled" (the first method), "added", "removed" or
"codes" (new backup codes). No secrets."""

member_mfa_reset = Signal()
"""The second factors of `members` were removed."""

member_sessions_ended = Signal()
"""Every session of the accounts behind `members` has ended (also after the resets, and after
disable, enable and remove for people who belong to no other organization)."""

member_session_ended = Signal()
"""One session of the account behind `members`, one member, was ended. Also carries `session`: what the `LiveSession` was."""

sign_in_ended = Signal()
"""All sessions of accounts have ended, and what else signs them in must end too: API tokens, for example.

Carries `users`, a list (up to one batch), and `reason`: the verb of the audit event (`password_reset`, `mfa_reset`,
`member_disabled`, `member_removed`, `sessions_ended`, …), or `sessions_ended` and `password_changed` where people did it
on their own pages. Not sent where one session ends, and not where the sessions go on because the person belongs to
another organization."""

invitation_sent = Signal()
"""`invitations` were sent. Also carries `resent`: bool."""

invitation_accepted = Signal()
"""`invitations` were accepted; `members` are the memberships that came of them."""

invitation_revoked = Signal()
"""`invitations` can no longer be accepted."""

invitation_role_changed = Signal()
"""`invitations` that were sent for a role which was deleted give another one now. Also carries `role`."""

role_created = Signal()
"""`role` was made."""

role_edited = Signal()
"""`role` was edited. Also carries `changes`: {field: (before, after)}; of the permissions, the sorted names."""

role_deleted = Signal()
"""`role`, an unsaved copy that keeps its `pk`, was deleted; nobody has it. Also carries `replacement`: a `Role` or None."""

ownership_transferred = Signal()
"""`members` is the new Owner's membership. Also carries `previous`: that of the old Owner, who is an Admin now (None
where raw SQL had deleted it), and `reason`: what a superuser gave, or an empty string. `member_role_changed` tells of
the old Owner before it; of the new one's role only this signal does."""

member_mfa_exemption_changed = Signal()
"""`members` need not set MFA up for a while, or must after all. Carries `until`: when it ends, or None."""

security_changed = Signal()
"""What the organization requires at the sign-in changed. Carries `changes`: {field: (before, after)} of `mfa_required`
(bool) and `mfa_grace` (a `timedelta`, None where MFA is not required); no `members`."""

access_granted = Signal()
"""Platform staff got permissions. Carries `to`, a user or a group, and `permissions`, their names; no `members`."""

access_revoked = Signal()
"""Permissions were taken back from `to`, a user or a group. Carries `permissions`, their names; no `members`."""

availability_changed = Signal()
"""What availability is made of changed: a schedule, time off, closures, a rotation, an override, an imported calendar.

Carries `verb`, that of the audit event (`schedule_edited`, `time_off_added`, `override_added`, …), and `members`, a list:
those whom it concerns by name, empty where it is the organization's. Sent once for a change, after it: also where a change
writes several audit events, as handing shifts over does."""
