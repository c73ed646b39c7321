"""The public pages: `path("account/", include("django_org_members.urls"))` in the project's URLconf."""

from django.contrib.auth.views import LogoutView
from django.urls import path
from django.utils.functional import lazy

from .accounts import activity_views, mfa_views, session_views
from .accounts import views as accounts
from .accounts.landing import sign_in_url
from .accounts.mfa import passkeys
from .billing.views import stripe_webhook
from .joining import views as joining
from .scheduling import feed_views
from .scheduling.views import own_availability

app_name = "org_members"

urlpatterns = [
    path("invitations/<str:token>/", joining.invitation, name="invitation"),
    path("joined/<int:organization_id>/", joining.joined, name="joined"),
    path("password/", accounts.change_password, name="change_password"),
    path("password/set/", accounts.PasswordSetView.as_view(), name="password_set"),
    # Short, so that the link stays on one line of a plain-text e-mail.
    path("set/<uidb64>/<token>/", accounts.SetPasswordView.as_view(), name="set_password"),
    path("mfa/", mfa_views.methods, name="mfa"),
    path("mfa/add/", mfa_views.enrol, name="enrol_mfa"),
    path("mfa/codes/", mfa_views.backup_codes, name="mfa_backup_codes"),
    path("mfa/remove/<path:key>/", mfa_views.remove, name="mfa_remove"),
    path("mfa/passkey/", mfa_views.add_passkey, name="add_passkey"),
    path("mfa/passkey/catalog/", passkeys.catalog, name="passkey_catalog"),
    path("mfa/passkey/<slug:step>/", passkeys.step, name="passkey_step"),
    path("sessions/", session_views.own_sessions, name="sessions"),
    path("activity/", activity_views.own_activity, name="activity"),
    path("availability/", own_availability, name="availability"),
    path("availability/feeds/<int:organization_id>/", feed_views.create_own, name="create_feed"),
    path("availability/feeds/revoke/<int:feed_id>/", feed_views.revoke_own, name="revoke_feed"),
    path("calendar/<str:token>.ics", feed_views.calendar, name="calendar_feed"),
    path("stripe/webhook/", stripe_webhook, name="stripe_webhook"),
    path("confirm/", accounts.confirm_identity, name="confirm_identity"),
    path("sign-out/", LogoutView.as_view(next_page=lazy(sign_in_url, str)()), name="logout"),
]
