"""The settings of the package: the only reader of `settings.ORG_MEMBERS`.

Every setting is read when it is used, never at import, so that `override_settings` works in tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, cast

from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SharedAccounts = Literal["provisioned", "sole_membership", "any_member"]
ExistingAccounts = Literal["add", "invite"]
Proration = Literal["create_prorations", "always_invoice", "none"]
SeatDrift = Literal["repair", "report"]
Linkers = Literal["managers", "staff"]
SeatEmails = Literal["each", "daily", "none"]


class Settings:
    """Typed access to the dict `ORG_MEMBERS` of a project's settings."""

    def get(self, name: str, default: Any) -> Any:
        """Return what the project wrote under `name`, or `default`."""
        return getattr(django_settings, "ORG_MEMBERS", {}).get(name, default)

    @property
    def BASE_URL(self) -> str:
        """Scheme and host that links in e-mails begin with, such as `https://app.example.com`.

        Required outside DEBUG: links are never built from a request's Host header, which a client may forge.
        """
        url = self.get("BASE_URL", None)
        if url is None and django_settings.DEBUG:
            return "http://127.0.0.1:8000"
        if not url:
            raise ImproperlyConfigured('ORG_MEMBERS["BASE_URL"] is not set: links in e-mails need it.')
        return cast("str", url).rstrip("/")

    @property
    def USER_ADAPTER(self) -> str:
        """Dotted path of the `UserAdapter` class: the only code that knows the project's user model."""
        return cast("str", self.get("USER_ADAPTER", "django_org_members.accounts.adapter.UserAdapter"))

    @property
    def AVAILABILITY_PROVIDER(self) -> str:
        """Dotted path of the class that answers who is available now."""
        return cast(
            "str", self.get("AVAILABILITY_PROVIDER", "django_org_members.availability.scheduled.ScheduleProvider")
        )

    @property
    def MEMBERS_SITE(self) -> str:
        """The name of the admin site that organizations' managers use: where a new member who is one goes next."""
        return cast("str", self.get("MEMBERS_SITE", "org"))

    @property
    def MFA_ADAPTERS(self) -> Sequence[str] | None:
        """Dotted paths of the MFA adapters to run; None: each one whose app is installed."""
        return cast("Sequence[str] | None", self.get("MFA_ADAPTERS", None))

    @property
    def MFA_ENROLMENT_URL(self) -> str | None:
        """URL name or path of the project's own enrolment page; None: the package's page."""
        return cast("str | None", self.get("MFA_ENROLMENT_URL", None))

    @property
    def INVITATION_LIFETIME(self) -> timedelta:
        """How long after it is sent an invitation can be accepted."""
        return cast("timedelta", self.get("INVITATION_LIFETIME", timedelta(days=7)))

    @property
    def TEMPORARY_PASSWORDS(self) -> bool:
        """Whether managers hand out temporary passwords; False: a person sets every password by a link that is sent to them.

        Then Reset Password is refused in favour of Send Reset Link, and Create User sends the new person a link.
        """
        return bool(self.get("TEMPORARY_PASSWORDS", True))

    @property
    def TEMPORARY_PASSWORD_LIFETIME(self) -> timedelta:
        """How long a temporary password signs its owner in."""
        return cast("timedelta", self.get("TEMPORARY_PASSWORD_LIFETIME", timedelta(hours=72)))

    @property
    def SHARED_ACCOUNTS(self) -> SharedAccounts:
        """Whose password, MFA, e-mail and sessions an organization's managers may touch.

        `provisioned`: accounts that this organization made and that have no other membership (the default);
        `sole_membership`: any account without another membership; `any_member`: every member's account.
        """
        return cast("SharedAccounts", self.get("SHARED_ACCOUNTS", "provisioned"))

    @property
    def EXISTING_ACCOUNTS(self) -> ExistingAccounts:
        """What Create User does with the address of an active account that is not in the organization yet.

        `add`: the account becomes a member directly (the default); `invite`: the manager is asked to send an
        invitation, so that nobody becomes a member without consenting. Choose it where organizations do not trust
        one another (see the security page).
        """
        return cast("ExistingAccounts", self.get("EXISTING_ACCOUNTS", "add"))

    @property
    def PERMISSIONS(self) -> Sequence[tuple[StrOrPromise, Sequence[tuple[str, StrOrPromise]]]]:
        """A project's own permissions that roles and grants can give, in groups, in the shape of Django's grouped choices.

        Each is a Django permission of any model, with what it lets a person do:
        `[("Tickets", [("tickets.view_ticket", _("See the tickets"))])]`. Then `user.has_perm("tickets.view_ticket",
        ticket)` answers for every object with an `organization`. Raises `ImproperlyConfigured` for another shape.
        """
        try:
            return [
                # A member of an enumeration, as the package's own are, is not its value in every text.
                (label, [(str.__str__(name), words) for name, words in permissions])
                for label, permissions in self.get("PERMISSIONS", ())
            ]
        except (TypeError, ValueError) as error:
            raise ImproperlyConfigured(
                'ORG_MEMBERS["PERMISSIONS"] is no list of groups such as '
                '("Tickets", [("tickets.view_ticket", "See the tickets")]).'
            ) from error

    @property
    def AUTHENTICATION_AGE(self) -> timedelta:
        """How long ago the password, or a token, may have been given for what ASK_AGAIN_FOR names; else it is asked."""
        return cast("timedelta", self.get("AUTHENTICATION_AGE", timedelta(minutes=10)))

    @property
    def ASK_AGAIN_FOR(self) -> Sequence[str]:
        """For what the pages ask for the password or a token again, if the last time is longer ago than AUTHENTICATION_AGE.

        Names of actions, a project's own too (`reset-mfa`, `reset-password`, `remove`, …), and `edit-roles`, `security` (the
        organization's requirement of MFA), `billing` (linking a subscription), `grant-access` (the pages of superusers). The
        default is `transfer-ownership`.
        """
        return cast("Sequence[str]", self.get("ASK_AGAIN_FOR", ("transfer-ownership",)))

    @property
    def TRUSTED_PROXIES(self) -> Sequence[str]:
        """Addresses or networks (`10.0.0.0/8`) whose X-Forwarded-For header is believed; `unix`: a Unix socket's."""
        return cast("Sequence[str]", self.get("TRUSTED_PROXIES", ()))

    @property
    def CALENDAR_REFRESH(self) -> timedelta:
        """How old what was read of an imported calendar may become before `refresh_calendars` reads it again."""
        return cast("timedelta", self.get("CALENDAR_REFRESH", timedelta(minutes=15)))

    @property
    def CALENDAR_NETWORKS(self) -> Sequence[str]:
        """Networks that imported calendars may come from though they are not the public internet: `["10.20.0.0/16"]`.

        Managers choose the addresses that the server then asks: keep it as narrow as the calendars' server.
        """
        return cast("Sequence[str]", self.get("CALENDAR_NETWORKS", ()))

    @property
    def STRIPE_API_KEY(self) -> str:
        """The secret key with which Stripe is asked; empty: nothing is."""
        value = self.get("STRIPE_API_KEY", "")
        return cast("str", value.strip() if isinstance(value, str) else value)

    @property
    def STRIPE_API_BASE(self) -> str:
        """Scheme and host of Stripe's API where it is another than Stripe's own: a proxy, or a server for tests."""
        return cast("str", self.get("STRIPE_API_BASE", "") or "").rstrip("/")

    @property
    def STRIPE_WEBHOOK_SECRETS(self) -> Sequence[str]:
        """The signing secrets of the webhook's endpoint: several while they are rotated. Empty ones are left out.

        With an empty one anybody could sign; so could they with the letters of one that stands there without its list.
        """
        given = self.get("STRIPE_WEBHOOK_SECRETS", None) or ()
        listed = [given] if isinstance(given, str) else given
        return [each.strip() for each in listed if isinstance(each, str) and each.strip()]

    @property
    def BILLING_GATEWAY(self) -> str:
        """Dotted path of the class that talks to the biller (`billing.gateway.Gateway`)."""
        return cast("str", self.get("BILLING_GATEWAY", "django_org_members.billing.stripe.StripeGateway"))

    @property
    def SUBSCRIPTION_LINKERS(self) -> Linkers:
        """Who links, changes and unlinks a subscription: `managers`, all with the permission `manage_billing`, or `staff`.

        `staff`: of them, the platform's staff only; the others see the tab, and sync. Choose it where organizations are
        customers who pay through one Stripe account: who knows the ids of a subscription links it, whoever pays for it, and
        who unlinks adds members that nobody bills.
        """
        return cast("Linkers", self.get("SUBSCRIPTION_LINKERS", "managers"))

    @property
    def SEATS(self) -> str:
        """What counts as a seat: `members` (each, disabled ones too), `active`, or a dotted path.

        The path is that of a function that takes an `Organization` and returns the number of its seats.
        """
        return cast("str", self.get("SEATS", "members"))

    @property
    def SEAT_PRICES(self) -> Sequence[str]:
        """The ids of the prices that are for seats, where subscriptions have several items; empty: any."""
        return cast("Sequence[str]", self.get("SEAT_PRICES", ()))

    @property
    def SEAT_PRORATION(self) -> Proration:
        """Stripe's `proration_behavior` for a change of seats."""
        return cast("Proration", self.get("SEAT_PRORATION", "create_prorations"))

    @property
    def SEAT_DRIFT(self) -> SeatDrift:
        """What becomes of a quantity that somebody changed in Stripe: `repair` (put right) or `report` (only shown)."""
        return cast("SeatDrift", self.get("SEAT_DRIFT", "repair"))

    @property
    def SEAT_EMAILS(self) -> SeatEmails:
        """When Owner and Admins are told of changed seats: `each` settled change, `daily` by `send_seat_digest`, or `none`."""
        return cast("SeatEmails", self.get("SEAT_EMAILS", "each"))

    @property
    def BATCH_SIZE(self) -> int:
        """How many members a bulk action handles in one transaction."""
        return cast("int", self.get("BATCH_SIZE", 1000))

    @property
    def SEARCH_LIMIT(self) -> int:
        """How many matches of a search are counted and paged through; beyond it the page asks to narrow the search."""
        return cast("int", self.get("SEARCH_LIMIT", 1000))


settings = Settings()


def import_setting(name: str) -> Any:
    """Import what the dotted path in the setting `name` points to.

    Raises `ImproperlyConfigured`, naming the setting, where the path leads nowhere.
    """
    path: str = getattr(settings, name)
    return import_dotted(path, setting=name)


def import_dotted(path: str, *, setting: str) -> Any:
    """Import the attribute at the dotted `path`, which was read from `setting`."""
    module_name, _, attribute = path.rpartition(".")
    try:
        return getattr(import_module(module_name), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise ImproperlyConfigured(f'ORG_MEMBERS["{setting}"] names {path!r}, which cannot be imported.') from error
