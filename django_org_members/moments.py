"""Times as people read them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import formats, timezone
from django.utils.html import format_html

if TYPE_CHECKING:
    from django.utils.safestring import SafeString


def moment(at: datetime, *, with_time: bool = False) -> SafeString:
    """Return a day in the viewer's time zone, with the exact time on hover and for machines."""
    local = timezone.localtime(at) if timezone.is_aware(at) else at  # naive: a project without USE_TZ
    return format_html(
        '<time datetime="{}" title="{} {}">{}</time>',
        local.isoformat(timespec="seconds"),
        formats.date_format(local, "DATETIME_FORMAT"),
        local.tzname() or "",
        formats.date_format(local, "DATETIME_FORMAT" if with_time else "DATE_FORMAT"),
    )
