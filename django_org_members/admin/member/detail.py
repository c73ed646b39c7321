"""The detail of a member: Profile, Security and Activity, each a page of its own and a dialog over the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext_lazy as _

from ... import actions
from ...accounts import mfa, sessions
from ...accounts.adapter import get_adapter
from ...conf import settings
from ...exceptions import UnknownAction
from ...models import Account, LoginEvent, Membership
from ...policy import Permission
from ...scheduling.looking import planned
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

_TEMPORARY: dict[str, StrOrPromise] = {
    LoginEvent.Reason.NONE: _("The temporary password was not used yet."),
    LoginEvent.Reason.TEMPORARY_PASSWORD_EXPIRED: _("The temporary password has expired."),
    LoginEvent.Reason.TEMPORARY_PASSWORD_USED: _("The temporary password was used, and not changed yet."),
}

_PLACED = frozenset(
    {
        "edit-profile",
        "set-role",
        "reset-mfa",
        "exempt-from-mfa",
        "end-mfa-exemption",
        "remind-mfa",
        "reset-password",
        "send-reset-link",
        "sign-out",
        "end-session",
        "set-schedule",
        "add-time-off",
        "cancel-time-off",
        "enable",
        "disable",
        "remove",
        "transfer-ownership",
    }
)
"""The actions that have a place of their own on these pages."""


def profile_page(request: HttpRequest, org: OrgSettings, member_id: int) -> HttpResponse:
    """Who the member is, and what is planned: working hours, time off, and on-call shifts to come."""
    member = _member(org, member_id)
    adapter = get_adapter()
    return _page(
        request,
        org,
        member,
        "profile",
        email=adapter.email(member.user),
        phone=adapter.phone(member.user),
        **_signs_in(member),
        last_login=adapter.last_login(member.user),
        created_at=adapter.created_at(member.user),
        edit=_button(org, member, "edit-profile"),
        planned=planned(org.organization, org.availability, member, org.now),
        set_schedule=_button(org, member, "set-schedule"),
        add_time_off=_button(org, member, "add-time-off"),
        cancel_time_off=_button(org, member, "cancel-time-off"),
    )


def security_page(request: HttpRequest, org: OrgSettings, member_id: int) -> HttpResponse:
    """Role, second factors, password, sessions and access, each with what may be done about it."""
    member = _member(org, member_id)
    methods = mfa.methods([member.user]).get(member.user_id, [])
    is_enabled = any(method.is_confirmed for method in methods)
    return _page(
        request,
        org,
        member,
        "security",
        is_owner=member.user_id == org.organization.owner_id,
        change_role=_button(org, member, "set-role"),
        roles=org.judge.assignable_roles(),
        methods=methods,
        is_mfa_enabled=is_enabled,
        **_requirement(org, member, is_enabled),
        awaits_enrolment=_awaits_enrolment(member),
        reset_mfa=_button(org, member, "reset-mfa"),
        **_signs_in(member),
        temporary=_temporary(member),
        has_temporary_passwords=settings.TEMPORARY_PASSWORDS,
        reset_password=_button(org, member, "reset-password"),
        send_link=_button(org, member, "send-reset-link"),
        **_sessions(request, org, member),
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


def _signs_in(member: Membership) -> dict[str, Any]:
    """Return how the member signs in: whether by password, and the providers that are known."""
    adapter = get_adapter()
    method, providers = adapter.authentication_method(member.user), adapter.sign_in_providers(member.user)
    ways = [*([method.label] if method.has_password else []), *providers] or [method.label]
    return {
        "method": method,
        "ways": get_text_list([str(way) for way in ways], _("and")),
        "providers": get_text_list([*providers], _("and")),
    }


def _temporary(member: Membership) -> StrOrPromise:
    """Return what became of the member's temporary password; empty where there is none."""
    account: Account | None = getattr(member.user, "org_members_account", None)
    if account is None or not account.has_temporary_password:
        return ""
    return _TEMPORARY[account.temporary_password_refusal(timezone.now())]


def _awaits_enrolment(member: Membership) -> bool:
    account = getattr(member.user, "org_members_account", None)
    return account is not None and account.mfa_enrolment_required


def _sessions(request: HttpRequest, org: OrgSettings, member: Membership) -> dict[str, Any]:
    """Return the live sessions for who may end them; else the button with the reason is all that is told."""
    end, end_all = _button(org, member, "end-session"), _button(org, member, "sign-out")
    is_shown = end is not None and end["verdict"]
    return {
        "sign_out": end_all,
        "end_session": end,
        "sessions": sessions.listed(member.user) if is_shown else None,
        "current": sessions.id_of(request.session),
    }


def _requirement(org: OrgSettings, member: Membership, is_enabled: bool) -> dict[str, Any]:
    """Return what the Security tab says of MFA that the organization requires, and what may be done about it."""
    due_at = member.mfa_due_at(org.organization)
    if due_at is None:
        return {}
    names = ["exempt-from-mfa"] if is_enabled else ["remind-mfa", "exempt-from-mfa"]
    is_exempt = member.mfa_exempt_until is not None and member.mfa_exempt_until > org.now
    buttons = [_button(org, member, name) for name in (*names, *(["end-mfa-exemption"] if is_exempt else []))]
    return {
        "mfa_is_due": due_at <= org.now,
        "member_mfa_due_at": due_at,
        "exempt_until": member.mfa_exempt_until if is_exempt else None,
        "requirement": buttons if org.judge.may(Permission.MANAGE_SECURITY) else [],
    }


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
        availability=org.availability.of(member, org.now),
        available_until=org.availability.until([member], org.now).get(member.pk) if member.is_active else None,
        profile_url=org.url("member_profile", member_id=member.pk),
        **more,
    )
    return TemplateResponse(request, f"org_members/member/{tab}.html", context)
