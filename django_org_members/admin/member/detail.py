"""The detail of a member: Profile, Security and Activity, each a page of its own and a dialog over the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from ... import actions
from ...accounts import mfa
from ...accounts.adapter import get_adapter
from ...availability import get_provider
from ...exceptions import UnknownAction
from ...models import Membership
from ...policy import Permission
from ..audit.links import log_url
from .history import recent_changes, recent_logins

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from ...policy import Verdict
    from ..shell import OrgSettings

_TABS: tuple[tuple[str, StrOrPromise], ...] = (
    ("profile", _("Profile")),
    ("security", _("Security")),
    ("activity", _("Activity")),
)

_PLACED = frozenset(
    {
        "edit-profile",
        "set-role",
        "reset-mfa",
        "reset-password",
        "sign-out",
        "enable",
        "disable",
        "remove",
        "transfer-ownership",
    }
)
"""The actions that have a place of their own on these pages."""


def profile_page(request: HttpRequest, org: OrgSettings, member_id: int) -> HttpResponse:
    """Who the member is: e-mail, phone, authentication method, last login, joined and created dates."""
    member = _member(org, member_id)
    adapter = get_adapter()
    return _page(
        request,
        org,
        member,
        "profile",
        email=adapter.email(member.user),
        phone=adapter.phone(member.user),
        method=adapter.authentication_method(member.user),
        last_login=adapter.last_login(member.user),
        created_at=adapter.created_at(member.user),
        edit=_button(org, member, "edit-profile"),
    )


def security_page(request: HttpRequest, org: OrgSettings, member_id: int) -> HttpResponse:
    """Role, second factors, password, sessions and access, each with what may be done about it."""
    member = _member(org, member_id)
    methods = mfa.methods([member.user]).get(member.user_id, [])
    return _page(
        request,
        org,
        member,
        "security",
        is_owner=member.user_id == org.organization.owner_id,
        change_role=_button(org, member, "set-role"),
        roles=org.judge.assignable_roles(),
        methods=methods,
        is_mfa_enabled=any(method.is_confirmed for method in methods),
        awaits_enrolment=_awaits_enrolment(member),
        reset_mfa=_button(org, member, "reset-mfa"),
        method=get_adapter().authentication_method(member.user),
        reset_password=_button(org, member, "reset-password"),
        sign_out=_button(org, member, "sign-out"),
        transfer=_button(org, member, "transfer-ownership") if org.judge.may(Permission.TRANSFER_OWNERSHIP) else None,
        access=[_button(org, member, name) for name in _access(member)],
    )


def activity_page(request: HttpRequest, org: OrgSettings, member_id: int) -> HttpResponse:
    """Recent Login Activity and Changes, the newest first, each for those who may see it."""
    member = _member(org, member_id)
    verdict = org.judge.may(Permission.VIEW_MEMBER_ACTIVITY)
    history = recent_logins(request, member) if verdict else None
    log = org.judge.may(Permission.VIEW_AUDIT_LOG)
    changes = recent_changes(org, member) if log else []
    return _page(
        request,
        org,
        member,
        "activity",
        verdict=verdict,
        history=history,
        log=log,
        changes=changes,
        log_url=log_url(org, member.user_id),
    )


def _member(org: OrgSettings, member_id: int) -> Membership:
    org.require(Permission.VIEW_MEMBERS)
    return org.member(member_id)


def _awaits_enrolment(member: Membership) -> bool:
    account = getattr(member.user, "org_members_account", None)
    return account is not None and account.mfa_enrolment_required


def _access(member: Membership) -> list[str]:
    """Return the actions below Access: disable or enable, remove, and those that a project added."""
    added = [
        action.name for action in actions.all_actions() if action.name not in _PLACED and action.is_relevant(member)
    ]
    return ["enable" if member.is_disabled else "disable", "remove", *added]


def _button(org: OrgSettings, member: Membership, name: str) -> dict[str, Any] | None:
    """Return what a button needs: the action, whether it is allowed, where it leads; None if it was unregistered."""
    try:
        action = actions.get(name)
    except UnknownAction:
        return None
    verdict: Verdict = org.judge.verdict(action, member)
    url = org.url("member_action", member_id=member.pk, action=name)
    return {"action": action, "verdict": verdict, "url": url}


def _page(request: HttpRequest, org: OrgSettings, member: Membership, tab: str, **more: Any) -> HttpResponse:
    member_tabs = [
        {"label": label, "url": org.url(f"member_{name}", member_id=member.pk), "current": name == tab}
        for name, label in _TABS
    ]
    context = org.context(
        request,
        tab="members",
        title=str(member),
        subtitle=dict(_TABS)[tab],
        crumbs=[(_("Members"), org.url("organization_members"))],
        member=member,
        member_tabs=member_tabs,
        availability=get_provider().of(member, org.now),
        profile_url=org.url("member_profile", member_id=member.pk),
        **more,
    )
    return TemplateResponse(request, f"org_members/member/{tab}.html", context)
