"""Template tags for the pages of Org Settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.contrib.admin.views.main import PAGE_VAR

from ..accounts import agents
from ..accounts.adapter import known_as
from ..admin import badges
from ..admin.members.invitations import PAGE_VAR as INVITATIONS_VAR
from ..moments import moment, span

if TYPE_CHECKING:
    from ..admin.members.changelist import MembersChangeList

register = template.Library()

register.simple_tag(badges.avatar, name="member_avatar")
register.simple_tag(badges.member_color, name="member_color")
register.simple_tag(badges.role_badge, name="role_badge")
register.simple_tag(badges.status_badge, name="status_badge")
register.simple_tag(badges.availability_badge, name="availability_badge")
register.simple_tag(moment, name="moment")
register.simple_tag(span, name="span")
register.simple_tag(known_as, name="person")
register.simple_tag(agents.in_words, name="device")


@register.simple_tag
def members_page_url(cl: MembersChangeList, number: int) -> str:
    """Return the address of another page of the members list."""
    return cl.get_query_string({PAGE_VAR: number})


@register.simple_tag
def invitations_page_url(cl: MembersChangeList, number: int) -> str:
    """Return the address of the list with another page of the pending invitations."""
    page = {PAGE_VAR: cl.page_num} if cl.page_num > 1 else {}
    return cl.get_query_string({**page, INVITATIONS_VAR: number if number > 1 else None})
