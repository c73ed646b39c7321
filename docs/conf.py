"""Sphinx configuration: MyST for prose, autodoc for the reference."""

from __future__ import annotations

import os

import django

import django_org_members

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings.username_user")
django.setup()

project = "django-org-members"
author = "The django-org-members developers"
copyright = f"2026, {author}"
version = release = django_org_members.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"

html_theme = "furo"
html_title = "django-org-members"
