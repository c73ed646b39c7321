"""Sphinx configuration: MyST for prose, autodoc for the reference."""

from __future__ import annotations

import os

import django
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

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


class Shots(SphinxDirective):
    """A page as the browser tests saw it, in the colours of the reader: `{shots} name`, with a caption."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return a figure for light and one for dark, each shown where it fits."""
        caption = " ".join(self.content)
        return [self._figure(scheme, caption) for scheme in ("light", "dark")]

    def _figure(self, scheme: str, caption: str) -> nodes.Node:
        image = nodes.image(uri=f"images/{self.arguments[0]}-{scheme}.png", alt=caption)
        return nodes.figure("", image, nodes.caption("", caption), classes=[f"only-{scheme}"])


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("shots", Shots)
