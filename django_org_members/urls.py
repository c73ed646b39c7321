"""The public pages: `path("account/", include("django_org_members.urls"))` in the project's URLconf."""

from django.contrib.auth.views import LogoutView
from django.urls import path
from django.utils.functional import lazy

from .accounts import views as accounts
from .accounts.landing import sign_in_url
from .joining import views as joining

app_name = "org_members"

urlpatterns = [
    path("invitations/<str:token>/", joining.invitation, name="invitation"),
    path("joined/<int:organization_id>/", joining.joined, name="joined"),
    path("password/", accounts.change_password, name="change_password"),
    path("password/set/", accounts.PasswordSetView.as_view(), name="password_set"),
    # Short, so that the link stays on one line of a plain-text e-mail.
    path("set/<uidb64>/<token>/", accounts.SetPasswordView.as_view(), name="set_password"),
    path("mfa/", accounts.enrol_mfa, name="enrol_mfa"),
    path("confirm/", accounts.confirm_identity, name="confirm_identity"),
    path("sign-out/", LogoutView.as_view(next_page=lazy(sign_in_url, str)()), name="logout"),
]
