"""Signals for a project's own code.

All are sent **inside** the transaction that makes the change: a receiver's error undoes the change, and a receiver
that talks to the outside world does so with `transaction.on_commit`. `sender` is the model class (`Membership`,
`Invitation`, `Role` or `Organization`). Every signal carries:

- `organization`: the `Organization` (None where permissions are granted on all organizations);
- `actor`: the user who did it, or None where nobody was signed in (a management command);
- what it is about: `members`, a list of `Membership` (up to one batch), or `invitations`, a list of `Invitation`, or
  `role`, a `Role`.
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

member_mfa_reset = Signal()
"""The second factors of `members` were removed."""

member_sessions_ended = Signal()
"""Every session of the accounts behind `members` has ended (also after the resets, and after
disable, enable and remove for people who belong to no other organization)."""

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

access_granted = Signal()
"""Platform staff got permissions. Carries `to`, a user or a group, and `permissions`, their names; no `members`."""

access_revoked = Signal()
"""Permissions were taken back from `to`, a user or a group. Carries `permissions`, their names; no `members`."""
