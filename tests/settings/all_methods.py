"""A project with every kind of second factor that django-otp has, passkeys included."""

from .base import *
from .base import INSTALLED_APPS

INSTALLED_APPS = [
    *INSTALLED_APPS,
    "django_otp.plugins.otp_hotp",
    "django_otp.plugins.otp_email",
    "django_otp_webauthn",
]
OTP_EMAIL_SENDER = "members@testserver"
OTP_WEBAUTHN_RP_ID = "localhost"
OTP_WEBAUTHN_RP_NAME = "Tests"
OTP_WEBAUTHN_ALLOWED_ORIGINS = ["http://localhost"]
