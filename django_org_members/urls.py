"""The public pages: `path("account/", include("django_org_members.urls"))` in the project's URLconf."""

from django.urls import path

from .accounts import views as accounts
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
]
