"""The page of the members list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from ...numbers import LARGEST_ID, whole_number
from ...policy import Permission
from ..asking import unwrap
from .invitations import pending

if TYPE_CHECKING:
    from ..shell import OrgSettings


# The check of the token reads the form. A form with too many fields must come as far as this, to be answered in
# words; `_list` has the check that the exemption takes from the middleware.
@csrf_exempt
def members_page(request: HttpRequest, org: OrgSettings) -> HttpResponseBase:
    """The list with its search, toggle, bulk actions and the pending invitations; POST runs a bulk action."""
    org.require(Permission.VIEW_MEMBERS)
    try:
        request.POST  # noqa: B018  # reads the form
    except TooManyFieldsSent:
        return _too_many(request)
    return _list(request, org)


@csrf_protect
def _list(request: HttpRequest, org: OrgSettings) -> HttpResponseBase:
    unwrap(request)
    if request.method == "POST":
        _drop_odd_ids(request)
    context = org.frame(request, tab="members")
    context |= {
        "title": gettext_lazy("Members"),
        "invite": org.judge.may(Permission.INVITE_MEMBER),
        "create": org.judge.may(Permission.CREATE_MEMBER),
        "invite_url": org.url("member_invite"),
        "create_url": org.url("member_create"),
        "pending": pending(request, org),
    }
    return org.model_admin.members_admin_class(org).changelist_view(request, extra_context=context)


def _too_many(request: HttpRequest) -> HttpResponseBase:
    limit = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    text = _(
        "One form can send at most %(limit)d ticked members. Nothing has been changed. Tick the box at the top of the "
        "list and choose “Select all”: that has no limit."
    )
    messages.error(request, text % {"limit": limit})
    return HttpResponseRedirect(request.get_full_path())


def _drop_odd_ids(request: HttpRequest) -> None:
    """Forget selected ids that no row can have; whole numbers of other organizations find nothing later."""
    form = request.POST.copy()
    ids = form.getlist(ACTION_CHECKBOX_NAME)
    kept = [one for one in ids if whole_number(one, largest=LARGEST_ID) is not None]
    if kept != ids:
        form.setlist(ACTION_CHECKBOX_NAME, kept or ["0"])
        request.POST = form  # type: ignore[assignment]
