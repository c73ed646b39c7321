"""Settings of the example project: what a project needs for Org Settings is marked with "Org Settings:".

The environment can set DATABASE_URL, SECRET_KEY, DEBUG=1 and DEMO_DIR (where the database and the e-mails are kept), and to
try Billing STRIPE_API_KEY, STRIPE_API_BASE and STRIPE_WEBHOOK_SECRETS (several with commas between them).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import django

from . import database, secret

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("DEMO_DIR", BASE_DIR / "var"))
DATA_DIR.mkdir(parents=True, exist_ok=True)

SECRET_KEY = os.environ.get("SECRET_KEY") or secret.read_or_make(DATA_DIR / "secret_key")
DEBUG = os.environ.get("DEBUG") == "1"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"

INSTALLED_APPS = [
    "demo",
    "tickets",
    "django_org_members.sites.StaffAdminConfig",  # Org Settings: the admin, whose sign-in asks for a token
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "guardian",  # Org Settings: permissions granted on one organization
    "django_otp",  # Org Settings: multi-factor authentication
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django_org_members",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "project.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Org Settings: ends sessions at once, and asks for a new password or MFA before anything else.
    "django_org_members.accounts.middleware.AccountMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

# Org Settings: permissions on organizations, expiring temporary passwords, reasons of refused sign-ins.
AUTHENTICATION_BACKENDS = ["django_org_members.policy.backend.MembersBackend"]
ANONYMOUS_USER_NAME = None  # guardian would make a user for people who are not signed in
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]  # MembersBackend answers for guardian's grants on organizations

# Org Settings: everything else has a default. `demo --port` replaces BASE_URL, which links in e-mails begin with.
ORG_MEMBERS: dict[str, Any] = {
    "BASE_URL": "http://127.0.0.1:8000",
    # Org Settings: the project's own permissions, which roles can give beside the package's.
    "PERMISSIONS": [
        (
            "Tickets",
            [
                ("tickets.view_ticket", "See the organization's tickets"),
                ("tickets.add_ticket", "Open tickets"),
                ("tickets.change_ticket", "Edit tickets"),
                ("tickets.close_ticket", "Close tickets"),
            ],
        ),
    ],
    # Org Settings: seats of a Stripe subscription. Without a key, members are added and removed freely.
    "STRIPE_API_KEY": os.environ.get("STRIPE_API_KEY", ""),
    "STRIPE_API_BASE": os.environ.get("STRIPE_API_BASE", ""),
    "STRIPE_WEBHOOK_SECRETS": os.environ.get("STRIPE_WEBHOOK_SECRETS", "").split(","),
}

DATABASES = {"default": database.configure(os.environ.get("DATABASE_URL"), default=DATA_DIR / "db.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "org:login"

# E-mails are printed and kept as files, so that an invitation can be opened.
DEFAULT_FROM_EMAIL = "Org Settings demo <no-reply@example.com>"
MAIL_BACKEND = "project.mail.ConsoleAndFilesBackend"
MAIL_DIR = DATA_DIR / "emails"
if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": MAIL_BACKEND}}
else:
    EMAIL_BACKEND = MAIL_BACKEND

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"

# Nothing inline and nothing from elsewhere: neither the pages nor Django's admin need it.
SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_NAME = "org_members_demo_session"
CSRF_COOKIE_NAME = "org_members_demo_csrf"
# The demo speaks http on this machine only. Behind https also set SESSION_COOKIE_SECURE, CSRF_COOKIE_SECURE,
# SECURE_SSL_REDIRECT and SECURE_HSTS_SECONDS.

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django_org_members": {"handlers": ["console"], "level": "INFO"}},
}
