"""The first cell of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.html import format_html

from ...models import Membership
from .. import badges

if TYPE_CHECKING:
    from django.utils.safestring import SafeString


def user_cell(member: Membership, url: str) -> SafeString:
    """Return avatar, display name as a link to the detail, and e-mail."""
    email = format_html('<bdi class="om-member__email" title="{}">{}</bdi>', member.email, member.email)
    return format_html(
        '<div class="om-member">{}<div class="om-member__who">'
        '<a class="om-member__name" href="{}" data-om-dialog><bdi>{}</bdi></a>{}</div></div>',
        badges.avatar(member),
        url,
        str(member),
        email if member.display_name else "",
    )
